"""
Servers whose looks at some keys never end: `python -m tests.crash.stuck serve|work`.

The supervisor, its watching, the worker, the pulse and the store are the product's. Only what is
looked at is played, by the key's kind: `loops` renews its lease for ever, `holds` keeps the
interpreter (as a pattern that backtracks did), `dies` is killed, `eats`
takes more memory than it may, `fine` writes down when.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from app import startup, wiring
from app.cli import memory
from app.cli.family import add_child_option, watch_parent
from app.cli.supervisor import Supervisor
from app.cli.vitals import Limits
from app.cli.work import burial, carried_out, children
from app.engine.queue.lease import Lease
from app.engine.queue.worker import Worker
from app.observe import Metrics
from app.observe.pulse import Pulse
from app.ports.store import Claim
from app.settings import Settings

LIMITS = Limits(look=6.0, silence=4.0, long=1.0)


def loops(_claim: Claim, _lease: Lease) -> timedelta | None:
    while True:  # with pauses: what others on the machine do is judged by the clock
        time.sleep(0.01)


def holds(_claim: Claim, _lease: Lease) -> timedelta | None:
    c = ctypes.PyDLL(None)  # calls of a PyDLL do not let go of the interpreter
    while True:
        c.sleep(3600)  # a signal ends it


def dies(_claim: Claim, _lease: Lease) -> timedelta | None:
    os.kill(os.getpid(), signal.SIGKILL)
    return None


def eats(_claim: Claim, _lease: Lease) -> timedelta | None:
    limit = memory.share() or 0
    held = [bytes(limit // 8) for _ in range(9)]  # zeros that nobody wrote take no memory yet
    return timedelta(seconds=len(held))


def fine(_claim: Claim, _lease: Lease) -> timedelta | None:
    return timedelta(milliseconds=200)


def main(arguments: list[str]) -> int:
    watch_parent(arguments)
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("--workers", type=int, default=1)
    add_child_option(parser)
    args = parser.parse_args(arguments)
    settings = Settings.load(os.environ)
    wiring.set_up_logs(settings)
    if args.child_of is None:
        with startup.prepared(settings, working=True) as environ:
            specs = children(args.workers)
            module = "tests.crash.stuck"
            return Supervisor(specs, environ, burial(settings), limits=LIMITS, module=module).run()
    store = wiring.open_store(settings)
    kinds: list[Callable[[Claim, Lease], timedelta | None]] = [loops, holds, dies, eats, fine]
    worker = Worker(
        work=store.work,
        handlers={kind.__name__: kind for kind in kinds},
        owner=f"{wiring.owner_prefix(settings)}{os.getpid()}-x",
        metrics=Metrics(store.gauges),
        pulse=Pulse(args.pulse),
    )
    return carried_out(worker)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
