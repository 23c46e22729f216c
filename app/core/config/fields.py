"""A mapping with a fixed set of keys: unknown ones are told, with the key that was meant."""

from __future__ import annotations

from app.core.config.report import Report, did_you_mean, shown
from app.core.config.tables import Keys
from app.core.config.values import is_null, wrong_type
from app.core.config.yamldoc import Map, Node, Reported, Scalar
from app.core.model.pipeline import Mark


class Fields:
    """
    The entries of one mapping of the file.

    *where* is how messages call it (``stage `dev` ``). Unknown keys are refused, never ignored: a
    gate that is silently absent would let freight through.
    """

    def __init__(self, report: Report, node: Map, where: str, keys: Keys) -> None:
        self.mark = node.mark
        self.mistyped = False
        """Whether a key was unknown, so that what seems to be left out may not be."""
        self._report = report
        self._where = where
        self._entries: dict[str, tuple[Scalar, Node]] = {}
        for key, value in node.entries:
            if key.value in keys.known:
                self._entries[key.value] = (key, value)
            else:
                self._tell_unknown(key, keys)
                self.mistyped = True
        for name in keys.required:
            if name not in self._entries:
                report.add(node.mark, "missing-key", f"{where} has no `{name}`", f"{name}:")

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def get(self, name: str) -> Node | None:
        """The value of *name*; None where it is left out."""
        entry = self._entries.get(name)
        return entry[1] if entry else None

    def key_mark(self, name: str) -> Mark:
        """Where the key *name* stands; the mapping's own place where it is left out."""
        entry = self._entries.get(name)
        return entry[0].mark if entry else self.mark

    def _tell_unknown(self, key: Scalar, keys: Keys) -> None:
        meant = self._report.closest(key.value, keys.known - self._entries.keys())
        message = f"unknown key `{shown(key.value)}` in {self._where}"
        if meant:
            message = f"unknown key `{shown(key.value)}`{did_you_mean(meant)}"
        self._report.add(key.mark, "unknown-key", message, meant)


def fields(report: Report, node: Node, where: str, keys: Keys) -> Fields | None:
    """Read *node* as a mapping of *keys*; None (and told) where it is something else."""
    if isinstance(node, Map):
        return Fields(report, node, where, keys)
    wrong_type(report, node, where, "a mapping")
    return None


def named(report: Report, node: Node | None, key: str) -> tuple[tuple[Scalar, Map], ...]:
    """
    Read a mapping from names to mappings (`stages`, `locks`); a name with nothing after it holds
    an empty mapping.
    """
    if node is None or isinstance(node, Reported):
        return ()
    if not isinstance(node, Map):
        wrong_type(report, node, key, "a mapping from names to their settings")
        return ()
    entries = []
    for name, value in node.entries:
        if isinstance(value, Map):
            entries.append((name, value))
        elif is_null(value):
            entries.append((name, Map((), name.mark)))
        else:
            wrong_type(report, value, name.value, "a mapping")
    return tuple(entries)
