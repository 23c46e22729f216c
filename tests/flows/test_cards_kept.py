"""A pipeline card is one comment: it is written again only for a reason, found again, and nobody else's."""

from __future__ import annotations

from app.github import endpoints as at
from tests.flows.carding import MINUTES, cards, event_on, merged, proposed, said
from tests.flows.harness import REPO, Flow
from tests.flows.losing import loses, losing
from tests.flows.pipelines import MANUAL, MANUAL_FILES
from tests.flows.rebuilding import lose, rebuild
from tests.flows.words import say


def test_at_rest_nothing_is_written_and_nothing_is_asked(flow: Flow):
    flow.repo(MANUAL_FILES)
    pull = merged(flow)
    flow.passes(minutes=MINUTES)
    before, asked = flow.writes(), len(flow.sandbox.exchanges)

    flow.look()
    flow.passes(hours=3)

    assert flow.writes() == before
    found = [e.path for e in list(flow.sandbox.exchanges)[asked:]]
    assert [
        path for path in found if path.endswith(("/comments", "/pulls")) and str(pull) in path
    ] == []


def test_a_card_that_somebody_deleted_comes_again_with_the_next_reason_only(flow: Flow):
    failing = MANUAL + "    verify: {checks: [smoke]}\n"
    flow.repo({**MANUAL_FILES, "stagelock.yaml": failing})
    pull = merged(flow)
    [card] = cards(flow, pull)
    flow.world.delete_comment(REPO, card, by="bob")

    say(flow, pull, "/promote prod")
    flow.passes(minutes=MINUTES)
    assert cards(flow, pull) == []

    flow.finish(flow.landed("prod", flow.newest()), "smoke", "failure")
    assert said(flow, pull).startswith("**To do:** `prod`: push a fix, or comment `/retry prod`")


def test_a_locked_conversation_costs_the_card_and_nothing_else(flow: Flow):
    """It is not asked again and again; once there is something new to say, it is."""
    flow.repo(MANUAL_FILES)
    flow.world.faults.add("POST", "/issues/[0-9]+/comments$", "denied", times=50)
    pull = merged(flow)
    tried = len([w for w in flow.writes() if w[1].endswith("/comments")])
    flow.passes(minutes=MINUTES)
    flow.passes(minutes=MINUTES)
    assert cards(flow, pull) == []
    assert len([w for w in flow.writes() if w[1].endswith("/comments")]) == tried
    assert flow.state(flow.newest(), "prod") == "neutral"
    flow.world.faults.clear()


def test_an_edit_that_is_refused_is_not_sent_again_and_the_next_one_is(flow: Flow):
    failing = MANUAL + "    verify: {checks: [smoke]}\n"
    flow.repo({**MANUAL_FILES, "stagelock.yaml": failing})
    pull = merged(flow)
    before = said(flow, pull)
    fault = flow.world.faults.add("PATCH", "/issues/comments/", "denied", times=50)
    flow.world.comment(REPO, flow.newest(), "/promote prod", by="bob")
    flow.passes(minutes=MINUTES)
    once = fault.hits
    flow.passes(minutes=MINUTES)
    assert (said(flow, pull), fault.hits) == (before, once)
    flow.world.faults.clear()

    flow.finish(flow.landed("prod", flow.newest()), "smoke")
    flow.passes(minutes=MINUTES)
    assert "| `prod` | verified |" in said(flow, pull)


@loses(at.CREATE_ISSUE_COMMENT, at.UPDATE_ISSUE_COMMENT)
def test_a_card_whose_answer_was_lost_is_found_again(flow: Flow):
    flow.repo(MANUAL_FILES)
    with losing(flow, at.CREATE_ISSUE_COMMENT, times=1):
        pull = merged(flow)
    with losing(flow, at.UPDATE_ISSUE_COMMENT, times=1):
        flow.passes(minutes=MINUTES)
        flow.world.comment(REPO, flow.newest(), "/promote prod", by="bob")
        flow.passes(minutes=MINUTES)
    flow.passes(minutes=MINUTES)
    assert "| `prod` | verified |" in said(flow, pull)


def test_a_comment_of_others_that_ends_like_it_is_not_taken_for_it(flow: Flow):
    flow.repo(MANUAL_FILES)
    pull = proposed(flow)
    text = f"mine\n\n<sub>event `{event_on(flow, pull.number)}`</sub>\n"
    theirs = flow.world.comment(REPO, pull.number, text, by="bob")
    flow.world.merge(REPO, pull.number, "squash", by="bob")
    flow.settle()

    assert theirs.body == text
    assert [c.user.login for c in cards(flow, pull.number)] == ["bob", "stagelock[bot]"]


def test_after_a_rebuild_it_is_the_same_comment(flow: Flow):
    flow.repo(MANUAL_FILES)
    pull = merged(flow)
    [before] = cards(flow, pull)
    lose(flow)
    rebuild(flow)
    flow.boot()
    flow.look()
    flow.sweep()
    flow.passes(minutes=MINUTES)

    assert [c.id for c in cards(flow, pull)] == [before.id]


def test_after_a_rebuild_a_card_whose_need_has_passed_says_so(flow: Flow):
    """Its last stage went while nobody looked: nobody is needed for its freight any more."""
    flow.repo(MANUAL_FILES)
    pull = merged(flow)
    [before] = cards(flow, pull)
    asks = "`/promote prod` to start it"
    assert asks in before.body
    lose(flow)
    flow.world.weather.lost = lambda _: True
    flow.world.push(REPO, "main", {"stagelock.yaml": MANUAL[: MANUAL.index("  prod:")]})
    flow.world.flush()
    flow.world.weather.lost = None
    rebuild(flow)
    flow.boot()
    flow.look()
    flow.sweep()
    flow.passes(minutes=MINUTES)

    [card] = cards(flow, pull)
    assert card.id == before.id
    assert asks not in card.body
    assert card.body.startswith("There is nothing left to do here.")
    written = flow.writes()
    flow.sweep()
    flow.passes(minutes=MINUTES)
    assert flow.writes() == written


def test_after_a_rebuild_nobody_s_comment_is_taken_for_a_card(flow: Flow):
    flow.repo(MANUAL_FILES)
    pull = merged(flow)
    [before] = cards(flow, pull)
    flow.world.comment(REPO, pull, before.body, by="mallory")
    flow.settle()
    lose(flow)
    rebuild(flow)
    flow.boot()
    flow.look()
    flow.sweep()
    flow.passes(minutes=MINUTES)
    [theirs] = [c for c in flow.world.comments(REPO, pull) if c.user.login == "mallory"]
    assert theirs.body == before.body
