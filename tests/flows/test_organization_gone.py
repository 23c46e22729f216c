"""
A repository that holds a lock of the organisation is gone; the stage of another one waits for that.
From the contract's words: after `max-hold` a grant is suspect, and who waits reads what frees it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.model.lock_requests import OwnRequest
from app.sandbox.demo.launch import SLUG
from tests.flows.harness import REPO, Flow
from tests.flows.organization import API, HOME, defined, files, live
from tests.flows.words import replies, say

LOCK = "lock / e2e-env"
GOES: dict[str, Callable[[Flow], object]] = {
    "deleted": lambda flow: flow.world.delete_repo(REPO),
    "without the App": lambda flow: flow.world.remove(SLUG, REPO),
    "archived": lambda flow: flow.world.archive_repo(REPO),
    "transferred": lambda flow: flow.world.transfer_repo(REPO, "elsewhere"),
}


class Gone:
    """The stage `one` of `acme/shop` holds, `two` of `acme/api` waits; then the first is gone."""

    def __init__(self, flow: Flow, how: str) -> None:
        self.flow = flow
        defined(flow)
        flow.repo(files("one"))
        self.number = flow.world.repo(REPO).id
        self.waits = flow.repo(files("two"), API)
        assert (live(flow, REPO), live(flow, API)) == ([("one", "held")], [("two", "queued")])
        flow.passes(minutes=10)
        GOES[how](flow)
        flow.settle()
        flow.sweep()

    @property
    def held(self) -> OwnRequest:
        [request] = self.flow.app.store.direct_locks.live(self.number)
        return request

    def title(self) -> str:
        return self.flow.shown(self.waits, LOCK, API).title or ""


@pytest.mark.parametrize("how", GOES)
def test_a_grant_whose_repository_is_gone_is_suspect_after_max_hold_and_who_waits_frees_it(
    flow: Flow, how: str
):
    """rules L107, L108"""
    gone = Gone(flow, how)
    flow.passes(minutes=19)
    assert gone.held.state == "held"
    assert "held by another repository of acme" in gone.title()
    flow.passes(minutes=2)
    assert (gone.held.state, gone.held.reason) == ("suspect", "held-too-long")
    run = flow.shown(gone.waits, LOCK, API)
    assert run.title == "blocked: e2e-env is suspect; a maintainer must press Release"
    [token] = gone.held.tokens.values()
    force = f"`/unlock e2e-env#{token} --force reason`"
    [told] = replies(flow, gone.waits, repo=API)
    for text in (run.summary or "", told):
        assert f"somebody with *maintain* in `acme/.github` comments {force}" in text
        assert "cannot look at that repository any more" in text
        assert "nothing to do" not in text
        assert "shop" not in text
    flow.passes(hours=5)
    assert (len(replies(flow, gone.waits, repo=API)), gone.held.state) == (1, "suspect")

    flow.world.repo(API).roles["dave"] = "maintain"
    flow.world.press(API, run, "release", by="dave")
    flow.settle()
    assert live(flow, API) == [("two", "queued")]
    flow.world.press(API, run, "release", by="alice")
    flow.settle()
    assert live(flow, API) == [("two", "held")]


def test_taken_away_in_the_organisations_own_repository_the_reply_says_who_gets_it(flow: Flow):
    """rule L109: that has no pipeline, and knows the groups all the same."""
    gone = Gone(flow, "without the App")
    flow.passes(minutes=21)
    at = flow.tip("main", HOME)
    say(flow, at, "/unlock e2e-env --force it is gone", by="alice", repo=HOME)
    assert "`another repository of acme` gets it now" in replies(flow, at, repo=HOME)[-1]
    assert live(flow, API) == [("two", "held")]
    assert gone.title().startswith("held for two")


def test_back_again_what_has_ended_meanwhile_gives_the_suspect_grant_back(flow: Flow):
    """rule L107: only proof or a person frees it, and its repository has the proof."""
    gone = Gone(flow, "archived")
    flow.passes(minutes=21)
    assert gone.held.state == "suspect"
    flow.world.unarchive_repo(REPO)
    flow.settle()
    flow.finish(flow.landed("one", flow.newest()), "one")
    flow.settle()
    assert (live(flow, REPO), live(flow, API)) == ([], [("two", "held")])


def test_a_persons_lock_is_overdue_where_their_repository_is_gone(flow: Flow):
    """rule L107: past the time that they asked for, whatever `max-hold` is."""
    defined(flow)
    first = flow.repo(files("one"))
    flow.finish(flow.landed("one", first), "one")
    number = flow.world.repo(REPO).id
    say(flow, first, "/lock e2e-env for 50m look", by="alice")
    second = flow.repo(files("two"), API)
    GOES["without the App"](flow)
    flow.settle()
    flow.sweep()
    flow.passes(minutes=45)
    [held] = flow.app.store.direct_locks.live(number)
    assert held.state == "held"
    flow.passes(minutes=6)
    [held] = flow.app.store.direct_locks.live(number)
    assert (held.shown, held.reason) == ("overdue", "overdue")
    summary = flow.shown(second, "two", API).summary or ""
    assert "Once another repository of acme needs it no more" in summary
    assert "the job of" not in summary
