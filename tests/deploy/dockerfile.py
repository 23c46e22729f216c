"""
As much of a Dockerfile as ours says, read in the order in which it is built.

What this does not read (here-documents, other escapes, options of `RUN`) is an error, so that nothing
of the file is passed over: https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Stage:
    """One `FROM`: the image that it begins with, its name, and its instructions in their order."""

    base: str
    name: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all_of(self, word: str) -> list[str]:
        """What follows each *word*."""
        return [rest for found, rest in self.instructions if found == word]

    def words(self, word: str) -> list[str]:
        """The only *word*, in its list form: `CMD ["serve"]`."""
        (rest,) = self.all_of(word)
        found: list[str] = json.loads(rest)
        return found

    def environ(self) -> dict[str, str]:
        """All of `ENV`, unexpanded."""
        return dict(one.split("=", 1) for rest in self.all_of("ENV") for one in shlex.split(rest))


def stages(text: str) -> list[Stage]:
    """The stages of a build, in their order."""
    found: list[Stage] = []
    for word, rest in _instructions(text):
        if word == "FROM":
            match = re.fullmatch(r"(\S+)(?: AS (\S+))?", rest)
            assert match is not None, rest
            found.append(Stage(match[1], match[2] or ""))
        else:
            found[-1].instructions.append((word, rest))
    return found


def commands(run: str) -> list[list[str]]:
    """The commands that a `RUN` puts one after the other by `&&`, which is all the shell that it uses."""
    parts = [shlex.split(one) for one in run.split("&&")]
    odd = {"|", ";", ">", "<", "||", "&", "$", "`"}
    assert not any(odd & set(word) for part in parts for word in part), run
    assert not run.startswith("--"), run
    return parts


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    assert not re.match(r"#\s*(escape|syntax|check)\s*=", text), "a parser directive"
    assert "<<" not in text, "a here-document"
    bare = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in bare.replace("\\\n", " ").splitlines():
        if line.strip():
            word, rest = line.split(None, 1)
            yield word.upper(), rest.strip()
