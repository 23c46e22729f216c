"""
One work process whose leases are short: `python -m tests.crash.worker SECONDS`.

All else is the product's: what takes half a minute with `stagelock work` takes moments here.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta

from app import wiring
from app.cli.family import on_termination
from app.settings import Settings


def main(lease: timedelta) -> None:
    """Work until SIGTERM."""
    settings = Settings.load(os.environ)
    app = wiring.build(settings, wiring.set_up_logs(settings))
    worker = app.worker(lease)
    on_termination(worker.stop)
    worker.run()
    app.close()


if __name__ == "__main__":
    main(timedelta(seconds=float(sys.argv[1])))
