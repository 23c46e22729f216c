"""Values of ours that hold a foreign word wherever one may stand, and texts of several of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.core.commands import Command
from app.core.locks.foreign import foreign
from app.core.locks.queue import Board
from app.core.locks.quota import OverQuota
from app.core.model.comments import Followed
from app.core.model.hand_edits import HandEdit
from app.core.model.held_times import HeldTime
from app.core.model.lock_requests import DirectRequest, ForeignRequest, RequestState
from app.core.model.lock_services import ServiceUse
from app.core.model.names import GroupName, StageName, WarehouseName
from app.core.model.people import Approval, Approve, Block, People
from app.core.model.pipeline import CheckRule, Pipeline, Stage, Warehouse
from app.core.model.previews import FirstTick
from app.core.model.records import Hold, Records
from app.core.model.renders import Rendered, StepProblem
from app.core.model.service_claims import Outside, ServiceClaim
from app.core.model.subjects import Subject
from app.core.model.verdicts import GateAnswer, Reason, Tally, Verdict
from app.core.planning.job_actions import Leave
from app.core.planning.plan_result import HeadVerdict
from app.core.text import (
    cards,
    environments,
    forced_locks,
    freeing,
    lock_alerts,
    lock_presses,
    lock_table,
    outcomes,
    people_locks,
    rollbacks,
)
from tests.core import foreign_words as walked
from tests.core.saying import AT, SITE, freight, promotion, request, sha, verdict

HOUR = timedelta(hours=1)


def first(word: str) -> list[FirstTick]:
    held, odd = (
        FirstTick(StageName("prod"), freight(), values=(word,)),
        FirstTick(StageName("e2e"), freight(), problem=word),
    )
    return [held, odd, FirstTick(StageName("dev"), freight())]


def hold(word: str) -> Hold:
    return Hold(StageName("prod"), word, word, AT)


def block(word: str) -> Block:
    return Block(freight(), word, word, AT)


def restored(word: str) -> Rendered:
    return Rendered(sha(4), (), ((word, word),), 12, (word,) * 12)


def rolling(word: str, made: Rendered | StepProblem | None) -> rollbacks.Preview:
    away = (freight(), freight())
    return rollbacks.Preview(
        StageName("prod"),
        freight(),
        freight(),
        away,
        made,
        tuple(edits(word)),
        freight(),
        hold(word),
    )


def approval(word: str) -> Approval:
    return Approval(StageName("prod"), freight(), 7, word, AT)


def tally(word: str) -> Tally:
    return Tally(3, (word,), (word,), (word,), (f"@{word}", f"@acme/{word}"))


def unapproved(word: str) -> GateAnswer:
    return GateAnswer("approval", "wait", Reason.NOT_APPROVED, (f"@{word}",), tally=tally(word))


def claim(word: str) -> ServiceClaim:
    return ServiceClaim(
        1, 42, 1, AT, "mutex", word, "stagelock-1-a", "a", "lost", AT, holder=word, detail=word
    )


def unserved(word: str) -> Verdict:
    use = ServiceUse(word, word)
    refused = Outside(use, refusal="resource")
    told: Verdict = verdict("locking", Reason.LOCK_REFUSED, names=(str(use),), outside=refused)
    return told


def edits(word: str) -> list[HandEdit]:
    return [HandEdit(word, (word,), fate) for fate in ("seen", "kept", "replaced")]


def changed(word: str) -> Pipeline:
    people = People((word,), (word,))
    stage = Stage(
        StageName("prod"),
        WarehouseName("web"),
        path=word,
        branch=word,
        verify=(CheckRule(word, word),),
        approve=Approve(people),
        allow=people,
    )
    return Pipeline(
        {WarehouseName("web"): Warehouse(WarehouseName("web"), branch=word, paths=(word,))},
        {StageName("prod"): stage},
        {},
    )


def head(word: str, *, ready: bool = False) -> HeadVerdict:
    return HeadVerdict(StageName("prod"), 1, sha(3), ready=ready, verdict=walked.told(word))


def command(word: str) -> Command:
    return Command("promote", word, "write", word, word)


def ended(word: str) -> str:
    about = (Subject(word, "https://github.com/x"),)
    row = promotion(
        state="failed", reason="checks-failed", detail=word, about=about, edits=tuple(edits(word))
    )
    followed = Followed(0, "promote", StageName("dev"), freight(), AT)
    told = outcomes.ending(Records(promotions=(row,)), followed, SITE) or ""
    return outcomes.ended("", told, replace(followed, verb="rollback"))


def person(word: str, state: RequestState = "held", **more) -> DirectRequest:
    held = DirectRequest(
        1,
        7,
        word,
        "person",
        f"{word} x",
        (GroupName("e2e"),),
        1,
        state,
        AT,
        HOUR,
        purpose=word,
        tokens={GroupName("e2e"): 17},
        granted_at=AT,
        expires_at=AT,
        commit=sha(3),
    )
    return replace(held, **more)


def forced(one: DirectRequest, word: str) -> str:
    """What is told of a lock that somebody took away, and to whom."""
    free = people_locks.comes_next(None, SITE, granted=False)
    parts = (
        forced_locks.forced(
            one, GroupName("e2e"), word, free, forced_locks.no_longer(one, [f"{word} x"], SITE)
        ),
        forced_locks.no_longer(one, (), SITE),
        forced_locks.no_longer(request(1, stage=word), [f"{word} x", f"{word} y"], SITE),
        forced_locks.taken_away(one, GroupName("e2e"), word, [f"{word} x"], word),
        *forced_locks.promise_back(word),
    )
    return "\n\n".join(parts)


def people(word: str) -> str:
    """Whose login is none is called by nothing that is said to them, or of them."""
    one, typed = person(word), Command("unlock", word, "read", group=word, reason=word, force=True)
    gone = person(word, "cancelled", granted_at=None, reason=word, ended_by=word)
    notice = people_locks.notice(one, AT, f"{word} x")
    parts = (
        people_locks.queued(person(word, "queued"), (one,)),
        people_locks.prolonged(one),
        people_locks.ending(gone, GroupName("e2e")) or "",
        people_locks.ending(
            person(word, "rejected", granted_at=None, reason="too-large"), GroupName("e2e")
        )
        or "",
        people_locks.left(one, people_locks.comes_next(one, SITE, granted=True)),
        people_locks.left(
            person(word, "queued"), people_locks.comes_next(one, SITE, granted=False)
        ),
        forced(one, word),
        people_locks.again(typed),
        people_locks.runs(typed, GroupName("e2e"), (one,)),
        people_locks.may_not(typed, "read", one, GroupName("e2e")),
        people_locks.nobody(GroupName(word)),
        people_locks.which(typed, GroupName("e2e"), (one, one)),
        people_locks.unknown(typed, ("e2e",)),
        people_locks.unknown(typed, ()),
        people_locks.over_quota(GroupName("e2e"), OverQuota("pull", 5)),
        people_locks.may_not_press("keep", word, one),
        notice.outcome if notice else "",
        freeing.freeing((replace(one, state="suspect"),), SITE),
        lock_table.board_table(
            Board((one, person(word, "queued", id=2, granted_at=None, reason=word))),
            {GroupName("e2e"): 1},
            SITE,
        ),
    )
    return "\n\n".join(parts)


def stuck(word: str) -> str:
    """The suspect grant of jobs and of a stored token, for which a stage waits."""
    door = person(word, "suspect", kind="job", asker=word, owner="7/1", repo_name=word)
    client = replace(door, kind="client")
    waits = request(2, stage=word, groups=door.groups)
    other = replace(elsewhere(word), kind="client", state="suspect", groups=door.groups)
    return "\n\n".join(
        (
            lock_alerts.notice(
                door,
                "suspect-1",
                lock_alerts.alert_direct(door, word, SITE, f"{word} x", waits),
                AT,
                pull=7,
                sha=None,
            ).said.outcome,
            lock_alerts.alert_direct(client, word, SITE, "", waits),
            lock_presses.here(door),
            lock_presses.here(client),
            lock_alerts.alert_foreign(other, SITE, f"{word} x", waits),
            freeing.freeing((replace(other, alone=HeldTime(AT, None)),), SITE),
            lock_presses.may_not_elsewhere(word, "read", other),
        )
    )


def jobs(word: str) -> str:
    """What GitHub shows beside a run that waits at an environment."""
    held = replace(person(word), permits={GroupName("e2e"): (word,)})
    waits = DirectRequest(
        2,
        7,
        word,
        "job",
        word,
        (GroupName("e2e"),),
        2,
        "queued",
        AT,
        HOUR,
        owner="7/1",
        purpose=word,
    )
    said: tuple[Leave, ...] = (
        "granted",
        "joined",
        "unnamed",
        "no-file",
        "timed-out",
        "too-large",
    )
    return "\n\n".join(
        (
            environments.place(waits, Board((held, waits))),
            environments.over_quota(GroupName("e2e"), OverQuota("repository", 20)),
            *(environments.answer(one, word, held) for one in said),
        )
    )


def carded(word: str) -> str:
    """A freight that failed, one that waits for a lock, and one that is not there any more."""
    failed = verdict("failed", Reason.CHECK_FAILED, names=(word,), detail=word)
    queued = verdict("locking", Reason.LOCK_SUSPECT, names=(word,), holders=(elsewhere(word),))
    shown: tuple[tuple[StageName, Verdict | cards.Absence], ...] = (
        (StageName("dev"), walked.told(word)),
        (StageName("e2e"), failed),
        (StageName("prod"), queued),
        (StageName("live"), "passed"),
    )
    return cards.card([cards.Part(freight(), shown)], SITE, "abcd2345", over=False)


def elsewhere(word: str) -> ForeignRequest:
    """A holder of another repository that anybody may see."""
    held = request(1, state="held", granted_at=AT, repo_name=f"acme/{word}")
    return foreign(replace(held, stage=word), f"acme/{word}")
