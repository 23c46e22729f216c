"""What fails in one part of a tick stops neither the part's other units nor the other parts (Z7)."""

from __future__ import annotations

from datetime import timedelta

from app.errors import Rejected, Transient
from tests.flows.around import stand_beside
from tests.flows.harness import REPO, Flow, flowing
from tests.flows.hooked_locks import REVIEWED, published
from tests.flows.pipelines import MANUAL_FILES
from tests.flows.words import reactions, replies, say

BESIDE = REVIEWED.replace("locks:", "  qa: {needs: [dev], soak: 1h}\nlocks:").replace(
    "    via: pull-request\n", "    via: pull-request\n    soak: 1h\n"
)


class TestReplies:
    def test_an_author_who_is_gone_keeps_nobody_elses_reply_away(self, flow: Flow):
        """Who has had many answers is asked about once more before the next one."""
        first = flow.repo(MANUAL_FILES)
        flow.world.set_role(REPO, "rita", "read")
        for _ in range(6):
            flow.world.comment(REPO, first, "/why dev", by="rita")
        flow.settle()
        flow.world.faults.add("GET", "/collaborators/rita/permission", "denied", times=1000)
        flow.world.comment(REPO, first, "/why dev", by="rita")
        before = len(replies(flow, first))
        say(flow, first, "/stagelock status", by="bob")
        assert any("| stage |" in text for text in replies(flow, first)[before:])


class TestReceipts:
    def test_a_command_is_received_also_where_comments_cannot_be_listed(self, flow: Flow):
        first = flow.repo(MANUAL_FILES)
        flow.passes(minutes=6)
        flow.world.faults.add("GET", "/comments(\\?|$)", "error", times=1000)
        flow.passes(minutes=6)
        asked = say(flow, first, "/promote prod")
        assert reactions(asked) == ["eyes"]
        flow.passes(minutes=2)  # so long it waits for those that may have come before it
        assert flow.world.tree(REPO, "main", "stages/prod") != {}


class TestCommands:
    def test_one_that_cannot_be_judged_keeps_no_other_from_taking_effect(self, flow: Flow):
        first = flow.repo(MANUAL_FILES)
        flow.world.faults.add("GET", "/collaborators/rita/permission", "denied", times=1000)
        flow.world.comment(REPO, first, "/hold dev because", by="rita")
        say(flow, first, "/promote prod", by="bob")
        assert flow.world.tree(REPO, "main", "stages/prod") != {}


class TestPublishedLocks:
    def test_where_they_cannot_be_shown_nothing_else_waits_and_no_head_may_be_merged(
        self, tmp_path
    ):
        """The Git server takes no push just when the pull request has its grant."""
        with flowing(tmp_path, STAGELOCK_PUBLISH_LOCKS="true") as flow:
            first = flow.repo({"stagelock.yaml": BESIDE, "apps/web/index.html": "one"})
            head = flow.tip("stagelock/prod")
            assert flow.state(first, "qa") == "queued"
            flow.world.faults.add("GIT", "git-receive-pack$", "error", times=1000)
            flow.passes(minutes=61)
            assert flow.state(first, "qa") == "success"
            assert flow.state(head, "plan") != "success"
            assert published(flow) is None

            flow.world.faults.clear()
            flow.passes(minutes=6)
            assert flow.state(head, "plan") == "success"
            assert [h.stage for h in published(flow).holders] == ["prod"]


def test_a_tick_goes_on_to_its_end_whatever_part_of_it_fails(flow: Flow):
    """Listing, proposals, receipts and replies fail at once; the promotion is verified and shown."""
    first = flow.repo(MANUAL_FILES)
    broken = {"comments_since", "open_pulls", "react", "create_comment"}
    said: list[str] = []

    def beside(when: str, name: str) -> None:
        said.append(name)
        if when == "before" and name in broken:
            raise Rejected(f"{name} is refused")

    stand_beside(flow, beside)
    flow.clock.ahead += timedelta(minutes=6)  # comments are listed again
    flow.world.comment(REPO, first, "/promote prod", by="bob")
    second = flow.push({"apps/web/index.html": "two"})
    assert broken <= set(said)
    assert flow.state(second, "dev") == "success"
    assert flow.world.tree(REPO, "main", "stages/prod") != {}


def test_a_comment_waits_two_minutes_for_a_listing_that_fails_and_no_longer(flow: Flow):
    """Rule C6: an earlier one may be missing, but a word to stop must not wait for ever."""
    first = flow.repo(MANUAL_FILES)

    def beside(when: str, name: str) -> None:
        if when == "before" and name == "comments_since":
            raise Transient("GitHub does not list")

    stand_beside(flow, beside)
    say(flow, first, "/hold dev not now")
    assert replies(flow, first) == []
    flow.passes(minutes=1)
    assert replies(flow, first) == []
    flow.passes(minutes=4)
    assert len(replies(flow, first)) == 1
