"""A comment whose delivery comes late carries the text of long ago: GitHub is asked what became of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.sandbox.github.faults import Kind
from app.sandbox.github.model import Comment
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import MANUAL_FILES
from tests.flows.words import reactions, replies

ONE = "/comments/[0-9]+$"
LISTS = "/comments$"


def place(flow: Flow, kind: str) -> int | str:
    """Where comments of that kind stand."""
    first = flow.repo(MANUAL_FILES)
    if kind == "commit":
        return first
    flow.world.push(REPO, "topic", {"README.md": "hi"}, parent=first)
    return flow.world.open_pull(REPO, "topic").number


def unheard(flow: Flow, on: int | str, words: str) -> Comment:
    """Bob comments, and the delivery is lost."""
    flow.world.weather.lost = lambda d: d.event.endswith("_comment")
    made = flow.world.comment(REPO, on, words, by="bob")
    flow.settle()
    flow.clock.ahead += timedelta(seconds=5)
    return made


def delivered(flow: Flow) -> None:
    """What was lost is delivered again, as the sweep asks for it."""
    flow.world.weather.lost = None
    flow.passes(minutes=6)
    flow.sweep()
    assert any(d.redelivery and d.event.endswith("_comment") for d in flow.world.deliveries)


def promoted(flow: Flow) -> bool:
    return bool(flow.world.tree(REPO, "main", "stages/prod"))


@pytest.mark.parametrize("kind", ["commit", "issue"])
@pytest.mark.parametrize("listed", [True, False])
def test_what_was_edited_or_deleted_before_it_was_heard_of_does_nothing(
    flow: Flow, kind: str, *, listed: bool
):
    """The redelivery and the listing say the same, whichever comes."""
    on = place(flow, kind)
    edited, gone = unheard(flow, on, "/promote prod"), unheard(flow, on, "/hold prod it burns")
    flow.world.edit_comment(REPO, edited, "/promote prod, or not", by="bob")
    flow.world.delete_comment(REPO, gone, by="bob")
    if not listed:
        flow.world.faults.add("GET", LISTS, "denied", times=1000)
    delivered(flow)
    assert not promoted(flow)
    assert flow.records().holds == ()
    assert replies(flow, on) == []
    assert reactions(edited) == []
    told = [e.entry["answer"] for e in flow.app.store.audit.newest() if "answer" in e.entry]
    assert set(told) == {
        "Not done: the comment was edited or deleted before Stagelock first saw it."
    }


@pytest.mark.parametrize("kind", ["commit", "issue"])
def test_a_late_delivery_of_what_still_stands_acts(flow: Flow, kind: str):
    """Nothing can be listed: it comes by its delivery alone."""
    on = place(flow, kind)
    asked = unheard(flow, on, "/promote prod")
    flow.world.faults.add("GET", LISTS, "denied", times=1000)
    delivered(flow)
    assert promoted(flow)
    assert reactions(asked) == ["eyes"]
    assert len(replies(flow, on)) == 1


@pytest.mark.parametrize("fault", ["denied", "error"])
def test_while_nobody_can_tell_whether_it_stands_a_late_comment_waits(flow: Flow, fault: Kind):
    first = place(flow, "commit")
    unheard(flow, first, "/promote prod")
    flow.world.faults.add("GET", ONE, fault, times=1000)
    delivered(flow)
    flow.passes(minutes=20)
    assert not promoted(flow)
    assert replies(flow, first) == []
    flow.world.faults.clear()
    flow.passes(minutes=20)
    assert promoted(flow)


def test_what_was_heard_of_at_once_acts_as_it_was_written(flow: Flow):
    """What its author makes of it later is no command, and takes none back."""
    first = place(flow, "commit")
    asked = flow.world.comment(REPO, first, "/promote prod", by="bob")
    flow.clock.ahead += timedelta(seconds=5)
    flow.world.edit_comment(REPO, asked, "nothing to see", by="bob")
    flow.settle()
    assert promoted(flow)
    assert not [e for e in flow.sandbox.exchanges if e.path.endswith(f"/comments/{asked.id}")]
