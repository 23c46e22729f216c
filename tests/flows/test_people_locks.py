"""`/lock`, `/unlock` and `/unlock --force`: people in the queue of a lock group, beside stages."""

from __future__ import annotations

from app.core.model.lock_requests import HOLDING
from app.core.model.names import GroupName
from tests.flows.harness import REPO, Flow
from tests.flows.holding import HOUR, ONE, direct, people, quiet, undated
from tests.flows.locking import groups, live, locked
from tests.flows.pipelines import pipeline
from tests.flows.words import replies, say


def test_a_free_group_is_granted_for_an_hour_and_given_back(flow: Flow):
    first = quiet(flow)

    say(flow, first, "/lock floor debugging the login")

    assert people(flow) == [("@bob", "held")]
    [told] = replies(flow, first)
    assert told.startswith("Granted: `floor` is held by `@bob` since ")
    assert "debugging the login" in told
    assert "`/unlock floor` releases it" in told
    [one] = direct(flow)
    assert one.granted_at is not None
    assert one.expires_at == one.granted_at + HOUR

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
        undated(flow.shown(second, "one").title)
        == f"lock floor: 1st of 1, held by @bob since {since}: debugging"
    )
    lock = flow.shown(second, "lock / floor")
    assert lock.status == "queued"
    assert undated(lock.title) == f"1st of 1, held by @bob since {since}: debugging"
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


def test_lock_and_unlock_in_one_comment_take_effect_one_after_the_other(flow: Flow):
    first = quiet(flow)

    say(flow, first, "/lock floor one\n/stagelock status\n/unlock floor\n/lock floor for 2h two")

    assert [one.purpose for one in direct(flow)] == ["two"]
    assert people(flow) == [("@bob", "held")]
    granted, status, back, again = replies(flow, first)[-1].split("\n\n---\n\n")
    assert granted.startswith("Granted: `floor` was held by `@bob` since ")
    assert granted.endswith(", token 2: one.")
    assert "| `floor` | held | `@bob` since" in status
    assert back.startswith("Done: `floor` is free again; it was held by `@bob` since ")
    assert again.startswith("Granted: `floor` is held by `@bob` since ")
    assert ", token 3: two. `/unlock floor` releases it" in again
    kinds = [entry.entry["kind"] for entry in flow.app.store.audit.newest()]
    assert kinds.count("grant") == 3, "the stage's before, and each of the comment"


def test_where_it_is_not_free_the_unlock_below_leaves_the_queue(flow: Flow):
    first = flow.repo(ONE)

    say(flow, first, "/lock floor looking\n/unlock floor")

    assert people(flow) == []
    queued, left = replies(flow, first)[-1].split("\n\n---\n\n")
    assert "has left the queue of `floor` before the grant" in queued
    assert left.startswith("Done: `@bob` has left the queue of `floor`")


def test_again_by_its_holder_prolongs_from_now(flow: Flow):
    first = quiet(flow)
    say(flow, first, "/lock floor for 30m debugging")
    flow.passes(minutes=20)

    say(flow, first, "/lock floor for 2h still debugging")

    [one] = direct(flow)
    assert one.state == "held"
    assert one.expires_at is not None
    assert one.expires_at - flow.clock() > 1.9 * HOUR
    assert replies(flow, first)[-1].startswith("Done: `floor` is held by `@bob` since ")
    assert "still debugging" in replies(flow, first)[-1]


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
    assert f"token {held.tokens[GroupName('floor')]}" in told
    [forced] = [r for r in flow.requests() if r.state == "forced"]
    assert (forced.id, forced.ended_by, forced.reason) == (held.id, "alice", "the job is gone")
    assert flow.records().groups[GroupName("floor")].token > held.tokens[GroupName("floor")]
    title = flow.shown(first, "lock / floor").title or ""
    assert title == "forced by @alice: the job is gone"


def test_its_one_reply_says_so_once_it_was_given_back_or_taken_away(flow: Flow):
    first = quiet(flow)
    say(flow, first, "/lock floor for 30m debugging")
    assert replies(flow, first)[0].startswith("Granted: `floor` is held by `@bob` since")

    say(flow, first, "/unlock floor")
    assert replies(flow, first)[0].startswith("Granted: `floor` was held by `@bob` since")

    say(flow, first, "/lock floor for 30m more")
    say(flow, first, "/lock floor for 2h even more")
    say(flow, first, "/unlock floor --force needed now", by="alice")
    told = "".join(replies(flow, first)[2:3])
    assert told.startswith("Granted: `floor` was held by `@bob` since")
    assert "/unlock" not in told


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
    assert "no holder of `floor` has token 9" in replies(flow, first)[-1]
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


def test_a_lock_whose_group_has_left_the_file_stays_in_the_status_until_it_is_free(flow: Flow):
    first = quiet(flow)
    say(flow, first, "/lock spare I look")
    spare = "  spare: {permits: 1, max-hold: 30m}\n"
    flow.push({"stagelock.yaml": ONE["stagelock.yaml"].replace(spare, "")})
    say(flow, first, "/stagelock status\n/unlock spare\n/stagelock status")
    before, _, after = replies(flow, first)[-1].split("\n---\n")
    row = "| `spare` | held (not in `stagelock.yaml` any more) | `@bob` since"
    assert row in before
    assert "| `floor` | free |" in before
    assert "`spare`" not in after


def test_who_holds_one_of_several_permits_gives_it_back_without_its_token(flow: Flow):
    """Only `--force` needs to say which one is meant; the author's own is that."""
    file = pipeline(locked("one", "floor") + "locks: {floor: {permits: 2}}\n")
    first = flow.repo({**ONE, "stagelock.yaml": file})
    assert live(flow) == [("one", "held")]
    say(flow, first, "/lock floor debugging")
    assert people(flow) == [("@bob", "held")]

    say(flow, first, "/unlock floor")

    assert people(flow) == []
    assert replies(flow, first)[-1].startswith("Done: ")
    assert live(flow) == [("one", "held")]
