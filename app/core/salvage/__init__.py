"""
What Git and GitHub still know of a repository whose records are lost, and the records made of it.

A promotion commit is believed only if a check run of our App carries its promotion's id: trailers
alone, which anybody can write, are nothing. Where a server signs our commits, a signature could say
the same: `Landing` is where it would come in.
"""

from app.core.salvage.found import Head, Landing, Salvage, Seen, Trailers, read_trailers
from app.core.salvage.restored import Restored, restored

__all__ = [
    "Head",
    "Landing",
    "Restored",
    "Salvage",
    "Seen",
    "Trailers",
    "read_trailers",
    "restored",
]
