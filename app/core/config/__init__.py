"""
The pipeline file `stagelock.yaml`: bytes in, a checked `Pipeline` or all that is wrong out.

Reading goes in one direction: bytes to nodes with places (`yamldoc`), nodes to warehouses, locks
and drafts of stages (`warehouses`, `stages`), drafts to a graph (`graph`), the graph to steps and
outputs (`steps`, `derive`, `outputs`), and last the proof that nothing loops (`loops`).
"""

from __future__ import annotations

from app.core.config.check import ParseResult, parse

__all__ = ["ParseResult", "parse"]
