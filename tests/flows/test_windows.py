"""
A stage with windows: what waits, what goes back, what finishes, and when it goes on.

The flows' clock is the machine's, so their windows are dated: from some minutes ago, to some from now.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.errors import Transient
from tests.flows.around import stand_beside
from tests.flows.deaf import deaf, due
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import BY_PULL, filled, pipeline
from tests.flows.proposing import plans
from tests.flows.pushing import promoted
from tests.flows.words import ours, replies, say

HOOKED = True
WEB = {"apps/web/index.html": "one"}
LOCKS = "locks:\n  floor: {permits: 1}\n"


def minute(flow: Flow, off: int) -> str:
    """That many minutes from now, as a window has it."""
    return f"{flow.clock() + timedelta(minutes=off):%Y-%m-%d %H:%M}"


def window(flow: Flow, begins: int, ends: int) -> str:
    return f"{minute(flow, begins)}..{minute(flow, ends)} UTC"


def allow(flow: Flow, begins: int, ends: int) -> str:
    """The stage's key: open in these minutes only."""
    return f'    windows: {{allow: ["{window(flow, begins, ends)}"]}}\n'


def deny(flow: Flow, begins: int, ends: int) -> str:
    return f'    windows: {{deny: ["{window(flow, begins, ends)}"]}}\n'


def live(flow: Flow) -> dict[str, str]:
    found = flow.requests()
    return {r.stage: r.state for r in found if r.state in ("queued", "held", "suspect")}


def titled(flow: Flow, sha: str, stage: str) -> str:
    run = flow.run(sha, stage)
    assert run is not None
    return run.title or ""


def test_a_promotion_waits_for_its_window_and_run_and_why_say_which_and_when(flow: Flow):
    opens = window(flow, 30, 90)
    first = flow.repo({"stagelock.yaml": pipeline(filled("live", allow(flow, 30, 90))), **WEB})

    assert flow.state(first, "live") == "queued"
    clock = f"{opens[11:16]} UTC"
    assert clock in titled(flow, first, "live")
    say(flow, first, "/why live", by="carol")
    [text] = replies(flow, first)
    assert opens in text
    assert clock in text
    assert promoted(flow) == []

    flow.passes(minutes=31)
    assert flow.state(first, "live") == "success"
    assert promoted(flow) == ["live"]


def test_it_is_due_at_the_opening_without_any_delivery(flow: Flow):
    """What is left to do then is in the table of work."""
    opens = window(flow, 30, 90)
    flow.repo({"stagelock.yaml": pipeline(filled("live", allow(flow, 30, 90))), **WEB})
    deaf(flow)
    left = due(flow)
    assert left is not None, "only the sweep would look"
    at = datetime.fromisoformat(opens[:16]).replace(tzinfo=UTC)
    assert abs(flow.clock() + left - at) < timedelta(seconds=20)
    flow.passes(seconds=left.total_seconds() + 1)
    assert promoted(flow) == ["live"]


def test_promote_waits_for_the_window(flow: Flow):
    first = flow.repo(
        {
            "stagelock.yaml": pipeline(filled("live", f"    auto: false\n{allow(flow, 30, 90)}")),
            **WEB,
        }
    )
    assert titled(flow, first, "live").startswith("window opens ")  # it is not ready before that
    say(flow, first, "/promote live")
    assert flow.state(first, "live") == "queued"
    assert promoted(flow) == []

    flow.passes(minutes=31)
    assert flow.state(first, "live") == "success"
    assert len(replies(flow, first)) == 1


def test_what_queues_for_a_lock_leaves_the_queue_when_its_window_closes(flow: Flow):
    stages = filled("a", "    lock: floor\n    verify: {checks: [a]}\n")
    stages += filled("b", f"    lock: floor\n    verify: {{checks: [b]}}\n{allow(flow, -9, 30)}")
    first = flow.repo({"stagelock.yaml": pipeline(stages) + LOCKS, **WEB})
    assert live(flow) == {"a": "held", "b": "queued"}

    flow.passes(minutes=31)
    assert live(flow) == {"a": "held"}
    flow.finish(flow.landed("a", first), "a")
    assert flow.state(first, "a") == "success"
    assert promoted(flow) == ["a"]
    assert live(flow) == {}
    assert flow.state(first, "b") == "queued"


def test_a_grant_goes_back_when_the_window_closes_before_its_push(flow: Flow):
    """The push was tried, and never arrived; in closed times it is not repeated."""
    tried: list[str] = []
    flow.repo({"README.md": "hello"})

    def beside(when: str, name: str) -> None:
        if (when, name) == ("before", "push"):
            tried.append(name)
            if len(tried) == 1:
                message = "the connection ended early"
                raise Transient(message, maybe_done=True)

    stand_beside(flow, beside)
    with flow.clock.still():
        text = pipeline(filled("live", f"    lock: floor\n{deny(flow, 1, 60)}")) + LOCKS
        first = flow.push({"stagelock.yaml": text, **WEB})
        assert live(flow) == {"live": "held"}
    for _ in range(5):
        flow.passes(minutes=1)

    assert len(tried) == 1
    assert promoted(flow) == []
    assert live(flow) == {}
    assert flow.state(first, "live") == "queued"
    assert "closed until" in titled(flow, first, "live")
    flow.passes(hours=1)
    assert promoted(flow) == ["live"]


def test_what_was_written_before_the_window_closed_is_verified_and_goes_on(flow: Flow):
    stages = filled("live", f"    verify: {{checks: [unit]}}\n{allow(flow, -9, 30)}")
    first = flow.repo({"stagelock.yaml": pipeline(stages), **WEB})
    flow.passes(minutes=31)
    assert flow.state(first, "live") == "in_progress"
    flow.finish(flow.landed("live", first), "unit")
    assert flow.state(first, "live") == "success"


class TestPullRequest:
    def test_the_merge_waits_for_the_window_and_the_plan_says_so(self, flow: Flow):
        first = flow.repo({"stagelock.yaml": BY_PULL + allow(flow, 30, 90), **WEB})
        pull = ours(flow)
        assert flow.state(pull.head_sha, "plan") == "queued"
        flow.passes(minutes=31)
        assert flow.state(pull.head_sha, "plan") == "success"
        flow.passes(minutes=60)
        assert plans(flow, pull.head_sha)[-1] != "success"
        assert pull.state == "open"
        assert flow.state(first, "prod") == "in_progress"

    def test_we_merge_when_it_opens(self, flow: Flow):
        text = f"{BY_PULL}    merge: auto\n{allow(flow, 30, 90)}"
        first = flow.repo({"stagelock.yaml": text, **WEB})
        flow.passes(minutes=20)
        assert ours(flow).state == "open"
        flow.passes(minutes=11)
        assert flow.state(first, "prod") == "success"

    def test_a_persons_merge_in_closed_times_counts(self, flow: Flow):
        first = flow.repo({"stagelock.yaml": BY_PULL + allow(flow, 30, 90), **WEB})
        flow.world.merge(REPO, ours(flow).number, "squash", by="bob")
        flow.settle()
        assert flow.state(first, "prod") == "success"

    def test_a_grant_for_the_merge_goes_back_when_it_closes(self, flow: Flow):
        more = f"    lock: floor\n    merge-within: 2h\n{allow(flow, -9, 30)}"
        flow.repo({"stagelock.yaml": BY_PULL + more + LOCKS, **WEB})
        head = ours(flow).head_sha
        assert (live(flow), flow.state(head, "plan")) == ({"prod": "held"}, "success")
        flow.passes(minutes=31)
        assert live(flow) == {}
        assert plans(flow, head)[-1] != "success"

    def test_an_edit_of_the_windows_counts_at_once(self, flow: Flow):
        flow.repo({"stagelock.yaml": BY_PULL, **WEB})
        head = ours(flow).head_sha
        assert flow.state(head, "plan") == "success"
        flow.push({"stagelock.yaml": BY_PULL + allow(flow, 30, 90)})
        assert ours(flow).head_sha == head
        assert plans(flow, head)[-1] != "success"
        flow.push({"stagelock.yaml": BY_PULL + allow(flow, -9, 90)})
        assert plans(flow, head)[-1] == "success"
        assert len(flow.world.pulls(REPO)) == 1


def test_a_control_flow_stage_passes_when_it_opens(flow: Flow):
    text = pipeline(
        filled("dev")
        + f"  release:\n    needs: [dev]\n{allow(flow, 30, 90)}"
        + filled("prod", "    needs: [release]\n")
    )
    first = flow.repo({"stagelock.yaml": text, **WEB})
    assert promoted(flow) == ["dev"]
    assert flow.state(first, "release") == "queued"
    flow.passes(minutes=31)
    assert promoted(flow) == ["dev", "prod"]
    assert flow.state(first, "release") == "success"
