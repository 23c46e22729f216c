"""The pipeline card: one comment on each pull request whose freight waits for a person."""

from __future__ import annotations

from tests.flows.carding import BY_ITSELF, MINUTES, cards, event_on, merged, proposed, said
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import MANUAL, MANUAL_FILES
from tests.flows.reviewed import PEOPLE
from tests.flows.words import ours, say


def test_a_merged_pull_request_whose_freight_waits_for_a_person_has_one_card(flow: Flow):
    flow.repo(MANUAL_FILES)
    pull = merged(flow)

    text = said(flow, pull)
    assert text.startswith("**To do:** `prod`: comment `/promote prod` to start it.")
    assert "| `dev` | verified |" in text
    assert "| `prod` | ready for prod: /promote prod |" in text
    [card] = cards(flow, pull)
    assert card.user.login == "stagelock[bot]"


def test_what_it_says_to_type_works_there_and_the_card_is_edited(flow: Flow):
    flow.repo(MANUAL_FILES)
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
    flow.repo(MANUAL_FILES)
    pull = proposed(flow)
    flow.passes(minutes=MINUTES)
    assert flow.world.comments(REPO, pull.number) == []


def test_what_touches_no_watched_path_has_none(flow: Flow):
    flow.repo(MANUAL_FILES)
    pull = merged(flow, path="README.md")
    flow.push({"apps/web/index.html": "three"})
    assert flow.world.comments(REPO, pull) == []


def test_our_own_open_pull_request_has_one_and_names_its_freight_in_what_is_to_type(flow: Flow):
    """On it `/promote` means what waits behind it."""
    first = flow.repo(PEOPLE)
    text = said(flow, ours(flow).number)
    assert text.startswith("**To do:** `prod`: merge the pull request.")
    assert f"web {first[:7]}" in text

    flow.world.merge(REPO, ours(flow).number, "squash", by="bob")
    flow.passes(minutes=MINUTES)
    assert "| `prod` | verified |" in said(flow, ours(flow).number)


def test_one_freight_of_several_pull_requests_has_a_card_on_each(flow: Flow):
    slow = MANUAL.replace("paths: [apps/web/]", "paths: [apps/web/], checks: [build]")
    first = flow.repo({**MANUAL_FILES, "stagelock.yaml": slow})
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
    stages = MANUAL.replace("stages:\n", f"{api}stages:\n", 1).replace(
        "path:", "freight: web\n    path:"
    )
    stages += "  api-prod:\n    freight: api\n    path: stages/api\n    auto: false\n"
    flow.repo({**MANUAL_FILES, "stagelock.yaml": stages, "apps/api/a": "1"})
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
    flow.repo(MANUAL_FILES)
    flow.world.fork(REPO, "dora")
    flow.world.push("dora/shop", "main", {"apps/web/index.html": "two"}, author="dora")
    pull = flow.world.open_pull(REPO, "dora:main", by="dora").number
    flow.world.merge(REPO, pull, "squash", by="bob")
    flow.settle()
    assert "`/promote prod`" in said(flow, pull)


def test_what_was_superseded_is_not_to_do_any_more(flow: Flow):
    flow.repo(MANUAL_FILES)
    pull = merged(flow)
    newer = merged(flow, text="three", on="u")
    flow.passes(minutes=MINUTES)

    assert "**To do:**" not in said(flow, pull)
    assert f"superseded by web {flow.newest()[:7]}" in said(flow, pull)
    assert said(flow, newer).startswith("**To do:** `prod`")


def test_reverted_freight_says_so(flow: Flow):
    flow.repo(MANUAL_FILES)
    pull = merged(flow)
    change = flow.newest()
    flow.push({"apps/web/index.html": "one"}, f'Revert "A change"\n\nThis reverts commit {change}.')
    flow.passes(minutes=MINUTES)
    assert f"reverts {change[:7]}, which is in it |" in said(flow, pull)
    assert "**To do:**" not in said(flow, pull)


def test_a_card_does_nothing_and_people_who_edit_it_neither(flow: Flow):
    """It is output: what somebody writes into it is no command."""
    flow.repo(MANUAL_FILES)
    pull = merged(flow)
    [card] = cards(flow, pull)
    flow.world.edit_comment(REPO, card, "/promote prod", by="bob")
    flow.settle()
    flow.sweep()
    assert flow.state(flow.newest(), "prod") == "neutral"
    assert [c.id for c in flow.world.comments(REPO, pull)] == [card.id]


def test_its_event_id_opens_an_audit_entry(flow: Flow):
    flow.repo(MANUAL_FILES)
    pull = merged(flow)
    [entry] = flow.app.store.audit.find(event_on(flow, pull))
    assert (entry.entry["kind"], entry.entry["pull"]) == ("card", pull)
