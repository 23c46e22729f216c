"""Freight that holds what was taken back waits for newer freight without it."""

from __future__ import annotations

import pytest

from tests.flows.harness import REPO, Flow
from tests.flows.reverting import FILES, HAND, begun, revert, verified_bad
from tests.flows.words import replies, say


def test_what_was_taken_back_waits_and_freight_without_it_takes_its_place(flow: Flow):
    bad = verified_bad(flow)

    good = revert(flow, bad, {"apps/web/index.html": "one"})

    run = flow.run(bad, "prod")
    assert run is not None
    assert (run.status, run.title) == (
        "queued",
        f"waiting: {good[:7]} reverts {bad[:7]}, which is in it",
    )
    flow.passes(hours=2)
    assert "bad" not in str(flow.world.tree(REPO, "main", "stages/prod"))
    flow.finish(flow.landed("e2e", good), "e2e")
    flow.passes(hours=2)
    assert flow.state(bad, "prod") == "skipped"
    assert flow.state(good, "prod") == "success"


def test_a_person_brings_it_in_all_the_same(flow: Flow):
    bad = verified_bad(flow)
    revert(flow, bad, {"apps/web/index.html": "one"})

    say(flow, bad, f"/promote prod {bad[:12]}")
    flow.passes(hours=2)

    assert flow.landed("prod", bad)


def test_a_word_that_does_not_name_it_brings_in_nothing_that_was_taken_back(flow: Flow):
    """Whoever types it on the commit, or on the merged pull request, may not know of the revert."""
    bad = verified_bad(flow)
    good = revert(flow, bad, {"apps/web/index.html": "one"})

    say(flow, bad, "/promote prod")
    flow.passes(hours=2)

    [reply] = replies(flow, bad)
    assert f"web {bad[:7]} contains {bad[:7]}, which {good[:7]} reverts" in reply
    assert f"Comment `/promote prod {bad[:12]}` instead." in reply
    assert "bad" not in str(flow.world.tree(REPO, "main", "stages/prod"))


def test_the_reply_to_who_names_it_names_the_revert_to_the_end(flow: Flow):
    bad = verified_bad(flow)
    good = revert(flow, bad, {"apps/web/index.html": "one"})

    say(flow, bad, f"/promote prod {bad[:12]}")
    assert f"(it contains [`{bad[:7]}`]" in replies(flow, bad)[-1]
    flow.passes(hours=2)

    reply = replies(flow, bad)[-1]
    assert "**verified**" in reply
    assert f"[`{good[:7]}`]" in reply
    assert "reverts)" in reply


def test_a_word_that_was_given_before_the_revert_was_seen_is_asked_for_again(flow: Flow):
    bad = verified_bad(flow)
    say(flow, bad, f"/promote prod {bad[:12]}")
    revert(flow, bad, {"apps/web/index.html": "one"})

    flow.passes(hours=2)
    assert "reverts" in flow.title(bad, "prod")

    say(flow, bad, f"/promote prod {bad[:12]}")
    assert flow.landed("prod", bad)


def test_without_a_name_the_newest_that_nothing_took_back_is_promoted(flow: Flow):
    """Typed where no freight is meant: an older one that waits for its start comes instead."""
    manual = HAND.replace("    soak: 1h\n", "    auto: false\n")
    first = flow.repo({**FILES, "stagelock.yaml": manual})
    flow.finish(flow.landed("e2e", first), "e2e")
    bad = flow.push({"apps/web/index.html": "bad"}, "Break the shop")
    flow.finish(flow.landed("e2e", bad), "e2e")
    revert(flow, bad, {"apps/web/index.html": "one"})
    flow.world.push(REPO, "topic", {"docs/a": "1"}, author="bob")
    number = flow.world.open_pull(REPO, "topic", by="bob").number
    flow.settle()

    say(flow, number, "/promote prod")

    assert flow.landed("prod", first)


def test_the_message_alone_takes_nothing_back(flow: Flow):
    """Words are not data: the files still hold the change."""
    bad = verified_bad(flow)

    revert(flow, bad, {"apps/web/b": "another file"})

    flow.passes(hours=2)
    assert flow.landed("prod", bad)


@pytest.mark.parametrize("digits", [7, 12])
def test_an_abbreviated_id_names_it_too(flow: Flow, digits: int):
    """`git revert --reference`: its id, its subject and its date."""
    bad = verified_bad(flow)

    flow.push(
        {"apps/web/index.html": "one"},
        f"Revert\n\nThis reverts commit {bad[:digits]} (Break the shop, 2026-11-29).",
    )

    assert flow.title(bad, "prod").startswith("waiting: ")
    flow.passes(hours=2)
    assert flow.title(bad, "prod").startswith("waiting: ")


def test_what_was_taken_back_and_brought_again_goes_on(flow: Flow):
    """The revert was reverted: its own freight waits, that of the first change does not."""
    bad = verified_bad(flow)
    first = revert(flow, bad, {"apps/web/index.html": "one"})
    again = revert(flow, first, {"apps/web/index.html": "bad"})

    assert flow.title(bad, "prod").startswith("soaking until")
    assert again
    flow.passes(hours=2)
    assert flow.landed("prod", bad)


def test_a_pull_request_that_reverts_by_a_merge_counts(flow: Flow):
    """GitHub's button makes the commit on a branch; the merge's own message says nothing."""
    bad = verified_bad(flow)
    text = f'Revert "Break the shop"\n\nThis reverts commit {bad}.'
    back: dict[str, bytes | str | None] = {"apps/web/index.html": "one"}
    flow.world.push(REPO, "revert-1", back, author="bob", parent=flow.tip(), message=text)
    pull = flow.world.open_pull(REPO, "revert-1", by="bob")
    flow.world.merge(REPO, pull.number, "merge", by="bob")
    flow.settle()

    assert "reverts" in flow.title(bad, "prod")


def test_an_edit_of_the_same_file_in_between_hides_no_revert(flow: Flow):
    """The file is not again what it was: the revert takes the bad lines out, and no others."""
    begun(flow)
    text = "".join(f"line {n}\n" for n in range(60))
    old = flow.push({"apps/web/index.html": text}, "Write the shop")
    flow.finish(flow.landed("e2e", old), "e2e")
    broken = text.replace("line 3\n", "bad\n")
    bad = flow.push({"apps/web/index.html": broken}, "Break the shop")
    flow.finish(flow.landed("e2e", bad), "e2e")
    flow.push({"apps/web/index.html": broken.replace("line 50\n", "fifty\n")}, "Edit it")

    revert(flow, bad, {"apps/web/index.html": text.replace("line 50\n", "fifty\n")})

    assert "reverts" in flow.title(bad, "prod")


def test_why_says_what_was_taken_back(flow: Flow):
    bad = verified_bad(flow)
    good = revert(flow, bad, {"apps/web/index.html": "one"})

    say(flow, bad, "/why prod")

    [reply] = replies(flow, bad)
    assert f"This freight contains commit {bad[:7]}, which {good[:7]} reverts." in reply
    assert f"| reverted | **wait** | {good[:7]} reverts {bad[:7]}, which is in it" in reply


def test_a_change_that_no_warehouse_watches_holds_up_nothing(flow: Flow):
    begun(flow)
    docs = flow.push({"docs/a": "1"}, "Write docs")
    fine = flow.push({"apps/web/index.html": "two"}, "Change the shop")
    flow.finish(flow.landed("e2e", fine), "e2e")
    revert(flow, docs, {"docs/a": None})

    flow.passes(hours=2)
    assert flow.landed("prod", fine)
