"""What the command line writes: every line of it passes the terminal's sink."""

from __future__ import annotations

import json
import sys

from app.core.text.sinks import terminal


def tell(*lines: str) -> None:
    """Write *lines* to standard output; each is one line, whatever is in it."""
    sys.stdout.writelines(f"{terminal(line)}\n" for line in lines)
    sys.stdout.flush()


def complain(*lines: str) -> None:
    """The same to standard error."""
    sys.stderr.writelines(f"{terminal(line)}\n" for line in lines)
    sys.stderr.flush()


def tell_json(value: object, *, indent: int | None = 2) -> None:
    """Write *value* for programs: what is not ASCII is escaped as JSON has it."""
    sys.stdout.write(json.dumps(value, indent=indent) + "\n")
