"""What our texts tell people to type is typed where they stand; every flow ends with that."""

from __future__ import annotations

from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.pipelines import MANUAL_FILES
from tests.flows.suggested import Told, typed
from tests.flows.words import replies, say


def test_what_we_suggest_is_typed_where_it_stands(flow: Flow):
    """Rule C40: on a commit, and on a person's open pull request."""
    first = flow.repo(MANUAL_FILES)
    flow.world.push(REPO, "topic", {"apps/web/index.html": "two"}, parent=flow.tip())
    pull = flow.world.open_pull(REPO, "topic")
    flow.settle()
    say(flow, pull.number, "/stagelock status")
    seen: set[tuple[str, str, str]] = set()

    assert typed(flow, seen) == []

    assert ("/promote", "pull") in {(verb, place) for verb, place, _ in seen}
    assert flow.landed("prod", first)


def test_a_merged_pull_request_of_older_freight_is_told_the_newest_by_name(flow: Flow):
    """Typed there without a name, `/promote prod` means the freight of its merge."""
    flow.repo(MANUAL_FILES)
    flow.world.push(REPO, "topic", {"apps/web/index.html": "two"}, parent=flow.tip())
    pull = flow.world.open_pull(REPO, "topic")
    flow.settle()
    merged = flow.world.merge(REPO, pull.number)
    newer = flow.push({"apps/web/index.html": "three"})
    assert merged != newer

    say(flow, pull.number, "/stagelock status")

    words = f"/promote prod {newer[:12]}"
    assert words in replies(flow, pull.number)[-1]
    say(flow, pull.number, words)
    assert flow.landed("prod", newer)


def test_a_failed_check_is_retried_as_its_texts_say(flow: Flow):
    """Also what nobody ever ran: the run says `/retry e2e`, and that is no dead end."""
    flow.world.ci.job("e2e", paths=("stages/e2e",), lasts=None)
    first = flow.repo({"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"})
    landed = flow.landed("e2e", first)
    flow.ends(landed, "e2e", "failure")
    seen: set[tuple[str, str, str]] = set()

    assert typed(flow, seen) == []

    assert "/retry" in {verb for verb, _, _ in seen}
    assert flow.state(landed, "e2e") == "in_progress"


def test_suggestions_of_one_kind_are_known_by_their_words():
    one = Told(4, "/promote prod 4f2a91c0b1d2", "ready for prod: /promote prod 4f2a91c0b1d2")
    other = Told(7, "/promote prod 0123456789ab", "ready for prod: /promote prod 0123456789ab")

    assert one.kind == other.kind
    assert one.kind != Told("0" * 40, one.command, one.text).kind
