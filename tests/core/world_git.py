"""A tiny Git without Git: commits are dicts of path -> text; steps run on them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from app.core.model.facts import Content
from app.core.model.names import Sha
from app.core.model.renders import Rendered, StepProblem
from app.core.model.steps import Copy, CopyKey, Delete, Output, TakeTree, YamlSet
from app.core.model.three_way import side
from app.core.paths.canonical import join, relative, within

Files = dict[str, str]


def digest(*parts: object) -> Sha:
    return Sha(hashlib.sha1(repr(parts).encode(), usedforsecurity=False).hexdigest())


@dataclass(frozen=True)
class Node:
    sha: Sha
    parents: tuple[Sha, ...]
    files: Files = field(hash=False)
    message: str = ""
    promotion: str = ""
    """The promotion that made it; people's commits have none."""


@dataclass
class Git:
    """Commits and branches; nothing is ever removed but what a branch names may change."""

    nodes: dict[Sha, Node] = field(default_factory=dict)
    heads: dict[str, Sha] = field(default_factory=dict)

    def commit(
        self, files: Files, parents: tuple[Sha, ...], message: str = "", promotion: str = ""
    ) -> Sha:
        sha = digest(len(self.nodes), sorted(files.items()), parents, message)
        self.nodes[sha] = Node(sha, parents, dict(files), message, promotion)
        return sha

    def files(self, sha: Sha | None) -> Files:
        return dict(self.nodes[sha].files) if sha else {}

    def tip_files(self, branch: str) -> Files:
        return self.files(self.heads.get(branch))

    def line(self, tip: Sha | None) -> tuple[Sha, ...]:
        """The first-parent line, newest first."""
        found = []
        while tip is not None:
            found.append(tip)
            parents = self.nodes[tip].parents
            tip = parents[0] if parents else None
        return tuple(found)

    def below(self, sha: Sha | None) -> Sha:
        """The first parent of what landed."""
        assert sha is not None, "nothing has landed"
        return self.nodes[sha].parents[0]

    def contains(self, tip: Sha | None, sha: Sha | None) -> bool:
        """Tell whether *sha* is *tip* or below it, over all parents."""
        todo, seen = [tip] if tip else [], set()
        while todo:
            at = todo.pop()
            if at == sha:
                return True
            if at not in seen:
                seen.add(at)
                todo.extend(self.nodes[at].parents)
        return False

    def changed(self, sha: Sha) -> set[str]:
        """Paths that differ from the first parent; a moved file is both paths."""
        node = self.nodes[sha]
        return differ(self.files(node.parents[0]) if node.parents else {}, node.files)


def differ(old: Files, new: Files) -> set[str]:
    return {p for p in {*old, *new} if old.get(p) != new.get(p)}


def content(files: Files, outputs: tuple[Output, ...]) -> Content:
    return tuple(sorted((str(o), _mark(files, o)) for o in outputs))


def _mark(files: Files, output: Output) -> str:
    if output.key is not None:
        return key_of(files.get(output.path, ""), output.key) or ""
    if output.path in files:
        return f"100644:{digest(files[output.path])}"
    below = [
        (relative(p, output.path), text)
        for p, text in sorted(files.items())
        if within(p, output.path) and p not in output.excepts
    ]
    return f"040000:{digest(below)}" if below else ""


def key_of(text: str, key: str) -> str | None:
    found = re.search(rf"^{re.escape(key)}: (.*)$", text, re.MULTILINE)
    return found[1] if found else None


class _Impossible(Exception):
    pass


def render(git, stage, freight, onto, upstreams, watched) -> Rendered | StepProblem:
    """What the real renderer does, on dicts."""
    files = made(git, stage, freight, onto, upstreams, watched)
    if isinstance(files, StepProblem):
        return files
    return measured(git.files(onto), files, stage)


def measured(before: Files, files: Files, stage) -> Rendered:
    after = content(files, stage.outputs)
    changed = sorted(differ(before, files))
    return Rendered(
        tree=digest(sorted(files.items())),
        content=after,
        before=content(before, stage.outputs),
        changed_files=len(changed),
        changed=tuple(changed),
        pure=after,
    )


def kept(git, stage, theirs: Files, onto, base: Files) -> tuple[Files, list[str], list[str]]:
    """Three-way, each file and key as a whole: the files, the kept places, the clashing ones."""
    ours, files = git.files(onto), dict(theirs)
    stays, torn = [], []
    for place in places(stage.outputs, base, ours, theirs):
        held = [value_of(side_, place) for side_ in (base, ours, theirs)]
        match side(*held):
            case "ours":
                stays.append(place)
                put_value(files, place, held[1])
            case "both":
                torn.append(place)
            case "theirs":
                pass  # as it is in *files*
    return files, stays, torn


def places(outputs: tuple[Output, ...], *sides: Files) -> list[str]:
    """The files, or ``file#key``, that outputs hold on any side."""
    found = {str(o) for o in outputs if o.key is not None}
    for path in {p for files in sides for p in files}:
        for output in outputs:
            if output.key is None and within(path, output.path) and path not in output.excepts:
                found.add(path)
    return sorted(found)


def value_of(files: Files, place: str) -> str | None:
    path, _, key = place.partition("#")
    return key_of(files.get(path, ""), key) if key else files.get(path)


def put_value(files: Files, place: str, value: str | None) -> None:
    path, _, key = place.partition("#")
    if key:
        _set(files, path, key, value or "")
    elif value is None:
        files.pop(path, None)
    else:
        files[path] = value


def made(git: Git, stage, freight, onto, upstreams, watched) -> Files | StepProblem:
    """The files of the stage's branch after its steps."""
    files = git.files(onto)
    for step in stage.steps:
        try:
            _step(git, stage, step, freight, files, upstreams, watched)
        except _Impossible as problem:
            file, key, message, read = problem.args
            source = isinstance(step, Copy)
            return StepProblem(file, key, message, None, digest(read), is_source=source)
    return files


def _step(git, stage, step, freight, files, upstreams, watched) -> None:
    match step:
        case Copy(source, to, from_stage, excepts):
            if from_stage and from_stage not in upstreams:
                raise _Impossible(source, None, f"{from_stage} holds nothing", None)
            origin = git.files(upstreams[from_stage] if from_stage else freight.sha)
            found = {
                join(to, relative(p, source)): t for p, t in origin.items() if within(p, source)
            }
            if not found:
                raise _Impossible(source, None, f"{source} is not there", None)
            _put(files, to, found, excepts)
        case TakeTree(watched_only, excepts):
            found = {
                p: t for p, t in git.files(freight.sha).items() if not watched_only or watched(p)
            }
            _put(files, "", found, excepts)
        case Delete(path):
            _put(files, path, {}, ())
        case CopyKey(from_stage, source_file, file, key):
            value = key_of(git.files(upstreams[from_stage]).get(source_file, ""), key)
            _set(files, file, key, value or "")
        case YamlSet(file, values):
            for key, template in values:
                text = template.text.replace("${{ freight.sha }}", freight.sha)
                _set(files, file, key, text.replace("${{ freight.short }}", freight.sha[:7]))
        case _:
            raise AssertionError(f"no renderer here knows {step}")


def _put(files: Files, to: str, new: Files, excepts: tuple[str, ...]) -> None:
    for path in [p for p in files if within(p, to) and p not in excepts]:
        del files[path]
    files.update({p: t for p, t in new.items() if p not in excepts})


def _set(files: Files, file: str, key: str, value: str) -> None:
    text = files.get(file)
    if text is None or key_of(text, key) is None:
        raise _Impossible(file, key, f"{file} has no key {key}", text)
    files[file] = re.sub(rf"^{re.escape(key)}: .*$", f"{key}: {value}", text, flags=re.MULTILINE)


def merged(git: Git, base_tip: Sha, head: Sha) -> Files:
    """What merging *head* into *base_tip* gives: the files that it changed since they parted."""
    line = git.line(head)
    fork = next(sha for sha in line if git.contains(base_tip, sha))
    old, new = git.files(fork), git.files(head)
    files = git.files(base_tip)
    for path in differ(old, new):
        if path in new:
            files[path] = new[path]
        else:
            files.pop(path, None)
    return files
