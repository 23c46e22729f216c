"""
A stage is taken out of the file while its promotion is unverified, and added again.

From the words of F47 (removing one and adopting another by content), V21 and V22 (in sync: what has
passed passes at once), and R1: everything unfinished has a reason, and a next look.
"""

from __future__ import annotations

import pytest

from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.locking import live
from tests.flows.words import replies, say

LOCKED = ONE_BRANCH
UNLOCKED = LOCKED.replace("    lock: e2e-env\n", "").partition("locks:")[0]
EITHER = pytest.mark.parametrize("file", [LOCKED, UNLOCKED], ids=["locked", "unlocked"])


def without(file: str) -> str:
    """The file as it is while neither e2e nor what needs it is in it."""
    before, _, after = file.partition("  e2e:\n")
    return before + "".join(after.partition("locks:")[1:])


def gone(flow: Flow, file: str, *, runs: bool = False) -> tuple[str, str]:
    """The freight whose promotion to e2e ended with its stage, and where that had landed."""
    freight = flow.repo({"stagelock.yaml": file, "apps/web/a": "1"})
    landed = flow.landed("e2e", freight)
    if runs:
        flow.world.start_check(REPO, landed, "e2e", app="jenkins")
        flow.settle()
    flow.push({"stagelock.yaml": without(file)}, "Take e2e out")
    assert flow.state(freight, "e2e") == "cancelled"
    return freight, landed


def back(flow: Flow, file: str) -> None:
    """The stage is in the file again."""
    flow.push({"stagelock.yaml": file}, "Add e2e again")


def done(flow: Flow, freight: str, landed: str) -> None:
    """It is verified where it landed, and has gone on; nothing was written twice, nothing held."""
    assert flow.title(freight, "e2e") == "already in sync, verified"
    assert flow.state(freight, "e2e") == flow.state(freight, "prod") == "success"
    assert flow.landed("e2e", freight) == landed
    assert len([s for s in flow.subjects() if s.startswith("Promote")]) == 3
    assert live(flow) == []


@EITHER
def test_a_stage_added_again_passes_at_once_what_passed_meanwhile(flow: Flow, file: str):
    freight, landed = gone(flow, file)
    flow.world.finish_check(REPO, landed, "e2e", app="jenkins")
    flow.settle()
    back(flow, file)
    done(flow, freight, landed)


@EITHER
def test_a_stage_added_again_passes_what_had_passed_before_it_was_looked_at(flow: Flow, file: str):
    """The check passes and the stage goes before a look, and nobody looks in between."""
    freight = flow.repo({"stagelock.yaml": file, "apps/web/a": "1"})
    landed = flow.landed("e2e", freight)
    flow.world.finish_check(REPO, landed, "e2e", app="jenkins")
    flow.push({"stagelock.yaml": without(file)}, "Take e2e out")
    back(flow, file)
    assert flow.state(freight, "e2e") == flow.state(freight, "prod") == "success"
    assert live(flow) == []


@EITHER
@pytest.mark.parametrize("conclusion", ["success", "failure"])
def test_a_stage_added_again_awaits_the_check_that_still_runs(
    flow: Flow, file: str, conclusion: str
):
    freight, landed = gone(flow, file, runs=True)
    back(flow, file)
    assert flow.state(freight, "e2e") == "in_progress"
    assert flow.state(freight, "prod") in ("", "queued")
    flow.world.finish_check(REPO, landed, "e2e", conclusion, app="jenkins")
    flow.settle()
    assert flow.state(freight, "e2e") == conclusion
    assert live(flow) == []
    if conclusion == "success":
        done(flow, freight, landed)


@EITHER
def test_a_stage_added_again_says_what_failed_meanwhile_and_takes_a_retry(flow: Flow, file: str):
    freight, landed = gone(flow, file, runs=True)
    flow.world.finish_check(REPO, landed, "e2e", "failure", app="jenkins")
    flow.settle()
    back(flow, file)
    assert flow.state(freight, "e2e") == "failure"
    assert "/retry e2e" in flow.summary(freight, "e2e")
    assert live(flow) == []

    say(flow, freight, "/retry e2e")
    flow.world.finish_check(REPO, landed, "e2e", app="jenkins")
    flow.settle()
    assert flow.state(freight, "e2e") == flow.state(freight, "prod") == "success"
    assert live(flow) == []


@EITHER
def test_a_stage_added_again_says_that_no_check_ran_and_awaits_one(flow: Flow, file: str):
    """V22: it says so, takes no lock for it, and the check that comes then counts."""
    freight, landed = gone(flow, file)
    back(flow, file)
    assert "no e2e check has run on this content" in flow.title(freight, "e2e")
    flow.world.finish_check(REPO, landed, "e2e", app="jenkins")
    flow.settle()
    done(flow, freight, landed)


@EITHER
@pytest.mark.parametrize("automatic", [True, False], ids=["automatic", "manual"])
def test_promote_of_what_a_stage_added_again_holds_is_never_only_accepted(
    flow: Flow, file: str, *, automatic: bool
):
    """Where it waits for that, it starts it; where it is verified already, it is refused."""
    freight, landed = gone(flow, file)
    flow.world.finish_check(REPO, landed, "e2e", app="jenkins")
    flow.settle()
    again = file if automatic else file.replace("  e2e:\n", "  e2e:\n    auto: false\n")
    back(flow, again)
    if not automatic:
        assert "/promote" in flow.title(freight, "e2e")
    say(flow, freight, "/promote e2e")
    told = [text.splitlines()[0] for text in replies(flow, freight)]
    refused = [text for text in told if text.startswith("Not done: ")]
    started = [text for text in told if "**already in sync, verified**" in text]
    assert (len(refused), len(started)) == ((1, 0) if automatic else (0, 1)), told
    done(flow, freight, landed)


@EITHER
def test_a_stage_added_again_under_another_name_passes_at_once(flow: Flow, file: str):
    freight, landed = gone(flow, file)
    flow.world.finish_check(REPO, landed, "e2e", app="jenkins")
    flow.settle()
    renamed = file.replace("  e2e:\n", "  system:\n").replace("needs: [e2e]", "needs: [system]")
    back(flow, renamed)
    assert flow.state(freight, "system") == flow.state(freight, "prod") == "success"
    assert flow.landed("e2e", freight) == landed
    assert live(flow) == []

    flow.push({"stagelock.yaml": file}, "Rename it back")
    assert flow.state(freight, "e2e") == "success"
    assert live(flow) == []


@EITHER
def test_a_stage_added_again_at_another_place_is_brought_the_freight_there(flow: Flow, file: str):
    freight, landed = gone(flow, file)
    flow.finish(landed, "e2e", "failure")
    back(flow, file.replace("path: stages/e2e", "path: stages/other"))
    assert flow.world.tree(REPO, "main", "stages/other") == {"stages/other/web/a": b"1"}
    flow.finish(flow.landed("e2e", freight), "e2e")
    assert flow.state(freight, "e2e") == flow.state(freight, "prod") == "success"


@EITHER
def test_newer_freight_enters_a_stage_added_again(flow: Flow, file: str):
    _, landed = gone(flow, file)
    flow.finish(landed, "e2e")  # its lock is free
    newer = flow.push({"apps/web/a": "2"})
    back(flow, file)
    flow.finish(flow.landed("e2e", newer), "e2e")
    assert flow.state(newer, "e2e") == flow.state(newer, "prod") == "success"
