"""What the steps of a stage share: where they copy from, and how they put something into a tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app.core.model.names import Sha
from app.core.model.pipeline import Stage
from app.core.model.renders import RenderRequest
from app.core.model.steps import Value
from app.core.yamledit.editor import EditProblem, is_json, set_keys
from app.errors import Missing
from app.git.contents import without
from app.git.objects import Objects
from app.git.trees import LINK, Entry, InTheWay
from app.git.unsafe import first_unsafe


class Impossible(Exception):
    """
    A step cannot run: *file* (and *key*) as read from *commit*'s tree say why not.

    With *is_source* that is what the step copies, not the branch that it writes.
    """

    def __init__(
        self,
        message: str,
        file: str,
        commit: Sha | None,
        entry: Entry | None,
        key: str | None = None,
        *,
        is_source: bool = False,
    ) -> None:
        super().__init__(message)
        self.message, self.file, self.key, self.commit = message, file, key, commit
        self.is_source = is_source
        self.fingerprint = entry.fingerprint if entry else f"no {file}"


@dataclass(frozen=True, slots=True)
class Run:
    """
    One rendering: all that a step may look at besides the tree that it edits.

    Trees are named by their ids; objects are written, no ref moves.
    """

    objects: Objects
    request: RenderRequest
    stage: Stage
    watched: Callable[[bytes], bool]

    def origin(self, from_stage: str | None) -> Sha:
        """The commit that a step copies from; Missing where nobody said which."""
        if from_stage is None:
            return self.request.freight.sha
        upstreams: Mapping[str, Sha] = {str(k): v for k, v in self.request.upstreams.items()}
        if from_stage not in upstreams:
            raise Missing(f"nothing is recorded of what {from_stage} was promoted to")
        return upstreams[from_stage]

    def over(
        self, root: Sha, to: str, entry: Entry, excepts: Iterable[str], source: tuple[Sha, str]
    ) -> Sha:
        """Put *entry* at *to*, but leave the files *excepts* as they are in the target."""
        excepts = tuple(excepts)
        trees = self.objects.trees
        kept = [(path, trees.find(root, path.encode())) for path in excepts]
        new = without(self.objects, entry, to, excepts)
        self._refuse_unsafe(new, source)
        made = self.put(root, to, new)
        for path, old in kept:
            if old is not None:
                made = self.put(made, path, old)
        return made

    def _refuse_unsafe(self, entry: Entry | None, source: tuple[Sha, str]) -> None:
        if entry is None:
            return
        commit, path = source
        unsafe = first_unsafe(self.objects.trees, entry, links=not self.stage.allow_links)
        if unsafe is not None:
            what, below = unsafe
            file = "/".join(part for part in (path, below) if part)
            raise Impossible(f"{file} is {what}", file, commit, entry, is_source=True)

    def refuse_link(
        self, root: Sha, path: str, commit: Sha | None, *, is_source: bool = False
    ) -> None:
        """Name the symlink that stands at *path* of the tree *root*, or on the way to it."""
        place, entry = self.objects.trees.stands(root, path.encode()) or (b"", None)
        if entry is not None and entry.mode == LINK:
            file = place.decode("utf-8", "replace")
            message = f"{file} is a symlink, not followed"
            raise Impossible(message, file, commit, entry, is_source=is_source)

    def put(self, root: Sha, path: str, entry: Entry | None) -> Sha:
        """Put *entry* (None: nothing) at *path* of the tree *root*; raises Impossible."""
        try:
            return self.objects.trees.replace(root, path.encode(), entry)
        except InTheWay as error:
            file = error.path.decode("utf-8", "replace")
            self.refuse_link(root, file, self.request.onto)
            there = self.objects.trees.find(root, error.path)
            message = f"{file} is a file; {path} needs a folder there"
            raise Impossible(message, file, self.request.onto, there) from error

    @property
    def kept(self) -> Sha | None:
        """The commit that says what stays as it is until a grant names permits."""
        kept = self.request.kept
        return kept if kept is not None and self.objects.has(kept) else self.request.onto

    def standing(self, root: Sha, file: str, key: str) -> Value:
        """What *key* of *file* is, at `kept`, else in the tree *root*; "" where it is nowhere."""
        before = self.objects.find(self.kept, file) if self.kept else None
        for entry in (before, self.objects.trees.find(root, file.encode())):
            if entry is not None and entry.is_file:
                value = self.objects.document(entry.id, json=is_json(file)).value(key)
                if value is not None:
                    return value
        return Value("")

    def set_values(self, root: Sha, file: str, values: Mapping[str, Value]) -> Sha:
        """Give keys of *file* their *values*; raises Impossible."""
        entry = self.objects.trees.find(root, file.encode())
        if entry is None or not entry.is_file:
            self.refuse_link(root, file, self.request.onto)
            message = f"{file} is {'no regular file' if entry else 'not there'}"
            raise Impossible(message, file, self.request.onto, entry, next(iter(values), None))
        made = set_keys(self.objects.blob(entry.id), values, json=is_json(file))
        if isinstance(made, EditProblem):
            message = f"{file}: {made.message}"
            raise Impossible(message, file, self.request.onto, entry, made.key)
        return self.put(root, file, Entry(entry.mode, self.objects.write_blob(made)))
