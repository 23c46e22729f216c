"""
The law of offers: a command or a button that a text of ours shows is accepted in that very state.

Each text is judged in two ways: as the App would write it now, and as it stands on GitHub. Somebody
who may do everything types its command where it is read; what the answer would store is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from app.core.checkruns import RunTarget, targets
from app.core.model.check_names import external_id
from app.core.model.comments import CommandRecord
from app.core.model.facts import CommentFact
from app.core.model.names import Sha
from app.core.model.people import Standing
from app.core.model.questions import (
    AuthorsQuestion,
    CannotAsk,
    MemberQuestion,
    Question,
    RestoreQuestion,
    StandingQuestion,
)
from app.core.model.renders import Rendered
from app.core.model.snapshot import Snapshot
from app.core.planning.plan_result import Plan
from app.core.text.links import Site
from app.engine.commands.execute import Effects
from app.ports.forge import Forge
from app.ports.store import Store
from tests.simulation.accounts import NUMBERS
from tests.simulation.github import OWN_APP
from tests.simulation.storing import WRITES, with_past

if TYPE_CHECKING:
    from tests.simulation.world import World

STALE = timedelta(minutes=3)
"""A text alone may be a minute old, and a call may have failed once: then it is to be mended."""
_QUOTED = re.compile(r"`(/[a-z][^`]*)`")
_TITLED = re.compile(
    r"(/(?:promote|retry|resume|cancel|why|rollback) [a-z0-9._-]+(?:(?: to)? [0-9a-f]{7,40}\b)?)"
)
_REFUSED = re.compile(r"Not done: `[^`]*`")
"""The command or the button that the reply answers: it offers nothing by saying which."""
_SPELLED = re.compile(r"Did you mean `[^`]*`\?")
_CHANGING = ("/promote", "/retry", "/resume", "/hold", "/allow", "/cancel", "/rollback")
_PERSONAL = ("/lock", "/unlock", "/unapprove")
"""Only who has the lock, or gave the leave, can do what these offer: the oracle judges them."""
WEB = "https://github.test"
ASKER = "kim"
"""Who may everything, and has said nothing so far."""


@dataclass(frozen=True)
class Shown:
    """A text of a run: where it stands, what it says, and the buttons below it."""

    name: str
    sha: Sha
    title: str
    summary: str
    buttons: tuple[str, ...]
    key: str
    """Its external id: GitHub tells it with a click."""

    def commands(self) -> tuple[str, ...]:
        found = [*_QUOTED.findall(self.summary), *_TITLED.findall(self.title)]
        return tuple(dict.fromkeys(one for one in found if _is_whole(one)))


def _is_whole(command: str) -> bool:
    """Not the form of a command, with words to be filled in; nor one for somebody in particular."""
    return not command.startswith(_PERSONAL) and not any(word.isupper() for word in command.split())


class _Dry:
    """A part of the store whose writes are forgotten."""

    def __init__(self, part: object, writes: Iterable[str]) -> None:
        self._part, self._writes = part, frozenset(writes)

    def __getattr__(self, name: str):
        if name in self._writes:
            return lambda *_args, **_named: None
        return getattr(self._part, name)


class _NotJudged(Exception):
    """It depends on an answer that nobody gives here."""


def _answered(snapshot: Snapshot, questions: Iterable[Question]) -> Snapshot:
    """What a rollback would write, whatever that is; who asks may everything, and wrote nothing."""
    asked = list(questions)
    for question in asked:
        match question:
            case StandingQuestion(who):
                known = {**snapshot.standings, who.id: Standing(who.login, "admin")}
                snapshot = replace(snapshot, standings=known)
            case MemberQuestion(team, who):
                snapshot = replace(snapshot, members={**snapshot.members, (team, who.id): True})
            case AuthorsQuestion(stage, freight):
                wrote = {(stage, freight): frozenset({NUMBERS["alice"]})}
                snapshot = replace(snapshot, authors={**snapshot.authors, **wrote})
            case RestoreQuestion():
                pass
            case _:
                raise _NotJudged
    back = [question for question in asked if isinstance(question, RestoreQuestion)]
    made = dict.fromkeys(back, Rendered(Sha(""), (), (), 1, ("x",)))
    return replace(snapshot, restored={**snapshot.restored, **made})


class Where(NamedTuple):
    """The pull request, or the commit, of a comment."""

    pull: int | None = None
    sha: Sha | None = None


class _Everything:
    """Nothing has to be recalled: the records are whole."""

    def __call__(self, snapshot: Snapshot, *_args: object, **_named: object) -> Snapshot:
        return snapshot

    all = __call__


class _DryStore:
    def __init__(self, store) -> None:
        self.history = _Dry(store.history, WRITES["history"])
        self.locks = _Dry(store.locks, {*WRITES["locks"], "refuse"})
        self.direct_locks = _Dry(store.direct_locks, WRITES["direct_locks"])
        self.checks = _Dry(store.checks, {"outdate", "told", "seen_to"})
        self.work = _Dry(store.work, {"touch"})
        self.repos = store.repos  # only read


class _Trusting:
    """GitHub's answers, but for permissions: who asks may do everything."""

    def __init__(self, world: World) -> None:
        self._world = world

    def permission(self, _repo, _login):
        return "admin"

    def standing(self, _repo, person):
        return Standing(person.login, "admin")

    def is_member(self, _repo, _team, _login):
        return True

    def author(self, _repo, _sha):
        return NUMBERS["alice"]

    def pull(self, _repo, number):
        return self._world.forge.pulls[number]


class Offers:
    """Looks on; remembers since when a text that stands on GitHub offers what is refused."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._since: dict[tuple[int, str], datetime] = {}
        self._judged: object = None
        self._replies: set[tuple[int, str]] = set()
        """What was offered in a reply: an edit of it repeats that, whatever has become of it."""
        self._answers: dict[object, str] = {}
        """To what was typed in this step, by the look, the words and the place."""
        self._untold: Sequence[tuple[Snapshot, Plan]] = ()

    def after(self) -> None:
        """Called after every step that went through undisturbed."""
        world = self._world
        replies, world.forge.replied = world.forge.replied, []
        looks = self._looks_told_of()
        if not world.clean or world.faults.late or world.seeing.last is None:
            return
        if world.faults.refused_until > world.now.timestamp():
            return
        snapshot, plan = world.seeing.last
        if snapshot.config.pipeline is None:
            return
        state = (world.watched.changes, len(world.forge.writes), dict(world.server.tips))
        if state == self._judged and not self._since:
            return
        self._judged = state
        self._answers.clear()
        self._written(snapshot, plan)
        self._standing(snapshot, plan)
        for reply in replies:
            self._replied(looks, reply)

    def _looks_told_of(self) -> Sequence[tuple[Snapshot, Plan]]:
        """
        What was looked at in this step, and, where an answer was stored (or noted by a process that
        died) and its reply could not be sent, in the steps since.
        """
        world = self._world
        looks, world.seeing.looks = [*self._untold, *world.seeing.looks], []
        stored = world.watched.history.open_commands(1)
        self._untold = looks if any((c.outcome or c.parts) and not c.told for c in stored) else []
        return looks

    def _written(self, snapshot: Snapshot, plan: Plan) -> None:
        """What the App would write now."""
        for target in targets(snapshot, plan, web=WEB):
            draft = target.draft
            buttons = tuple(b.identifier for b in draft.buttons)
            key = self._key(target)
            shown = Shown(draft.name, draft.sha, draft.title, draft.summary, buttons, key)
            if target.existing_only and not self._stands(shown):
                continue
            for offer, answer in self._refused(snapshot, plan, shown):
                words = f"{shown.name} on {shown.sha[:7]} ({shown.title}) offers {offer}"
                self._world.law.wrong(f"offers: {words}: {answer}")

    def _key(self, target: RunTarget) -> str:
        """What the newest run of its name is, or would be, written with."""
        mine = self._world.watched.history.runs_of(1, target.draft.name, target.draft.sha)
        serial = mine[-1].serial if mine else 1
        return external_id(target.draft.name, target.about, serial, target.code)

    def _stands(self, shown: Shown) -> bool:
        return any(r.name == shown.name for r in self._world.forge.at.get(shown.sha, ()))

    def _standing(self, snapshot: Snapshot, plan: Plan) -> None:
        """What people read on GitHub, where nothing is written any more, too."""
        now, since = self._world.now, dict[tuple[int, str], datetime]()
        for sha, runs in self._world.forge.at.items():
            newest = {r.name: r for r in runs if r.app_id == OWN_APP}
            for run in newest.values():
                shown = Shown(run.name, sha, run.title, run.summary, run.buttons, run.external_id)
                for offer, answer in self._refused(snapshot, plan, shown):
                    key = (run.id, offer)
                    since[key] = self._since.get(key, now)
                    if now - since[key] > STALE:
                        words = f"{run.name} on {sha[:7]} ({run.title}) still offers {offer}"
                        self._world.law.wrong(f"offers: {words}: {answer}")
        self._since = since

    def _replied(self, looks: Sequence[tuple[Snapshot, Plan]], reply: CommentFact) -> None:
        """
        A reply names commands beside those that it answers, and beside how they are spelled.

        It tells of the state in which its command took effect: what it offers is accepted in some
        state of this tick, which may have gone on since.
        """
        where = Where(reply.pull, reply.sha)
        said = {c.body for c in self._world.forge.comments.values() if not c.is_bot}
        if "Comment again, naming the freight" in reply.body:
            return  # that spells a command which was not judged
        offered = _REFUSED.sub("", _SPELLED.sub("", reply.body))
        for text in dict.fromkeys(_QUOTED.findall(offered)):
            asked = any(body.startswith(text) for body in said)  # with more digits, too
            if not _is_whole(text) or asked or (reply.id, text) in self._replies:
                continue
            self._replies.add((reply.id, text))
            answers = [self._answer(*look, text, where) for look in reversed(looks)]
            if all(answers):
                words = f"offers: a reply offers {text}: {answers[0]} IN {reply.body!r}"
                self._world.law.wrong(words)

    def _refused(self, snapshot: Snapshot, plan: Plan, shown: Shown) -> Iterator[tuple[str, str]]:
        for text in shown.commands():
            answer = self._typed(snapshot, plan, shown, text)
            if answer:
                yield text, answer
        for button in shown.buttons:
            if button == "keep":
                continue  # its holder alone can do that
            answer = self._clicked(snapshot, plan, shown, button)
            if answer:
                yield f"the button {button}", answer

    def _typed(self, snapshot: Snapshot, plan: Plan, shown: Shown, text: str) -> str:
        """It is typed on the pull request, where the commit is a head, and on the commit."""
        pulls = self._world.forge.pulls.items()
        numbers = [n for n, p in pulls if p.head_sha == shown.sha]
        places = [Where(sha=shown.sha)]
        places += [Where(pull=numbers[-1])] if numbers else []
        answers = (self._answer(snapshot, plan, text, where) for where in places)
        return next((answer for answer in answers if answer), "")

    def _answer(self, snapshot: Snapshot, plan: Plan, text: str, where: Where) -> str:
        """What is answered where it is refused; "" where it is accepted."""
        key = (id(snapshot), text, where)
        if key not in self._answers:
            self._answers[key] = self._judge(snapshot, plan, text, where)
        return self._answers[key]

    def _judge(self, snapshot: Snapshot, plan: Plan, text: str, where: Where) -> str:
        kind: Literal["issue", "commit"] = "issue" if where.pull else "commit"
        command = CommandRecord(
            f"{kind}-1",
            1,
            kind,
            text,
            ASKER,
            snapshot.now + timedelta(minutes=2),
            user_id=NUMBERS[ASKER],
            pull=where.pull,
            sha=where.sha,
        )
        try:
            said = self._effects(snapshot, plan, command).all()
        except _NotJudged:
            return ""  # it was accepted: what the stage does then is looked up for the reply
        except CannotAsk:
            return ""  # it waits for GitHub's answer, and nobody is refused
        if not said.parts:
            return "nothing"
        if text.startswith(_CHANGING):
            return "" if said.effective else said.parts[0]
        return said.parts[0] if said.parts[0].startswith("Not done") else ""

    def _clicked(self, snapshot: Snapshot, plan: Plan, shown: Shown, verb: str) -> str:
        mine = self._world.watched.history.runs_of(1, shown.name, shown.sha)
        if not mine or mine[-1].run_id is None:
            return ""
        command = CommandRecord(
            "click-1", 1, "click", "", ASKER, snapshot.now, user_id=NUMBERS[ASKER], sha=shown.sha, verb=verb,
            run_name=shown.name, run_id=mine[-1].run_id, run_key=shown.key,
        )  # fmt: skip
        try:
            said = self._effects(snapshot, plan, command).of_click()
        except (_NotJudged, CannotAsk):
            return ""
        return "" if said.effective else "; ".join(said.parts) or "nothing"

    def _effects(self, snapshot: Snapshot, plan: Plan, command: CommandRecord) -> Effects:
        claim = self._world.watched.claim
        assert claim is not None
        return Effects(
            claim=claim,
            store=cast("Store", _DryStore(self._world.watched)),
            forge=cast("Forge", _Trusting(self._world)),
            snapshot=self._whole(snapshot),
            plan=plan,
            site=Site.of(snapshot.repo, WEB),
            command=command,
            recall=_Everything(),
            ask=_answered,
        )

    def _whole(self, snapshot: Snapshot) -> Snapshot:
        if not snapshot.records.cut:
            return snapshot
        return replace(snapshot, records=with_past(self._world.store, snapshot.records))
