"""The variables as they were given: which there are, by what files, and which nobody knows."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

PREFIX = "STAGELOCK_"
FROM_FILE = "_FILE"
IN_FILES = frozenset(
    {
        "DATABASE_URL",
        "PRIVATE_KEY",
        "WEBHOOK_SECRET",
        "API_TOKENS",
        "SIGNING_KEY",
        "TOKEN",
    }
)
"""Secrets: each may be the content of the file that ``STAGELOCK_<NAME>_FILE`` names."""
_NEAR = 0.8


class Variables:
    """
    What *environ* says under our prefix. Every name that was asked for counts as known.

    *problems* are sentences that name the variable, and never repeat a value that may be secret.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._known: set[str] = {name + FROM_FILE for name in IN_FILES} | IN_FILES
        self.problems: list[str] = []
        self._read = {name: self._of_file(name) for name in sorted(IN_FILES)}

    def get(self, name: str) -> str:
        """The value without spaces around it; "" where it is not set."""
        self._known.add(name)
        return (self._read.get(name) or self._given(name)).strip()

    def _given(self, name: str) -> str:
        return self._environ.get(f"{PREFIX}{name}", "")

    def misspelt(self) -> list[str]:
        """A sentence for each variable that nobody asked for and that is nearly one of ours."""
        hints = []
        given = {key.removeprefix(PREFIX) for key in self._environ if key.startswith(PREFIX)}
        for name in sorted(given - self._known):
            near = difflib.get_close_matches(name, self._known, 1, _NEAR)
            if near:
                hints.append(f"{PREFIX}{name} is not a setting: did you mean {PREFIX}{near[0]}?")
        return hints

    def _of_file(self, name: str) -> str:
        """The content of the file, but for one line end at its end."""
        variable, path = f"{PREFIX}{name}{FROM_FILE}", self._given(name + FROM_FILE).strip()
        if not path:
            return ""
        if self._given(name).strip():
            self.problems.append(f"{PREFIX}{name} and {variable} are both set: unset one of them")
            return ""
        try:
            content = Path(path).expanduser().read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            # The value is not repeated: somebody may have put the secret itself there.
            why = getattr(error, "strerror", None) or "it is no text"
            self.problems.append(f"{variable} names no file that can be read: {why}")
            return ""
        content = content.removesuffix("\n").removesuffix("\r")
        if not content.strip():
            self.problems.append(f"{variable} names an empty file")
        return content
