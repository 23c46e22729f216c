"""
Extract the few of GitHub's published schemas that the sandbox and the App are held against.

Run ``python -m tests.data.github.refresh`` at the top of the repository with npm on the path. It takes
three packages (MIT): ``@octokit/openapi`` (REST), ``@octokit/openapi-webhooks`` and
``@octokit/webhooks-examples`` (webhooks), keeps only what `operations.OPERATIONS` and `events.EVENTS`
name, without prose, and rewrites ``rest.json``, ``ghes.json``, ``webhooks.json`` and ``examples.json``
beside this file.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.data.github.enterprise import servers
from tests.data.github.events import examples, webhooks
from tests.data.github.operations import rest
from tests.data.github.packages import package

HERE = Path(__file__).parent


def write(name: str, value: Any) -> None:
    text = json.dumps(value, separators=(",", ":"), sort_keys=True)
    (HERE / name).write_text(text + "\n")
    sys.stdout.write(f"{name}: {len(text):,} bytes\n")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        api = "generated/api.github.com.json"
        github = package("@octokit/openapi", api, here)
        write("rest.json", rest(github))
        write("ghes.json", servers(github, here))
        write("webhooks.json", webhooks(package("@octokit/openapi-webhooks", api, here)))
        write(
            "examples.json",
            examples(package("@octokit/webhooks-examples", "api.github.com/index.json", here)),
        )


if __name__ == "__main__":
    main()
