"""
The guards that are in force: `stagelock.yaml` of the default branch, as it was before the push.

Parsing takes longer than everything else together, so its result is kept in the repository's own
folder, by the file's id, and the parser is not even imported where it is found there.
"""

from __future__ import annotations

from app.core.pushrules import Guard
from app.core.pushrules.named import NamedTuple
from app.hook.objects import Entry, Objects, parents
from app.hook.remembered import remember, remembered

FILE = b"stagelock.yaml"
LOOK_BACK = 500
"""First-parent commits that are searched for the newest valid version, as the App does."""
VERSIONS = 30
"""Invalid versions that are passed over in that search."""


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

    The file invalid at the tip: its newest valid version on the first-parent line.
    """
    root = objects.root(default.tip)
    entry = objects.at(root, FILE)
    if default.tip is None or entry is None:
        return ()
    known = remembered(git_dir, entry[1], default.branch)
    if known is None:
        known = _parsed(objects, entry, default.branch)
        if known is None:
            return _newest_valid(objects, default, entry)
        if keep:
            remember(git_dir, entry[1], default.branch, known)
    return known


def problems(objects: Objects, default: Default, commit: str | None) -> tuple[str, ...] | None:
    """
    The linter's lines for the file at *commit*; None: it is not there, or as it was before.

    Whether a `regex:` compiles is not asked.
    """
    now = objects.at(objects.root(commit), FILE)
    if now is None or now == objects.at(objects.root(default.tip), FILE):
        return None
    name = FILE.decode()
    if not now[0].startswith(b"100"):
        return (f"{name}:1:1: it must be a regular file (wrong-type)",)
    from app.core.config import parse  # noqa: PLC0415  (only where the file changed)

    found = parse(_content(objects, now), default.branch, expressions=False).problems
    return tuple(f"{name}:{p.mark.line}:{p.mark.column}: {p.message} ({p.code})" for p in found)


def _parsed(objects: Objects, entry: Entry, branch: str) -> tuple[Guard, ...] | None:
    """The guards of one version of the file; None: it is invalid."""
    if not entry[0].startswith(b"100"):
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


def _newest_valid(objects: Objects, default: Default, invalid: Entry) -> tuple[Guard, ...]:
    seen = invalid
    passed = 0
    commit = default.tip
    for _ in range(LOOK_BACK):
        found = objects.commit(commit.encode()) if commit else None
        if commit is None or found is None:
            return ()
        entry = objects.at(objects.root(commit), FILE)
        if entry is not None and entry != seen:
            known = _parsed(objects, entry, default.branch)
            if known is not None:
                return known
            passed += 1
            if passed == VERSIONS:
                return ()
        seen = entry or seen
        commit = next(iter(parents(found[1])), None)
    return ()
