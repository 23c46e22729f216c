"""What is told of a pipeline file."""

from __future__ import annotations

from app.core.config import parse

HEAD = """version: 1
warehouses:
  web: {paths: [apps/web]}
"""


def told(text, **options):
    """All problems as `line:column code`."""
    problems = parse(text.encode() if isinstance(text, str) else text, **options).problems
    return [f"{p.mark.line}:{p.mark.column} {p.code}" for p in problems]
