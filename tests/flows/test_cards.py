"""The pipeline card: one comment on each pull request whose freight waits for a person."""

from __future__ import annotations

from app.core.text.markup import event_id
from app.github import endpoints as at
from app.sandbox.github.model import Comment, Pull
from tests.flows.harness import REPO, Flow
from tests.flows.losing import loses, losing
from tests.flows.test_rebuild import lose, rebuild
from tests.flows.words import ours, say

STAGES = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
  prod:
    needs: [dev]
    path: stages/prod
    auto: false
"""
BY_HAND = {"stagelock.yaml": STAGES, "apps/web/index.html": "one"}
BY_ITSELF = {**BY_HAND, "stagelock.yaml": STAGES.replace("    auto: false\n", "")}
REVIEWED = {**BY_HAND, "stagelock.yaml": STAGES.replace("auto: false", "via: pull-request")}
MINUTES = 2


def event_on(flow: Flow, pull: int) -> str:
    """What the card on that pull request ends with."""
    return event_id("card", flow.world.repo(REPO).id, pull)


def cards(flow: Flow, pull: int) -> list[Comment]:
    """The cards there: there is never more than one."""
    event = f"event `{event_on(flow, pull)}`"
    return [c for c in flow.world.comments(REPO, pull) if event in c.body]


def proposed(
    flow: Flow, path: str = "apps/web/index.html", text: str = "two", on: str = "t"
) -> Pull:
    """Bob proposes a change."""
    flow.world.branch(REPO, on)
    flow.world.push(REPO, on, {path: text}, author="bob")
    pull = flow.world.open_pull(REPO, on, by="bob")
    flow.settle()
    return pull


def merged(flow: Flow, *, how: str = "squash", **more: str) -> int:
    """Bob's change is merged; its number."""
    pull = proposed(flow, **more)
    flow.world.merge(REPO, pull.number, how, by="bob")
    flow.settle()
    return pull.number


def said(flow: Flow, pull: int) -> str:
    [card] = cards(flow, pull)
    return card.body


def test_a_merged_pull_request_whose_freight_waits_for_a_person_has_one_card(flow: Flow):
    flow.repo(BY_HAND)
    pull = merged(flow)

    text = said(flow, pull)
    assert text.startswith("**To do:** `prod`: comment `/promote prod` to start it.")
    assert "| `dev` | verified |" in text
    assert "| `prod` | ready for prod: /promote prod |" in text
    [card] = cards(flow, pull)
    assert card.user.login == "stagelock[bot]"


def test_what_it_says_to_type_works_there_and_the_card_is_edited(flow: Flow):
    flow.repo(BY_HAND)
    pull = merged(flow)
    [before] = [c.id for c in cards(flow, pull)]

    say(flow, pull, "/promote prod")
    flow.passes(minutes=MINUTES)

    [card] = cards(flow, pull)
    assert card.id == before
    assert "**To do:**" not in card.body
    assert card.body.startswith("There is nothing left to do here.")
    assert "| `prod` | verified |" in card.body
    assert flow.world.tree(REPO, "main", "stages/prod") == {"stages/prod/web/index.html": b"two"}


def test_what_goes_on_by_itself_makes_no_comment(flow: Flow):
    flow.repo(BY_ITSELF)
    pull = merged(flow)
    flow.passes(minutes=MINUTES)
    assert flow.world.comments(REPO, pull) == []


def test_an_open_pull_request_of_others_carries_no_freight_and_has_none(flow: Flow):
    flow.repo(BY_HAND)
    pull = proposed(flow)
    flow.passes(minutes=MINUTES)
    assert flow.world.comments(REPO, pull.number) == []


def test_what_touches_no_watched_path_has_none(flow: Flow):
    flow.repo(BY_HAND)
    pull = merged(flow, path="README.md")
    flow.push({"apps/web/index.html": "three"})
    assert flow.world.comments(REPO, pull) == []


def test_our_own_open_pull_request_has_one_and_names_its_freight_in_what_is_to_type(flow: Flow):
    """On it `/promote` means what waits behind it."""
    first = flow.repo(REVIEWED)
    text = said(flow, ours(flow).number)
    assert text.startswith("**To do:** `prod`: merge the pull request.")
    assert f"web {first[:7]}" in text

    flow.world.merge(REPO, ours(flow).number, "squash", by="bob")
    flow.passes(minutes=MINUTES)
    assert "| `prod` | verified |" in said(flow, ours(flow).number)


def test_one_freight_of_several_pull_requests_has_a_card_on_each(flow: Flow):
    slow = STAGES.replace("paths: [apps/web/]", "paths: [apps/web/], checks: [build]")
    first = flow.repo({**BY_HAND, "stagelock.yaml": slow})
    flow.finish(first, "build")
    one = merged(flow, on="a")
    two = merged(flow, path="apps/web/more", on="b", how="merge")
    three = merged(flow, path="apps/web/most", on="c", how="rebase")
    assert [cards(flow, pull) for pull in (one, two, three)] == [[], [], []]

    newest = flow.tip()
    flow.finish(newest, "build")

    assert flow.newest() == newest
    for pull in (one, two, three):
        assert f"web {newest[:7]}" in said(flow, pull)


def test_a_pull_request_with_several_freights_tells_of_all_in_one_card(flow: Flow):
    api = "  api: {paths: [apps/api/]}\n"
    stages = STAGES.replace("stages:\n", f"{api}stages:\n", 1).replace(
        "path:", "freight: web\n    path:"
    )
    stages += "  api-prod:\n    freight: api\n    path: stages/api\n    auto: false\n"
    flow.repo({**BY_HAND, "stagelock.yaml": stages, "apps/api/a": "1"})
    flow.world.branch(REPO, "t")
    flow.world.push(REPO, "t", {"apps/web/index.html": "two", "apps/api/a": "2"}, author="bob")
    pull = flow.world.open_pull(REPO, "t", by="bob").number
    flow.world.merge(REPO, pull, "squash", by="bob")
    flow.settle()

    text = said(flow, pull)
    assert "`/promote prod`" in text
    assert "`/promote api-prod`" in text
    assert "api " in text
    flow.passes(minutes=MINUTES)
    assert len(cards(flow, pull)) == 1


def test_a_forks_pull_request_has_one_too(flow: Flow):
    flow.repo(BY_HAND)
    flow.world.fork(REPO, "dora")
    flow.world.push("dora/shop", "main", {"apps/web/index.html": "two"}, author="dora")
    pull = flow.world.open_pull(REPO, "dora:main", by="dora").number
    flow.world.merge(REPO, pull, "squash", by="bob")
    flow.settle()
    assert "`/promote prod`" in said(flow, pull)


def test_what_was_superseded_is_not_to_do_any_more(flow: Flow):
    flow.repo(BY_HAND)
    pull = merged(flow)
    newer = merged(flow, text="three", on="u")
    flow.passes(minutes=MINUTES)

    assert "**To do:**" not in said(flow, pull)
    assert f"superseded by web {flow.newest()[:7]}" in said(flow, pull)
    assert said(flow, newer).startswith("**To do:** `prod`")


def test_reverted_freight_says_so(flow: Flow):
    flow.repo(BY_HAND)
    pull = merged(flow)
    change = flow.newest()
    flow.push({"apps/web/index.html": "one"}, f'Revert "A change"\n\nThis reverts commit {change}.')
    flow.passes(minutes=MINUTES)
    assert f"reverts {change[:7]}, which is in it |" in said(flow, pull)
    assert "**To do:**" not in said(flow, pull)


def test_at_rest_nothing_is_written_and_nothing_is_asked(flow: Flow):
    flow.repo(BY_HAND)
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
    failing = STAGES + "    verify: {checks: [smoke]}\n"
    flow.repo({**BY_HAND, "stagelock.yaml": failing})
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
    flow.repo(BY_HAND)
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
    failing = STAGES + "    verify: {checks: [smoke]}\n"
    flow.repo({**BY_HAND, "stagelock.yaml": failing})
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
    flow.repo(BY_HAND)
    with losing(flow, at.CREATE_ISSUE_COMMENT, times=1):
        pull = merged(flow)
    with losing(flow, at.UPDATE_ISSUE_COMMENT, times=1):
        flow.passes(minutes=MINUTES)
        flow.world.comment(REPO, flow.newest(), "/promote prod", by="bob")
        flow.passes(minutes=MINUTES)
    flow.passes(minutes=MINUTES)
    assert "| `prod` | verified |" in said(flow, pull)


def test_a_comment_of_others_that_ends_like_it_is_not_taken_for_it(flow: Flow):
    flow.repo(BY_HAND)
    pull = proposed(flow)
    text = f"mine\n\n<sub>event `{event_on(flow, pull.number)}`</sub>\n"
    theirs = flow.world.comment(REPO, pull.number, text, by="bob")
    flow.world.merge(REPO, pull.number, "squash", by="bob")
    flow.settle()

    assert theirs.body == text
    assert [c.user.login for c in cards(flow, pull.number)] == ["bob", "stagelock[bot]"]


def test_after_a_rebuild_it_is_the_same_comment(flow: Flow):
    flow.repo(BY_HAND)
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
    flow.repo(BY_HAND)
    pull = merged(flow)
    [before] = cards(flow, pull)
    asks = "`/promote prod` to start it"
    assert asks in before.body
    lose(flow)
    flow.world.weather.lost = lambda _: True
    flow.world.push(REPO, "main", {"stagelock.yaml": STAGES[: STAGES.index("  prod:")]})
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
    flow.repo(BY_HAND)
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


def test_a_card_does_nothing_and_people_who_edit_it_neither(flow: Flow):
    """It is output: what somebody writes into it is no command."""
    flow.repo(BY_HAND)
    pull = merged(flow)
    [card] = cards(flow, pull)
    flow.world.edit_comment(REPO, card, "/promote prod", by="bob")
    flow.settle()
    flow.sweep()
    assert flow.state(flow.newest(), "prod") == "neutral"
    assert [c.id for c in flow.world.comments(REPO, pull)] == [card.id]


def test_its_event_id_opens_an_audit_entry(flow: Flow):
    flow.repo(BY_HAND)
    pull = merged(flow)
    [entry] = flow.app.store.audit.find(event_on(flow, pull))
    assert (entry.entry["kind"], entry.entry["pull"]) == ("card", pull)
