"""A person's lock past its time, and whose it is whatever they are called by now."""

from __future__ import annotations

from app.core.text.terminal import plain
from app.errors import Transient
from tests.flows.around import stand_beside
from tests.flows.harness import REPO, Flow
from tests.flows.holding import HOUR, direct, overdue, people, quiet, renamed, undated
from tests.flows.locking import live
from tests.flows.words import replies, say


def test_past_its_time_it_is_overdue_and_blocks_on_and_its_owner_is_told_once(flow: Flow):
    first = quiet(flow)
    say(flow, first, "/lock floor for 30m debugging")
    second = flow.push({"apps/web/a": "2"})
    since = f"{direct(flow)[0].granted_at:%H:%M} UTC"

    flow.passes(minutes=31)
    flow.passes(minutes=5)

    assert live(flow) == [("one", "queued")]
    run = flow.shown(second, "lock / floor")
    assert run.conclusion == "action_required"
    assert undated(run.title) == f"overdue: @bob since {since}"
    assert {a["identifier"] for a in run.actions} == {"release", "keep"}
    [_, overdue] = replies(flow, first)
    assert overdue.startswith("@bob: ")
    assert "`floor`" in overdue
    flow.passes(hours=30)
    assert len(replies(flow, first)) == 2
    assert live(flow) == [("one", "queued")], "it blocks on"


def test_a_lock_is_its_holders_whatever_they_are_called_by_now(flow: Flow):
    first = renamed(flow)

    say(flow, first, "/lock floor for 2h still debugging", by="robert")
    [one] = direct(flow)
    assert (one.name, one.state) == ("@robert", "held")
    assert one.expires_at is not None
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
        flow.world.press(REPO, flow.shown(second, "lock / floor"), verb, by="bob")
        flow.settle()
    assert people(flow) == [("@bob", "suspect")]
    flow.world.press(REPO, flow.shown(second, "lock / floor"), "keep", by="robert")
    flow.settle()

    assert [r.state for r in direct(flow)] == ["held"]


def test_whose_time_is_over_is_called_as_they_are_called_now(flow: Flow):
    first = renamed(flow)

    flow.passes(minutes=31)

    assert replies(flow, first)[-1].startswith("@robert: your lock `floor` is overdue")
    say(flow, first, "/unlock floor --force they are away", by="alice")
    assert "@robert: you no longer hold it" in replies(flow, first)[-1]
    assert not any("@bob:" in reply for reply in replies(flow, first))


def test_where_nobody_can_say_what_they_are_called_now_nobody_is_called(flow: Flow):
    first = renamed(flow)

    def beside(when: str, call: str) -> None:
        if when == "before" and call == "standing":
            raise Transient("GitHub does not answer")

    stand_beside(flow, beside)
    flow.passes(minutes=31)

    told = replies(flow, first)[-1]
    assert "your lock `floor` is overdue" in told
    assert "@robert" not in told
    assert not told.startswith("@bob")


def test_nowhere_is_a_persons_lock_called_suspect(flow: Flow):
    """No job of theirs runs: it is overdue, and they are asked to give it back."""
    second = overdue(flow)
    since = f"{direct(flow)[0].granted_at:%H:%M} UTC"
    say(flow, second, "/stagelock status")
    say(flow, second, "/why one")

    status, why = (undated(plain(reply)) for reply in replies(flow, second)[-2:])
    assert f"| floor | overdue: @bob since {since} |" in status
    assert f"1st of 1, overdue: @bob since {since}: debugging" in why
    for text in (status, why):
        assert "@bob comments /unlock floor when done" in text
    stage, lock = flow.shown(second, "one"), flow.shown(second, "lock / floor")
    assert undated(stage.title) == f"lock floor: 1st of 1, overdue: @bob since {since}: debugging"
    assert "| overdue | " in (lock.summary or "")
    texts = (status, why, *(f"{run.title}\n{run.summary}" for run in (stage, lock)))
    assert not any("suspect" in text for text in texts)


def test_its_holder_keeps_it_for_an_hour_more(flow: Flow):
    second = overdue(flow)

    flow.world.press(REPO, flow.shown(second, "lock / floor"), "keep", by="alice")
    flow.settle()
    assert people(flow) == [("@bob", "suspect")], "only its holder keeps it"
    flow.world.press(REPO, flow.shown(second, "lock / floor"), "keep", by="bob")
    flow.settle()

    assert people(flow) == [("@bob", "held")]
    [one] = direct(flow)
    assert one.expires_at is not None
    assert 0.9 * HOUR < one.expires_at - flow.clock() <= HOUR
    assert flow.shown(second, "lock / floor").status == "queued"


def test_its_holder_or_a_maintainer_releases_it_and_nobody_else(flow: Flow):
    second = overdue(flow)

    flow.world.press(REPO, flow.shown(second, "lock / floor"), "release", by="carol")
    flow.settle()
    assert people(flow) == [("@bob", "suspect")]
    flow.world.press(REPO, flow.shown(second, "lock / floor"), "release", by="alice")
    flow.settle()

    assert people(flow) == []
    assert live(flow) == [("one", "held")]
