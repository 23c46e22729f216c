"""The facts of a push, gathered cheaply: first what changed, and only then who did it and how."""

from __future__ import annotations

from app.core.protection import Change, ConfigChange, Guard, LockMove, LockState, Push, Update
from app.core.protection.commit_notes import lock_state
from app.core.protection.commit_notes import written as read_note
from app.core.protection.push_facts import LOCK_REFS
from app.hook.compare import FIRST, changed_paths, equal_outputs
from app.hook.guards import Default, Rules, problems, rules, same_file
from app.hook.history import PushedHistory, stacked
from app.hook.objects import BrokenError, Entry, PushedObjects, message
from app.hook.refs import Refs
from app.hook.server import HookSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.hook.promoter_signatures import PromoterSignatures


class Gatherer:
    """One push, asked of one repository. *keep*: nothing is written down on a dry run."""

    def __init__(
        self, objects: PushedObjects, refs: Refs, git_dir: str, server: HookSettings, *, keep: bool
    ) -> None:
        self._objects = objects
        self._refs = refs
        self._git_dir = git_dir
        self._server = server
        self._keep = keep
        self._signatures: PromoterSignatures | None = None

    def push(self, updates: Iterable[Update], who: str | None) -> Push:
        """Gather everything that the rules ask about *updates*."""
        moved = tuple(self._refs.followed(self._objects, update) for update in updates)
        mine = who is not None and who == self._server.promoter
        if self._server.signers is not None and self._server.by_signature(who):
            from app.hook.promoter_signatures import PromoterSignatures  # noqa: PLC0415  (not where names count)

            self._signatures = PromoterSignatures(
                self._objects, self._server.signers, self._git_dir
            )
        vouched = self._signatures.refs(moved) if self._signatures else frozenset()
        default, force, unreadable = self._force()
        changes = () if unreadable else self._changes(moved, force.guards, default.tip, mine=mine)
        closed, config = self._config(moved, default, who, readable=not unreadable)
        if unreadable and self._signatures:
            vouched |= {u.ref for u in moved if self._signatures.mine(u)}
        made = default.tip is None and any(u.ref == default.ref for u in moved)
        return Push(
            who=who,
            promoter=self._server.promoter,
            updates=moved,
            changes=changes,
            config=config,
            locks=self._locks(moved, changes),
            moves=tuple(self._moves(moved)) if mine or self._signatures else (),
            fold=self._server.fold,
            by_signature=self._signatures is not None,
            vouched=vouched,
            unreadable=unreadable,
            closed=closed,
            unguarded="" if made else force.unguarded,
        )

    def is_signed(self, updates: Iterable[Update], signers: str) -> bool:
        """Tell whether the promoter signed everything in the push, whatever the rules say of it."""
        from app.hook.promoter_signatures import PromoterSignatures  # noqa: PLC0415

        signatures = PromoterSignatures(self._objects, signers, self._git_dir)
        return all(
            signatures.mine(self._refs.followed(self._objects, update)) for update in updates
        )

    def accepted(self, push: Push) -> None:
        """Write down what later pushes must not go back behind."""
        if self._signatures is not None and self._keep:
            self._signatures.keep(push.updates)

    def _force(self) -> tuple[Default, Rules, str]:
        """The default branch, its rules, and what keeps them from being read."""
        default = Default(b"HEAD", None)
        try:
            default = self._refs.default(self._objects)
            return default, rules(self._objects, default, self._git_dir, keep=self._keep), ""
        except BrokenError as error:
            return default, Rules(), str(error)

    def _config(
        self, updates: tuple[Update, ...], default: Default, who: str | None, *, readable: bool
    ) -> tuple[bytes | None, ConfigChange | None]:
        """Where `stagelock.yaml` changes by somebody who may not, and what it is left as."""
        closed, config = None, None
        editors = self._server.editors
        free = editors is None or (who is not None and who in (self._server.promoter, *editors))
        for update in updates:
            if self._name(update.ref) != self._name(default.ref) or not readable:
                continue
            if not free and not same_file(self._objects, default, update.new):
                closed = update.ref
            mistakes = problems(self._objects, default, update.new)
            config = ConfigChange(update.ref, mistakes) if mistakes is not None else config
        return closed, config

    def _name(self, ref: bytes) -> bytes:
        return ref.lower() if self._server.fold else ref

    def _changes(
        self,
        updates: tuple[Update, ...],
        force: tuple[Guard, ...],
        known: str | None,
        *,
        mine: bool,
    ) -> tuple[Change, ...]:
        by_ref: dict[bytes, list[Guard]] = {}
        for guard in force:
            by_ref.setdefault(self._name(guard.ref), []).append(guard)
        moved = [(u, by_ref.get(self._name(u.ref), ())) for u in updates]
        history = PushedHistory(self._objects, [u for u, touched in moved if touched], known)
        return tuple(
            change
            for update, touched in moved
            for guard in touched
            if (change := self._change(guard, update, history, mine=mine)) is not None
        )

    def _change(
        self, guard: Guard, update: Update, history: PushedHistory, *, mine: bool
    ) -> Change | None:
        if update.old is None and update.new is None:
            return None  # a branch that was not there is deleted: git warns, and does nothing
        try:
            return self._compared(guard, update, history, mine=mine)
        except BrokenError as error:
            return Change(guard, update, (), unreadable=str(error))

    def _compared(
        self, guard: Guard, update: Update, history: PushedHistory, *, mine: bool
    ) -> Change | None:
        old, new = self._objects.root(update.old), self._objects.root(update.new)
        paths = changed_paths(self._objects, guard, old, new)
        ends = guard.whole_tree and (old is None or new is None)
        if not paths and not ends and (not guard.whole_tree or update.old == update.new):
            return None
        proposed = None
        if new is not None and (paths or ends):
            proposed = self._proposed(guard, old, new)
        changed = bool(paths) or ends
        written = history.written(update, guard.stage) if mine and changed else ()
        unsigned = ""
        if self._signatures and changed:
            written, unsigned = self._signatures.line(guard, update, history)
        return Change(
            guard=guard,
            update=update,
            paths=paths,
            more=len(paths) >= FIRST,
            changed=changed,
            as_proposed=proposed is not None,
            proposed=proposed,
            written=written,
            forward=not guard.whole_tree or history.forward(update),
            signed=self._signatures is not None and changed and not unsigned,
            unsigned=unsigned,
        )

    def _proposed(self, guard: Guard, old: Entry | None, new: Entry) -> str | None:
        """The promotion whose outputs at `stagelock/<stage>` are those of *new*; None: none is."""
        tip = self._refs.tip(self._objects, b"refs/heads/stagelock/" + guard.stage.encode())
        if tip is None:
            return None
        if not equal_outputs(self._objects, guard, self._objects.root(tip[0]), new):
            return None
        if self._signatures and not self._signatures.stands(tip, guard, old):
            return None
        note = read_note(tip[0], message(tip[1]))
        named = note[1].promotion if note is not None and note[0] == guard.stage else None
        return named or ""

    def _locks(
        self, updates: tuple[Update, ...], changes: tuple[Change, ...]
    ) -> Mapping[str, LockState]:
        """The locks of the changed stages, as this push leaves them."""
        pushed = {update.ref: update.new for update in updates}
        states: dict[str, LockState] = {}
        for group in {group for change in changes for group in change.guard.groups}:
            ref = LOCK_REFS + group.encode()
            state = self._state(pushed[ref]) if ref in pushed else self._recorded(ref)
            if state is not None:
                states[group] = state
        return states

    def _recorded(self, ref: bytes) -> LockState | None:
        tip = self._refs.tip(self._objects, ref)
        return lock_state(message(tip[1])) if tip else None

    def _state(self, commit: str | None) -> LockState | None:
        commit_read = self._objects.commit(commit.encode()) if commit else None
        return lock_state(message(commit_read[1])) if commit_read else None

    def _moves(self, updates: tuple[Update, ...]) -> Iterable[LockMove]:
        for update in updates:
            if update.ref.startswith(LOCK_REFS):
                forward = update.new is not None and stacked(self._objects, update.old, update.new)
                yield LockMove(
                    update.ref, self._state(update.old), self._state(update.new), forward
                )
