"""
What Git and GitHub still know of a repository whose records are lost, and the records made of it.

A promotion commit is believed only if a check run of our App on it carries its promotion's id, or
our signature is on it: trailers alone, which anybody can write, are nothing.
"""

from app.core.rebuild.found import Finds, Head, Landing, Seen, Trailers, read_trailers
from app.core.rebuild.locks import floor
from app.core.rebuild.restored import Restored, restored

__all__ = [
    "Finds",
    "Head",
    "Landing",
    "Restored",
    "Seen",
    "Trailers",
    "floor",
    "read_trailers",
    "restored",
]
