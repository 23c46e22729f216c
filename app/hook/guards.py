"""
The guards that are in force: `stagelock.yaml` of the default branch, as it was before the push.

Parsing takes longer than everything else together, so its result is kept in the repository's own
folder, by the file's id, and the parser is not even imported where it is found there.
"""

from __future__ import annotations

from app.core.protection import Guard
from app.core.protection.light_tuples import NamedTuple
from app.core.state.in_force import in_force
from app.gitplumbing.commits import parents_of
from app.hook.cache import recall, recalled, remember, remembered
from app.hook.objects import Entry, PushedObjects, is_regular

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


class Rules(NamedTuple):
    """
    The *guards* in force. *unguarded*: why there are none, where somebody may think there are.
    """

    guards: tuple[Guard, ...] = ()
    unguarded: str = ""


def rules(objects: PushedObjects, default: Default, git_dir: str, *, keep: bool) -> Rules:
    """
    The rules in force. *keep*: what was found may be written down.

    The file invalid at the tip: its newest valid version along first parents, as the App finds it.
    ``BrokenError`` where something on the way to the answer cannot be read.
    """
    if default.tip is None:
        return Rules(unguarded=f"HEAD names {_shown(default.ref)}, and there is no such branch")
    if objects.at(objects.root(default.tip), FILE) is None:
        return Rules()

    def judge(_commit: str, entry: Entry) -> tuple[Guard, ...] | None:
        known = remembered(git_dir, entry[1], default.branch)
        if known is None:
            known = _parsed(objects, entry, default.branch)
            if known is not None and keep:
                remember(git_dir, entry[1], default.branch, known)
        return known

    before = recalled(git_dir, default.branch)
    line = _Line(objects, default.tip, before)
    force = in_force(line, judge)
    if force is None:
        return Rules(unguarded=f"stagelock.yaml on {_shown(default.ref)} was never valid")
    if keep and force[0] != default.tip and (before is None or before[0] != default.tip):
        recall(git_dir, default.branch, default.tip, line.last)
    return Rules(force[1])


def _shown(ref: bytes) -> str:
    return ascii(ref.decode("utf-8", "replace"))[1:-1]


def same_file(objects: PushedObjects, default: Default, commit: str | None) -> bool:
    """Tell whether *commit* holds the file as it was before the push, or as little."""
    before, now = objects.root(default.tip), objects.root(commit)
    return objects.at(before, FILE) == objects.at(now, FILE)


def problems(
    objects: PushedObjects, default: Default, commit: str | None
) -> tuple[str, ...] | None:
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

    mistakes = parse(_content(objects, now), default.branch, expressions=False).problems
    return tuple(f"{name}:{p.mark.line}:{p.mark.column}: {p.message} ({p.code})" for p in mistakes)


def _parsed(objects: PushedObjects, entry: Entry, branch: str) -> tuple[Guard, ...] | None:
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


def _content(objects: PushedObjects, entry: Entry) -> bytes:
    content = objects.blob(entry)
    return b"\0" * (1 << 17) if content is None else content


class _Line:
    """
    Along first parents from *tip*, newest first: each commit, and what stands at `FILE`.

    *known* is a commit below which the answer was found before, and the entry that it was: nothing
    is read beyond it. *last* is the entry that was handed out last.
    """

    def __init__(self, objects: PushedObjects, tip: str, known: tuple[str, Entry] | None) -> None:
        self._objects, self._tip, self._known = objects, tip, known
        self.last: Entry = (0, "")

    def __iter__(self) -> Iterator[tuple[str, Entry | None]]:
        commit: str | None = self._tip
        while commit is not None:
            below = self._known[1] if self._known is not None and self._known[0] == commit else None
            entry = below or self._objects.at(self._objects.root(commit), FILE)
            self.last = entry or self.last
            yield commit, entry
            if below is not None:
                return
            commit_read = self._objects.commit(commit.encode())
            commit = next(iter(parents_of(commit_read[1])), None) if commit_read else None
