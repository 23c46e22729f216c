"""
A freight and people's edits together: a three-way merge of a stage's outputs, file by file.

Folders that only one side changed are taken whole; texts that both changed are merged by libgit2,
as `git merge` would: https://libgit2.org/docs/reference/main/merge/git_merge_trees.html.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import cast

from app.core.model.facts import Content
from app.core.model.names import Sha
from app.core.model.pipeline import Stage
from app.core.model.renders import Clash, Rendered, RenderRequest, StepProblem
from app.core.model.steps import Output, Value
from app.core.model.three_way import side
from app.core.yamledit.editor import EditProblem, get_value, is_json, set_keys
from app.core.yamledit.scalars import read_back, spelled
from app.errors import Missing
from app.git.contents import held, places_between, shown
from app.git.objects import Objects
from app.git.render import measured, render
from app.git.trees import TREE, Entry, Folder, InTheWay
from app.git.walk import Walk, guard

Triple = tuple[Entry | None, Entry | None, Entry | None]


def merge(
    objects: Objects,
    request: RenderRequest,
    stage: Stage,
    watched: Callable[[bytes], bool],
    base: Content,
) -> Rendered | StepProblem | Clash:
    """
    Run *stage*'s steps, and keep what people changed on ``request.onto`` since *base*.

    *base* is what the outputs would hold had nobody touched them. Raises Missing where the store
    lacks an object of it.
    """
    made = render(objects, request, stage, watched)
    if not isinstance(made, Rendered):
        return made
    then = {output: recorded(objects, dict(base).get(str(output), "")) for output in _paths(stage)}
    ours = objects.tree_of(request.onto) or objects.trees.write({})
    triples = {
        output: (then[output], held(objects, ours, output), held(objects, made.tree, output))
        for output in _paths(stage)
    }
    work = _Merge(objects)
    for output, triple in triples.items():
        work.merged(triple, output.path.encode())
    work.settle_files()
    root, kept = made.tree, []
    try:
        for output, triple in triples.items():
            entry = work.merged(triple, output.path.encode())
            kept += [shown(p) for p in places_between(objects, triple[2], entry, output.path)]
            root = put(objects, root, output, entry)
        clashes = [shown(path) for path in work.clashes]
    except InTheWay as error:
        clashes = [shown(error.path)]
    keys = _Keys.of(objects, stage, dict(base), ours, dict(made.content))
    clashes += keys.clashes
    if clashes:
        return Clash(tuple(dict.fromkeys(clashes)))
    whole = measured(objects, request.onto, keys.put(objects, root, ours), stage)
    return replace(whole, pure=made.content, merged=True, kept=(*kept, *keys.kept))


def _paths(stage: Stage) -> list[Output]:
    return [output for output in stage.outputs if output.key is None]


def recorded(objects: Objects, mark: str) -> Entry | None:
    """The entry of a path's fingerprint; Missing where the store does not have it any more."""
    if not mark:
        return None
    mode, _, sha = mark.partition(":")
    if int(mode, 8) == TREE and not objects.has(Sha(sha)):
        raise Missing(f"tree {sha} is not in the mirror")
    return Entry(int(mode, 8), Sha(sha))


def put(objects: Objects, root: Sha, output: Output, entry: Entry | None) -> Sha:
    """Put *entry* at the output's place; the files that it leaves alone stay."""
    trees = objects.trees
    left = [(path.encode(), trees.find(root, path.encode())) for path in output.excepts]
    root = trees.replace(root, output.path.encode(), entry)
    for path, old in left:
        if old is not None:
            root = trees.replace(root, path, old)
    return root


@dataclass(slots=True)
class _Merge:
    """Walks three trees at once, twice: to find the files that both changed, then to merge."""

    objects: Objects
    texts: dict[bytes, tuple[Entry, Entry, Entry]] = field(default_factory=dict)
    results: dict[bytes, Entry | None] = field(default_factory=dict)
    clashes: list[bytes] = field(default_factory=list)
    walk: Walk = field(default_factory=Walk)

    def merged(self, triple: Triple, path: bytes) -> Entry | None:
        """What is at *path* in the end; on a clash, what people have there."""
        base, ours, theirs = triple
        match side(base, ours, theirs):
            case "theirs":
                return theirs
            case "ours":
                return ours
            case "both":
                return self._both(triple, path)

    def _both(self, triple: Triple, path: bytes) -> Entry | None:
        if all(entry is None or entry.is_tree for entry in triple):
            return self._folder(triple, path)
        if all(entry is not None and entry.is_file for entry in triple):
            self.texts[path] = cast("tuple[Entry, Entry, Entry]", triple)
            known = self.results.get(path)
            if known is not None:
                return known
        self.clashes.append(path)
        return triple[1]

    def _folder(self, triple: Triple, path: bytes) -> Entry | None:
        guard(path.count(b"/"))
        folders = [self.objects.trees.read(e.id) if e is not None else {} for e in triple]
        base, ours, theirs = folders
        made: Folder = {}
        for name in sorted({*base, *ours, *theirs}):
            below = path + b"/" + name if path else name
            self.walk.sees(len(below))
            entry = self.merged((base.get(name), ours.get(name), theirs.get(name)), below)
            if entry is not None:
                made[name] = entry
        return Entry(TREE, self.objects.trees.write(made)) if made else None

    def settle_files(self) -> None:
        """Merge the texts found so far; what cannot be merged stays a clash."""
        self.clashes.clear()
        if not self.texts:
            return
        self.objects.supply(entry.id for triple in self.texts.values() for entry in triple)
        paths = list(self.texts)
        blobs = self.objects.merge_blobs([_ids(self.texts[path]) for path in paths])
        for path, blob in zip(paths, blobs, strict=True):
            mode = _mode(self.texts[path])
            self.results[path] = Entry(mode, blob) if blob and mode else None


def _ids(triple: tuple[Entry, Entry, Entry]) -> tuple[Sha, Sha, Sha]:
    base, ours, theirs = triple
    return base.id, ours.id, theirs.id


def _mode(triple: tuple[Entry, Entry, Entry]) -> int | None:
    base, ours, theirs = (entry.mode for entry in triple)
    return {"ours": ours, "theirs": theirs, "both": None}[side(base, ours, theirs)]


@dataclass(slots=True)
class _Keys:
    """Single keys: each is one side's, or a clash; the rest of their files is people's anyway."""

    taken: dict[str, dict[str, Value]] = field(default_factory=dict)
    """File -> the keys that get the freight's value."""
    kept: list[str] = field(default_factory=list)
    clashes: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        objects: Objects,
        stage: Stage,
        base: dict[str, str],
        ours: Sha,
        theirs: dict[str, str],
    ) -> _Keys:
        keys = cls()
        for output in stage.outputs:
            if output.key is None:
                continue
            place = str(output)
            data, json = _data(objects, ours, output.path), is_json(output.path)
            value = get_value(data, output.key, json=json)
            there = spelled(value) if value is not None else ""
            keys._sort(output, base.get(place, there), there, theirs[place])
        return keys

    def _sort(self, output: Output, base: str, ours: str, theirs: str) -> None:
        keys = self.taken.setdefault(output.path, {})
        match side(base, ours, theirs):
            case "theirs":
                keys[output.key or ""] = read_back(theirs)
            case "ours":
                self.kept.append(str(output))
            case "both":
                self.clashes.append(str(output))

    def put(self, objects: Objects, root: Sha, ours: Sha) -> Sha:
        """Set the taken keys in the files as people left them."""
        for file, values in self.taken.items():
            entry = objects.trees.find(ours, file.encode())
            made = set_keys(_data(objects, ours, file), values, json=is_json(file))
            if entry is not None and not isinstance(made, EditProblem):
                blob = Entry(entry.mode, objects.write_blob(made))
                root = objects.trees.replace(root, file.encode(), blob)
        return root


def _data(objects: Objects, root: Sha, file: str) -> bytes:
    entry = objects.trees.find(root, file.encode())
    return objects.blob(entry.id) if entry is not None and entry.is_file else b""
