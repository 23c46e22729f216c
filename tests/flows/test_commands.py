"""Commands in comments: who may, what happens, and the one reply that each comment gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.model.names import FreightId, PromotionId, Sha, WarehouseName
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import MANUAL_FILES
from tests.flows.words import reactions, replies, say


def test_help_and_status_answer_readers_with_eyes_first_and_one_reply(flow: Flow):
    """The receipt comes before the answer, which takes longer."""
    first = flow.repo(MANUAL_FILES)

    asked = say(flow, first, "/stagelock help", by="carol")

    assert reactions(asked) == ["eyes"]
    [text] = replies(flow, first)
    assert "`/promote STAGE [FREIGHT]`" in text
    calls = [path for method, path in flow.writes() if method == "POST"]
    eyes = calls.index(f"/repos/{REPO}/comments/{asked.id}/reactions")
    assert eyes < calls.index(f"/repos/{REPO}/commits/{first}/comments")

    say(flow, first, "/stagelock status", by="carol")

    table = replies(flow, first)[-1]
    assert f"| `dev` | [`web {first[:7]}`]" in table
    assert "ready for prod: /promote prod" in table


def test_why_names_every_gate_and_the_next_look(flow: Flow):
    first = flow.repo(MANUAL_FILES)

    say(flow, first, "/why prod", by="carol")

    [text] = replies(flow, first)
    assert "| needs | pass | verified upstream |" in text
    assert "| auto | **wait** | waits for a person to start it |" in text
    assert "when somebody comments `/promote prod`" in text


def test_a_hold_stops_a_stage_until_its_end_or_until_somebody_resumes_it(flow: Flow):
    """It is on the run, in the status and in `/why`; it outlives a restart; readers may not."""
    first = flow.repo(MANUAL_FILES)

    say(flow, first, "/hold dev nothing on fridays", by="carol")
    assert "needs *write*; you have *read*" in replies(flow, first)[-1]
    say(flow, first, "/hold dev until 2h nothing on fridays\n/stagelock status")
    flow.reboot()
    second = flow.push({"apps/web/index.html": "two"})

    done = replies(flow, first)[-1]
    assert "Done: `dev` has been on hold since" in done
    assert (
        "nothing on fridays. Nothing is promoted there automatically until `/resume dev`, or until"
        in done
    )
    assert flow.state(second, "dev") == "queued"
    run = flow.run(second, "dev")
    assert run is not None
    assert (run.title or "").startswith("on hold until ")
    say(flow, second, "/why dev\n/stagelock status", by="carol")
    assert "| hold | **wait** | on hold: nothing on fridays" in replies(flow, second)[-1]
    assert "- `dev` has been on hold since" in replies(flow, second)[-1]

    flow.passes(hours=2)
    assert flow.state(second, "dev") == "success"
    say(flow, second, "/resume dev")
    assert "Not done: `dev` is not on hold" in replies(flow, second)[-1]

    say(flow, second, "/hold dev until 2020-01-01T00:00Z too late\n/hold dev for good")
    assert "Not done: 2020-01-01 00:00 UTC has passed" in replies(flow, second)[-1]
    third = flow.push({"apps/web/index.html": "three"})
    assert flow.state(third, "dev") == "queued"
    say(flow, third, "/resume dev")
    assert "Done: the hold on `dev` by `@bob` has ended" in replies(flow, third)[-1]
    assert flow.state(third, "dev") == "success"


def test_a_promotion_begins_by_comment_and_its_one_reply_tells_the_end(flow: Flow):
    """First "accepted", then the result: the same comment, so nobody is notified twice."""
    first = flow.repo(MANUAL_FILES)
    assert "prod" not in {path.split("/")[1] for path in flow.world.tree(REPO, "main", "stages")}

    say(flow, first, f"/promote prod {first[:7]}")

    assert flow.world.tree(REPO, "main", "stages/prod") == {"stages/prod/web/index.html": b"one"}
    [text] = replies(flow, first)
    assert "**verified**" in text
    posted = [e for e in flow.sandbox.exchanges if (e.method, e.path[-9:]) == ("POST", "/comments")]
    assert len(posted) == 1
    assert "Accepted: `prod` promotes" in posted[0].sent["body"]


def test_a_reader_a_bot_and_an_edited_comment_start_nothing(flow: Flow):
    first = flow.repo(MANUAL_FILES)

    say(flow, first, "/promote prod", by="carol")
    assert "needs *write*; you have *read*" in replies(flow, first)[-1]

    flow.world.user("robot[bot]").kind = "Bot"
    say(flow, first, "/promote prod", by="robot[bot]")
    assert len(replies(flow, first)) == 1

    flow.world.push(REPO, "topic", {"README.md": "hi"}, parent=first)
    pull = flow.world.open_pull(REPO, "topic")
    talk = say(flow, pull.number, "nothing to see")
    flow.clock.ahead += timedelta(seconds=5)
    flow.world.edit_comment(REPO, talk, "/promote prod", by="bob")
    flow.passes(minutes=11)
    flow.sweep()
    assert replies(flow, pull.number) == []
    assert reactions(talk) == []
    assert flow.world.tree(REPO, "main", "stages/prod") == {}


def test_the_permission_is_asked_at_that_moment(flow: Flow):
    """A role that was taken away just before counts, whatever was true when it was typed."""
    first = flow.repo(MANUAL_FILES)
    flow.world.comment(REPO, first, "/promote prod", by="bob")
    flow.world.set_role(REPO, "bob", "read")
    flow.settle()

    assert "needs *write*; you have *read*" in replies(flow, first)[-1]
    assert flow.world.tree(REPO, "main", "stages/prod") == {}

    flow.world.set_role(REPO, "bob", "none")
    say(flow, first, "/promote prod")
    assert "you have no access" in replies(flow, first)[-1]


def test_quotes_code_and_hidden_text_command_nothing(flow: Flow):
    first = flow.repo(MANUAL_FILES)

    asked = say(
        flow, first, "> /promote prod\n\n```\n/promote prod\n```\n\n<!--\n/promote prod\n-->\n\nhm"
    )

    assert replies(flow, first) == []
    assert reactions(asked) == []
    assert flow.world.tree(REPO, "main", "stages/prod") == {}


def test_several_commands_get_one_reply_and_misspelt_ones_a_suggestion(flow: Flow):
    first = flow.repo(MANUAL_FILES)

    say(flow, first, "/promote prdo\n/rollback prdo\n/promot prod\n/why dev\n/stagelock status")

    [text] = replies(flow, first)
    assert "there is no stage `prdo`. Did you mean `/promote prod`?" in text
    assert "Did you mean `/rollback prod`?" in text
    assert "Did you mean `/promote prod`?" in text
    assert text.count("\n---\n") == 4
    assert flow.world.tree(REPO, "main", "stages/prod") == {}


def test_a_lost_comment_is_found_by_listing_and_acts_once(flow: Flow):
    """A lost delivery costs time, not the command; a late one changes nothing any more."""
    first = flow.repo(MANUAL_FILES)
    flow.world.weather.lost = lambda d: d.event == "commit_comment"
    asked = say(flow, first, "/promote prod")
    assert replies(flow, first) == []

    flow.passes(minutes=6)

    assert flow.world.tree(REPO, "main", "stages/prod") != {}
    assert reactions(asked) == ["eyes"]
    tip = flow.tip()
    flow.world.weather.lost = None
    flow.sweep()
    late = [d for d in flow.world.deliveries if d.event == "commit_comment" and d.redelivery]
    assert late[0].status_code == 202
    assert flow.tip() == tip
    assert len(replies(flow, first)) == 1


def test_a_doubled_comment_acts_once(flow: Flow):
    first = flow.repo(MANUAL_FILES)
    flow.world.weather.doubled = lambda _: True

    say(flow, first, "/promote prod")

    assert len(replies(flow, first)) == 1
    assert flow.subjects().count(f"Promote web {first[:7]} to prod") == 1


@pytest.mark.parametrize("seed", [1, 2])
def test_commands_take_effect_in_the_order_of_their_ids(flow: Flow, seed: int):
    """The first starts the promotion; the second finds it started, however they arrive."""
    first = flow.repo(MANUAL_FILES)
    flow.world.hold_deliveries()
    for text in ("/promote prod", "/promote prod", "/retry prod"):
        flow.world.comment(REPO, first, text, by="bob")
    flow.world.release_deliveries(shuffle=seed)
    flow.settle()

    started, again, retried = replies(flow, first)
    assert "**verified**" in started
    assert "is already verified in prod" in again
    assert "is already verified in prod" in retried


def test_an_answer_that_got_lost_is_not_given_twice(flow: Flow):
    """The comment was made, its answer never came: it is found again, not made again."""
    first = flow.repo(MANUAL_FILES)
    flow.world.faults.add("POST", rf"/commits/{first}/comments", "lost", times=1)

    say(flow, first, "/stagelock help")
    flow.passes(minutes=2)

    assert len(replies(flow, first)) == 1


def test_on_an_open_pull_request_a_command_means_the_newest_eligible_freight(flow: Flow):
    """Rule C12: whatever `/stagelock status` says there may be typed there."""
    first = flow.repo(MANUAL_FILES)
    flow.world.push(REPO, "topic", {"apps/web/index.html": "two"}, parent=flow.tip())
    pull = flow.world.open_pull(REPO, "topic")
    flow.settle()
    say(flow, pull.number, "/stagelock status")
    assert f"ready for prod: /promote prod {first[:12]}" in replies(flow, pull.number)[-1]

    say(flow, pull.number, "/promote prod")

    text = replies(flow, pull.number)[-1]
    assert f"web {first[:7]}" in text
    assert (
        "(not this pull request's freight: this pull request is not merged): **verified**" in text
    )
    assert flow.landed("prod", first)
    say(flow, pull.number, "/promote prod")
    assert f"prod already has web {first[:7]}, the newest" in replies(flow, pull.number)[-1]


def test_commands_in_one_comment_see_each_others_effect(flow: Flow):
    """Rule C39: the second is judged and answered by what the first has done."""
    first = flow.repo(MANUAL_FILES)
    twice = "/hold dev\n/hold dev a release\n/stagelock status\n/promote prod\n/promote prod"
    say(flow, first, twice)

    text = replies(flow, first)[-1]
    assert "`dev` has been on hold since" in text.split("\n---\n")[2]
    assert f"web {first[:7]} is already verified in prod" in text.split("\n---\n")[4]
    say(flow, first, "/resume dev\n/stagelock status")
    resumed, status = replies(flow, first)[-1].split("\n---\n")
    assert "has ended" in resumed
    assert "on hold" not in status


def test_freight_of_a_pull_request_is_that_of_its_merge(flow: Flow):
    flow.repo(MANUAL_FILES)
    flow.world.push(REPO, "topic", {"apps/web/index.html": "two"}, parent=flow.tip())
    pull = flow.world.open_pull(REPO, "topic")
    flow.settle()

    merged = flow.world.merge(REPO, pull.number)
    flow.settle()
    newer = flow.push({"apps/web/index.html": "three"})
    say(flow, pull.number, "/promote prod")

    assert flow.landed("prod", merged)
    assert f"web {merged[:7]}" in replies(flow, pull.number)[-1]
    assert flow.state(newer, "prod") == "neutral"


def bury(flow: Flow, stage: str) -> None:
    """Many further promotions of *stage* begin and end, so that the earlier ones are old."""
    row = next(p for p in flow.records().promotions if p.stage == stage)
    ended = replace(row, state="superseded", landed=None, landed_at=None, verified_at=None)
    later = [
        replace(
            ended,
            id=PromotionId(f"{stage}-later-{n}"),
            freight=FreightId(WarehouseName("web"), Sha(f"{n:040x}")),
        )
        for n in range(30)
    ]
    work, repo_id = flow.app.store.work, flow.world.repo(REPO).id
    work.touch(f"repo-{repo_id}")
    claim = work.claim("test", timedelta(minutes=1))
    assert claim is not None
    flow.app.store.history.save_promotions(claim, repo_id, later)
    work.take_over("test")


def test_a_command_on_the_commit_of_an_old_promotion_means_the_freight_that_landed_there(
    flow: Flow,
):
    first = flow.repo(MANUAL_FILES)
    say(flow, first, "/promote prod")
    landed = next(p.landed for p in flow.promotions() if p.stage == "prod")
    bury(flow, "prod")
    second = flow.push({"apps/web/index.html": "two"})
    say(flow, second, "/promote prod")
    assert landed not in {p.landed for p in flow.promotions()}

    assert landed is not None
    say(flow, landed, "/promote prod")

    [text] = replies(flow, landed)
    assert f"prod is at web {second[:7]}, which is newer" in text


@pytest.mark.parametrize(("days", "acts"), [(6.9, True), (7.1, False)])
def test_a_comment_older_than_7_days_when_it_is_first_seen_does_nothing_and_is_told_so(
    flow: Flow, days: float, *, acts: bool
):
    """Nobody listened for a week: what was asked then may be the wrong thing by now."""
    first = flow.repo(MANUAL_FILES)
    flow.world.weather.lost = lambda d: d.event == "commit_comment"
    asked = flow.world.comment(REPO, first, "/promote prod", by="bob")
    flow.clock.ahead += timedelta(days=days)
    flow.sweep()

    [text] = replies(flow, first)
    assert reactions(asked) == ["eyes"]
    assert ("more than 7 days before Stagelock first saw it" in text) is not acts
    assert bool(flow.world.tree(REPO, "main", "stages/prod")) is acts
    flow.world.weather.lost = None
    say(flow, first, "/promote prod")
    assert flow.world.tree(REPO, "main", "stages/prod") != {}


def test_a_comment_that_was_seen_in_time_acts_however_late_that_is(flow: Flow):
    """GitHub could not be asked about its author for ten days."""
    first = flow.repo(MANUAL_FILES)
    flow.world.faults.add("GET", "/collaborators/bob/permission", times=1000)
    say(flow, first, "/promote prod")
    assert flow.world.tree(REPO, "main", "stages/prod") == {}
    flow.world.faults.clear()
    flow.passes(days=10)
    assert flow.world.tree(REPO, "main", "stages/prod") != {}
