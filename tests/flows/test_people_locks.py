"""`/lock`, `/unlock` and `/unlock --force`: people in the queue of a lock group, beside stages."""

from __future__ import annotations

from datetime import timedelta

from app.core.model.lock_requests import HOLDING, DirectRequest
from app.core.text.terminal import plain
from app.errors import Transient
from tests.flows.around import stand_beside
from tests.flows.harness import REPO, Flow
from tests.flows.test_locks import groups, live, locked
from tests.flows.test_races import pipeline
from tests.flows.test_verification import shown
from tests.flows.words import replies, say

ONE = {
    "stagelock.yaml": pipeline(locked("one", "floor") + groups("floor", "spare")),
    "apps/web/a": "1",
}
HOUR = timedelta(hours=1)


def people(flow: Flow) -> list[tuple[str, str]]:
    """(person, state) of the requests of people that have not ended, by place."""
    return [(r.name, r.state) for r in direct(flow)]


def direct(flow: Flow) -> tuple[DirectRequest, ...]:
    return flow.records().direct


def quiet(flow: Flow) -> str:
    """A repository whose stage is done: the group is free."""
    first = flow.repo(ONE)
    flow.finish(flow.landed("one", first), "one")
    assert live(flow) == []
    return first


def test_a_free_group_is_granted_for_an_hour_and_given_back(flow: Flow):
    first = quiet(flow)

    say(flow, first, "/lock floor debugging the login")

    assert people(flow) == [("@bob", "held")]
    [told] = replies(flow, first)
    assert told.startswith("Granted: `floor` is held by `@bob` since ")
    assert "debugging the login" in told
    assert "`/unlock floor` gives it back" in told
    [one] = direct(flow)
    assert one.expires_at - one.granted_at == HOUR

    say(flow, first, "/unlock floor")

    assert people(flow) == []
    assert replies(flow, first)[-1].startswith("Done: `floor` is free again")


def test_a_stage_waits_for_a_person_by_name_with_the_reason(flow: Flow):
    first = quiet(flow)
    say(flow, first, "/lock floor for 30m debugging")

    second = flow.push({"apps/web/a": "2"})

    assert live(flow) == [("one", "queued")]
    since = f"{direct(flow)[0].granted_at:%H:%M} UTC"
    assert (
        shown(flow, second, "one").title
        == f"lock floor: 1st of 1, held by @bob since {since}: debugging"
    )
    lock = shown(flow, second, "lock / floor")
    assert lock.status == "queued"
    assert lock.title == f"1st of 1, held by @bob since {since}: debugging"
    say(flow, second, "/stagelock status")
    assert "| `floor` | held | `@bob` since" in replies(flow, second)[-1]
    assert ": debugging | `one` (" in replies(flow, second)[-1]

    say(flow, first, "/unlock floor")
    assert live(flow) == [("one", "held")]


def test_while_it_is_held_a_person_queues_and_the_reply_is_edited_when_it_is_granted(flow: Flow):
    first = flow.repo(ONE)
    assert live(flow) == [("one", "held")]

    say(flow, first, "/lock floor looking at the logs")

    [told] = replies(flow, first)
    assert told.startswith("Queued: ")
    assert "held by `one` since" in told
    assert people(flow) == [("@bob", "queued")]
    flow.finish(flow.landed("one", first), "one")
    assert people(flow) == [("@bob", "held")]
    [told] = replies(flow, first)
    assert told.startswith("Granted: `floor` is held by `@bob` since ")


def test_unlock_while_queued_leaves_the_queue_and_the_first_reply_says_so(flow: Flow):
    first = flow.repo(ONE)
    say(flow, first, "/lock floor looking")

    say(flow, first, "/unlock floor")

    assert people(flow) == []
    queued, left = replies(flow, first)
    assert left.startswith("Done: `@bob` has left the queue of `floor`")
    assert "left the queue" in queued


def test_again_by_its_holder_prolongs_from_now(flow: Flow):
    first = quiet(flow)
    say(flow, first, "/lock floor for 30m debugging")
    flow.passes(minutes=20)

    say(flow, first, "/lock floor for 2h still debugging")

    [one] = direct(flow)
    assert one.state == "held"
    assert one.expires_at - flow.clock() > 1.9 * HOUR
    assert replies(flow, first)[-1].startswith("Done: `floor` is held by `@bob` since ")
    assert "still debugging" in replies(flow, first)[-1]


def test_past_its_time_it_is_overdue_and_blocks_on_and_its_owner_is_told_once(flow: Flow):
    first = quiet(flow)
    say(flow, first, "/lock floor for 30m debugging")
    second = flow.push({"apps/web/a": "2"})
    since = f"{direct(flow)[0].granted_at:%H:%M} UTC"

    flow.passes(minutes=31)
    flow.passes(minutes=5)

    assert live(flow) == [("one", "queued")]
    run = shown(flow, second, "lock / floor")
    assert run.conclusion == "action_required"
    assert run.title == f"overdue: @bob since {since}"
    assert {a["identifier"] for a in run.actions} == {"release", "keep"}
    [_, overdue] = replies(flow, first)
    assert overdue.startswith("@bob: ")
    assert "`floor`" in overdue
    flow.passes(hours=30)
    assert len(replies(flow, first)) == 2
    assert live(flow) == [("one", "queued")], "it blocks on"


def renamed(flow: Flow) -> str:
    """`bob` holds the lock, is called `robert` by now, and somebody else took his name."""
    first = quiet(flow)
    say(flow, first, "/lock floor for 30m debugging")
    flow.world.rename_user("bob", "robert")
    flow.world.set_role(REPO, "bob", "write")
    return first


def test_a_lock_is_its_holders_whatever_they_are_called_by_now(flow: Flow):
    first = renamed(flow)

    say(flow, first, "/lock floor for 2h still debugging", by="robert")
    [one] = direct(flow)
    assert (one.name, one.state) == ("@robert", "held")
    assert one.expires_at - flow.clock() > 1.9 * HOUR
    say(flow, first, "/unlock floor", by="robert")

    assert people(flow) == []


def test_who_takes_a_holders_old_name_takes_no_lock_with_it(flow: Flow):
    first = renamed(flow)

    say(flow, first, "/unlock floor")
    assert people(flow) == [("@bob", "held")]
    assert "*maintain*" in replies(flow, first)[-1]
    say(flow, first, "/lock floor mine")

    assert [(r.asker_id, r.state) for r in direct(flow)] == [
        (flow.world.user("robert").id, "held"),
        (flow.world.user("bob").id, "queued"),
    ]


def test_the_buttons_of_an_overdue_lock_are_for_the_account_and_not_for_the_name(flow: Flow):
    second = overdue(flow)
    flow.world.rename_user("bob", "robert")
    flow.world.set_role(REPO, "bob", "write")

    for verb in ("keep", "release"):
        flow.world.press(REPO, shown(flow, second, "lock / floor"), verb, by="bob")
        flow.settle()
    assert people(flow) == [("@bob", "suspect")]
    flow.world.press(REPO, shown(flow, second, "lock / floor"), "keep", by="robert")
    flow.settle()

    assert [r.state for r in direct(flow)] == ["held"]


def test_whose_time_is_over_is_called_as_they_are_called_now(flow: Flow):
    first = renamed(flow)

    flow.passes(minutes=31)

    assert replies(flow, first)[-1].startswith("@robert: your time for `floor` is over")
    say(flow, first, "/unlock floor --force they are away", by="alice")
    assert "@robert: it is not yours any more" in replies(flow, first)[-1]
    assert not any("@bob:" in reply for reply in replies(flow, first))


def test_where_nobody_can_say_what_they_are_called_now_nobody_is_called(flow: Flow):
    first = renamed(flow)

    def beside(when: str, call: str) -> None:
        if when == "before" and call == "standing":
            raise Transient("GitHub does not answer")

    stand_beside(flow, beside)
    flow.passes(minutes=31)

    told = replies(flow, first)[-1]
    assert "your time for `floor` is over" in told
    assert "@robert" not in told
    assert not told.startswith("@bob")


def overdue(flow: Flow) -> str:
    first = quiet(flow)
    say(flow, first, "/lock floor for 30m debugging")
    second = flow.push({"apps/web/a": "2"})
    flow.passes(minutes=31)
    return second


def test_nowhere_is_a_persons_lock_called_suspect(flow: Flow):
    """No job of theirs runs: it is overdue, and they are asked to give it back."""
    second = overdue(flow)
    since = f"{direct(flow)[0].granted_at:%H:%M} UTC"
    say(flow, second, "/stagelock status")
    say(flow, second, "/why one")

    status, why = (plain(reply) for reply in replies(flow, second)[-2:])
    assert f"| floor | overdue: @bob since {since} |" in status
    assert f"1st of 1, overdue: @bob since {since}: debugging" in why
    for text in (status, why):
        assert "@bob comments /unlock floor once it is free" in text
    stage, lock = shown(flow, second, "one"), shown(flow, second, "lock / floor")
    assert stage.title == f"lock floor: 1st of 1, overdue: @bob since {since}: debugging"
    assert "| overdue | " in (lock.summary or "")
    texts = (status, why, *(f"{run.title}\n{run.summary}" for run in (stage, lock)))
    assert not any("suspect" in text for text in texts)


def test_its_holder_keeps_it_for_an_hour_more(flow: Flow):
    second = overdue(flow)

    flow.world.press(REPO, shown(flow, second, "lock / floor"), "keep", by="alice")
    flow.settle()
    assert people(flow) == [("@bob", "suspect")], "only its holder keeps it"
    flow.world.press(REPO, shown(flow, second, "lock / floor"), "keep", by="bob")
    flow.settle()

    assert people(flow) == [("@bob", "held")]
    [one] = direct(flow)
    assert 0.9 * HOUR < one.expires_at - flow.clock() <= HOUR
    assert shown(flow, second, "lock / floor").status == "queued"


def test_its_holder_or_a_maintainer_releases_it_and_nobody_else(flow: Flow):
    second = overdue(flow)

    flow.world.press(REPO, shown(flow, second, "lock / floor"), "release", by="carol")
    flow.settle()
    assert people(flow) == [("@bob", "suspect")]
    flow.world.press(REPO, shown(flow, second, "lock / floor"), "release", by="alice")
    flow.settle()

    assert people(flow) == []
    assert live(flow) == [("one", "held")]


def test_plain_unlock_is_refused_while_the_holders_job_runs_naming_it(flow: Flow):
    first = flow.repo(ONE)

    say(flow, first, "/unlock floor", by="alice")

    assert live(flow) == [("one", "held")]
    told = replies(flow, first)[-1]
    assert told.startswith("Not done: ")
    assert "`one`" in told
    assert "`/unlock floor --force reason`" in told


def test_plain_unlock_of_another_persons_lock_needs_maintain(flow: Flow):
    first = quiet(flow)
    say(flow, first, "/lock floor debugging", by="alice")

    say(flow, first, "/unlock floor", by="bob")

    assert people(flow) == [("@alice", "held")]
    assert "needs *maintain*; you have *write*" in replies(flow, first)[-1]
    say(flow, first, "/unlock floor", by="alice")
    say(flow, first, "/lock floor debugging", by="bob")
    say(flow, first, "/unlock floor", by="alice")
    assert people(flow) == []
    assert "@bob" in replies(flow, first)[-1]


def test_force_names_the_previous_holder_and_outdates_its_token(flow: Flow):
    first = flow.repo(ONE)
    [held] = [r for r in flow.requests() if r.state == "held"]

    say(flow, first, "/unlock floor --force the job is gone", by="bob")
    assert "needs *maintain*; you have *write*" in replies(flow, first)[-1]
    assert live(flow) == [("one", "held")]
    say(flow, first, "/unlock floor --force", by="alice")
    assert "needs a reason" in replies(flow, first)[-1]
    say(flow, first, "/unlock floor --force the job is gone", by="alice")

    told = replies(flow, first)[-1]
    assert told.startswith("Done: ")
    assert "`one`" in told
    assert f"token {held.tokens['floor']}" in told
    [forced] = [r for r in flow.requests() if r.state == "forced"]
    assert (forced.id, forced.ended_by, forced.reason) == (held.id, "alice", "the job is gone")
    assert flow.records().tokens["floor"] > held.tokens["floor"]
    title = shown(flow, first, "lock / floor").title or ""
    assert title == "forced by @alice: the job is gone"


def test_of_several_holders_force_needs_the_token_and_lists_them(flow: Flow):
    wide = groups("floor").replace("permits: 1", "permits: 2")
    first = flow.repo(
        {"stagelock.yaml": pipeline(locked("one", "floor") + wide), "apps/web/a": "1"}
    )
    say(flow, first, "/lock floor debugging")
    assert people(flow) == [("@bob", "held")]

    say(flow, first, "/unlock floor --force because", by="alice")

    told = replies(flow, first)[-1]
    assert "`/unlock floor#1 --force because`" in told
    assert "`/unlock floor#2 --force because`" in told
    assert "`one`" in told
    assert "`@bob`" in told
    say(flow, first, "/unlock floor#9 --force because", by="alice")
    assert "no holder has the token 9" in replies(flow, first)[-1]
    say(flow, first, "/unlock floor#2 --force because", by="alice")
    assert people(flow) == []
    assert live(flow) == [("one", "held")]
    assert "@bob" in replies(flow, first)[-1]


def test_what_cannot_be_locked_says_why_and_what_to_type(flow: Flow):
    first = quiet(flow)

    say(
        flow,
        first,
        "/lock\n/lock floor\n/lock flor because\n/lock floor for 25h because\n/lock floor for 0m x"
        "\n/unlock\n/unlock floor",
    )

    text = replies(flow, first)[-1]
    assert "needs a lock group" in text
    assert "needs a reason" in text
    assert "there is no lock group `flor`" in text
    assert "Did you mean `/lock floor" in text
    assert "is not between a second and 24 hours" in text
    assert "nobody holds `floor`" in text
    assert people(flow) == []
    say(flow, first, "/lock floor because", by="carol")
    assert "needs *write*; you have *read*" in replies(flow, first)[-1]


def test_force_takes_a_pull_requests_success_back_before_its_grant_ends(flow: Flow):
    """Invariant 11."""
    files = {
        "stagelock.yaml": pipeline(
            "  prod:\n    path: stages/prod\n    via: pull-request\n    lock: floor\n"
            "    steps:\n      - uses: copy\n        with: {from: apps/web, to: web}\n"
            + groups("floor")
        ),
        "apps/web/a": "1",
    }
    first = flow.repo(files)
    [pull] = [p for p in flow.world.pulls(REPO) if p.head.startswith("stagelock/")]
    assert flow.state(pull.head_sha, "plan") == "success"
    say(flow, first, "/lock floor debugging")
    seen = []

    def look() -> None:
        holds = any(r.state in HOLDING for r in flow.requests())
        seen.append((flow.state(pull.head_sha, "plan"), holds))

    with flow.after_each_write(look):
        say(flow, first, "/unlock floor --force somebody debugs", by="alice")

    assert ("success", False) not in seen
    assert next(holds for state, holds in seen if state != "success"), "taken back before its end"
    assert people(flow) == [("@bob", "held")]
    assert flow.state(pull.head_sha, "plan") == "queued"
    [forced] = [r for r in flow.requests() if r.state == "forced"]
    assert forced.ended_by == "alice"
