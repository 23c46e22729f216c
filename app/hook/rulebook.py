"""
The guards that are in force: `stagelock.yaml` of the default branch, as it was before the push.

Parsing takes longer than everything else together, so its result is kept in the repository's own
folder, by the file's id, and the parser is not even imported where it is found there.
"""

from __future__ import annotations

from app.core.inforce import in_force
from app.core.pushrules import Guard
from app.core.pushrules.named import NamedTuple
from app.hook.objects import Entry, Objects, is_regular, parents
from app.hook.remembered import remember, remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = b"stagelock.yaml"


class Default(NamedTuple):
    """The default branch before the push: its ref, and its commit (None: not made yet)."""

    ref: bytes
    tip: str | None

    @property
    def branch(self) -> str:
        """Its name."""
        return self.ref.removeprefix(b"refs/heads/").decode("utf-8", "surrogateescape")


def guards(objects: Objects, default: Default, git_dir: str, *, keep: bool) -> tuple[Guard, ...]:
    """
    The guards in force; none: no pipeline. *keep*: the parser's answer may be written down.

    The file invalid at the tip: its newest valid version along first parents, as the App finds it.
    """

    def judge(_commit: str, entry: Entry) -> tuple[Guard, ...] | None:
        known = remembered(git_dir, entry[1], default.branch)
        if known is None:
            known = _parsed(objects, entry, default.branch)
            if known is not None and keep:
                remember(git_dir, entry[1], default.branch, known)
        return known

    found = in_force(_line(objects, default.tip), judge)
    return found[1] if found is not None else ()


def problems(objects: Objects, default: Default, commit: str | None) -> tuple[str, ...] | None:
    """
    The linter's lines for the file at *commit*; None: it is not there, or as it was before.

    Whether a `regex:` compiles is not asked.
    """
    now = objects.at(objects.root(commit), FILE)
    if now is None or now == objects.at(objects.root(default.tip), FILE):
        return None
    name = FILE.decode()
    if not is_regular(now):
        return (f"{name}:1:1: it must be a regular file (wrong-type)",)
    from app.core.config import parse  # noqa: PLC0415  (only where the file changed)

    found = parse(_content(objects, now), default.branch, expressions=False).problems
    return tuple(f"{name}:{p.mark.line}:{p.mark.column}: {p.message} ({p.code})" for p in found)


def _parsed(objects: Objects, entry: Entry, branch: str) -> tuple[Guard, ...] | None:
    """The guards of one version of the file; None: it is invalid."""
    if not is_regular(entry):
        return None
    from app.core.config import parse  # noqa: PLC0415  (not where the answer is remembered)

    pipeline = parse(_content(objects, entry), branch, expressions=False).pipeline
    if pipeline is None:
        return None
    return tuple(
        Guard(
            stage=stage.name,
            ref=b"refs/heads/" + (stage.branch or branch).encode("utf-8", "surrogateescape"),
            whole_tree=stage.whole_tree,
            outputs=tuple((o.path, o.key, o.excepts) for o in stage.outputs),
            groups=tuple(stage.locks),
        )
        for stage in pipeline.stages.values()
        if stage.writes
    )


def _content(objects: Objects, entry: Entry) -> bytes:
    content = objects.blob(entry)
    return b"\0" * (1 << 17) if content is None else content


def _line(objects: Objects, tip: str | None) -> Iterator[tuple[str, Entry | None]]:
    """Along first parents from *tip*, newest first: each commit, and what stands at `FILE`."""
    commit = tip
    while commit is not None:
        yield commit, objects.at(objects.root(commit), FILE)
        found = objects.commit(commit.encode())
        commit = next(iter(parents(found[1])), None) if found else None
