"""The steps of a stage, each as one edit of a tree. What cannot be done is an `Impossible`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app.core.model.facts import RenderRequest
from app.core.model.names import Sha, short
from app.core.model.pipeline import Copy, CopyKey, Delete, Stage, Step, TakeTree, Value, YamlSet
from app.core.model.templates import filled
from app.core.yamledit.editor import EditProblem, is_json, set_keys
from app.errors import Missing
from app.git.contents import without
from app.git.objects import Objects
from app.git.trees import LINK, TREE, Entry, InTheWay
from app.git.unsafe import first_unsafe


class Impossible(Exception):
    """
    A step cannot run: *file* (and *key*) as read from *commit*'s tree say why not.
    """

    def __init__(
        self,
        message: str,
        file: str,
        commit: Sha | None,
        entry: Entry | None,
        key: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.file, self.key, self.commit = message, file, key, commit
        self.fingerprint = entry.fingerprint if entry else ""


@dataclass(frozen=True, slots=True)
class Run:
    """One rendering: everything that a step may look at besides the tree that it edits."""

    objects: Objects
    request: RenderRequest
    stage: Stage
    watched: Callable[[bytes], bool]

    def step(self, root: Sha, step: Step) -> Sha:
        """Carry out *step* on the tree *root*; raises Impossible."""
        match step:
            case Copy():
                return self._copy(root, step)
            case TakeTree():
                return self._take(root, step)
            case Delete(path):
                return self._put(root, path, None)
            case YamlSet(file, values):
                return self._set(root, file, {k: self._filled(v, file, k) for k, v in values})
            case CopyKey():
                return self._copy_key(root, step)

    def origin(self, from_stage: str | None) -> Sha:
        """The commit that a step copies from; Missing where nobody said which."""
        if from_stage is None:
            return self.request.freight.sha
        upstreams: Mapping[str, Sha] = {str(k): v for k, v in self.request.upstreams.items()}
        if from_stage not in upstreams:
            raise Missing(f"nothing is recorded of what {from_stage} was promoted to")
        return upstreams[from_stage]

    def _copy(self, root: Sha, step: Copy) -> Sha:
        commit = self.origin(step.from_stage)
        entry = self.objects.find(commit, step.source)
        if entry is None:
            self._refuse_link(self.objects.fact(commit).tree, step.source, commit)
            where = step.from_stage or f"freight {self.request.freight.short}"
            message = f"{step.source} is not there in {where} ({short(commit)})"
            raise Impossible(message, step.source, commit, None)
        return self._over(root, step.to, entry, step.excepts, (commit, step.source))

    def _take(self, root: Sha, step: TakeTree) -> Sha:
        commit = self.request.freight.sha
        tree = self.objects.fact(commit).tree
        if step.watched_only:
            tree = self.objects.trees.keep(tree, self.watched)
        return self._over(root, "", Entry(TREE, tree), step.excepts, (commit, ""))

    def _over(
        self, root: Sha, to: str, entry: Entry, excepts: Iterable[str], source: tuple[Sha, str]
    ) -> Sha:
        """Put *entry* at *to*, but leave the files *excepts* as they are in the target."""
        excepts = tuple(excepts)
        trees = self.objects.trees
        kept = [(path, trees.find(root, path.encode())) for path in excepts]
        new = without(self.objects, entry, to, excepts)
        self._refuse_unsafe(new, source)
        made = self._put(root, to, new)
        for path, old in kept:
            if old is not None:
                made = self._put(made, path, old)
        return made

    def _refuse_unsafe(self, entry: Entry | None, source: tuple[Sha, str]) -> None:
        if entry is None:
            return
        commit, path = source
        found = first_unsafe(self.objects.trees, entry, links=not self.stage.allow_links)
        if found is not None:
            what, below = found
            file = "/".join(part for part in (path, below) if part)
            raise Impossible(f"{file} is {what}", file, commit, entry)

    def _refuse_link(self, root: Sha, path: str, commit: Sha | None) -> None:
        """Name the symlink that stands at *path* of the tree *root*, or on the way to it."""
        place, entry = self.objects.trees.stands(root, path.encode()) or (b"", None)
        if entry is not None and entry.mode == LINK:
            file = place.decode("utf-8", "replace")
            raise Impossible(f"{file} is a symlink, not followed", file, commit, entry)

    def _put(self, root: Sha, path: str, entry: Entry | None) -> Sha:
        try:
            return self.objects.trees.replace(root, path.encode(), entry)
        except InTheWay as error:
            file = error.path.decode("utf-8", "replace")
            self._refuse_link(root, file, self.request.onto)
            there = self.objects.trees.find(root, error.path)
            message = f"{file} is a file; {path} needs a folder there"
            raise Impossible(message, file, self.request.onto, there) from error

    def _set(self, root: Sha, file: str, values: Mapping[str, Value]) -> Sha:
        entry = self.objects.trees.find(root, file.encode())
        if entry is None or not entry.is_file:
            self._refuse_link(root, file, self.request.onto)
            message = f"{file} is {'no regular file' if entry else 'not there'}"
            raise Impossible(message, file, self.request.onto, entry, next(iter(values), None))
        made = set_keys(self.objects.blob(entry.id), values, json=is_json(file))
        if isinstance(made, EditProblem):
            message = f"{file}: {made.message}"
            raise Impossible(message, file, self.request.onto, entry, made.key)
        return self._put(root, file, Entry(entry.mode, self.objects.write_blob(made)))

    def _copy_key(self, root: Sha, step: CopyKey) -> Sha:
        commit = self.origin(step.from_stage)
        entry = self.objects.find(commit, step.source_file)
        there = entry is not None and entry.is_file
        value = None
        if entry is not None and there:
            json = is_json(step.source_file)
            value = self.objects.document(entry.id, json=json).value(step.key)
        if value is None:
            self._refuse_link(self.objects.fact(commit).tree, step.source_file, commit)
            message = f"{step.source_file} in {step.from_stage} has no value {step.key}"
            raise Impossible(message, step.source_file, commit, entry, step.key)
        return self._set(root, step.file, {step.key: value})

    def _filled(self, template: Value, file: str, key: str) -> Value:
        """Substitute ``${{ ... }}`` in a text; nothing is evaluated."""
        if not template.is_text:
            return template
        freight = self.request.freight
        known = {
            "freight.sha": freight.sha,
            "freight.short": short(freight.sha),
            "stage.name": self.stage.name,
            "warehouse.name": freight.warehouse,
        }

        def value(word: str) -> str:
            if word not in known:
                message = f"${{{{ {word} }}}} has no value here"
                raise Impossible(message, file, self.request.onto, None, key)
            return known[word]

        return Value(filled(template.text, value))
