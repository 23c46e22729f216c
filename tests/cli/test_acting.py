"""The commands that act through a server, against the real one: it takes effect, or says why not."""

import threading

import pytest

from tests.cli.asking import ended, holders, stagelock
from tests.flows.calling import Caller, served
from tests.flows.harness import REPO
from tests.flows.pipelines import pipeline

__all__ = ["stagelock"]

STAGES = "  dev: {path: stages/dev}\n  prod: {needs: [dev], path: stages/prod, auto: false}\n"
LOCKS = "locks:\n  floor: {permits: 1}\n  pair: {permits: 2}\n"
FILES = {"stagelock.yaml": pipeline(STAGES + LOCKS), "apps/web/a": "1"}


@pytest.fixture
def flow(tmp_path):
    with served(tmp_path) as made:
        made.repo(FILES)
        yield made


@pytest.fixture
def first(flow):
    """The freight that it began with."""
    return flow.newest()


@pytest.fixture
def act(flow, stagelock):
    """Runs `stagelock ...` to its end while the worker works; its exit code and what it wrote."""

    def acted(*arguments, token="move-me", **more):
        process = stagelock(*arguments, token=token, **more)
        over = threading.Event()

        def work():
            while not over.wait(0.05):
                flow.settle()

        worker = threading.Thread(target=work)
        worker.start()
        try:
            return ended(process)
        finally:
            over.set()
            worker.join()

    return acted


def take(flow, group, owner="job"):
    path = f"/locks/repo-{flow.world.repo(REPO).id}/{group}/requests"
    return Caller(flow, "lock-me")("POST", path, {"owner": owner}).json()["token"]


def test_unlock_by_force_names_who_had_it(flow, act):
    token = take(flow, "floor")
    code, out, err = act("unlock", "floor", "--force", "the job  is dead", token="rule-me")

    assert (code, err) == (0, "")
    assert "floor was taken away from ci, held since" in out
    assert f"token {token}: the job is dead" in out
    assert holders(flow, "floor") == []
    code, _, err = act("unlock", "floor", "--force", "again", token="rule-me")
    assert (code, "nobody holds floor" in err) == (1, True)


def test_unlock_by_force_of_several_lists_their_tokens(flow, act):
    tokens = [take(flow, "pair", owner) for owner in "ab"]
    code, _, err = act("unlock", "pair", "--force", "why", token="rule-me")

    assert code == 1
    assert all(f"/unlock pair#{token} --force why" in err for token in tokens)
    assert act("unlock", f"pair#{tokens[1]}", "--force", "why", token="rule-me")[0] == 0
    assert [holder["token"] for holder in holders(flow, "pair")] == [tokens[0]]


@pytest.mark.parametrize("token", ["lock-me", "move-me"])
def test_unlock_by_force_without_the_scope_says_who_can(flow, act, token):
    take(flow, "floor")
    code, _, err = act("unlock", "floor", "--force", "why", token=token)

    assert code == 1
    assert "scope admin" in err
    assert "somebody with maintain to comment" in err
    assert "/unlock floor --force why" in err
    assert len(holders(flow, "floor")) == 1
    assert act("unlock", "floor", "--force", " ", token="rule-me")[0] == 2, "a reason is needed"


def test_approve_says_what_a_person_comments_instead(act):
    code, out, err = act("approve", "prod", "4f2a91c", token="rule-me")

    assert (code, out) == (1, "")
    assert "a token cannot approve, only a person can" in err
    assert "To do: somebody who may approve for the stage (by default, with write) comments" in err
    assert f"/approve prod 4f2a91c in {REPO} on GitHub" in err
    assert act("approve", "prod", STAGELOCK_URL="")[0] == 2, "no server is named"


def test_hold_and_resume_a_stage(flow, act):
    code, out, err = act("hold", "dev", "--until", "2h", "database", "maintenance")
    assert (code, "database maintenance" in out) == (0, True), err
    [hold] = flow.records().holds
    assert (hold.stage, hold.reason, hold.by) == ("dev", "database maintenance", "token:bot")
    assert hold.until is not None

    code, out, err = act("resume", "dev")
    assert (code, err) == (0, "")
    assert flow.records().holds == ()
    code, out, err = act("resume", "dev")
    assert (code, out, "Not done" in err) == (1, "", True)


def test_promote_a_stage_and_roll_it_back(flow, first, act):
    code, _, err = act("promote", "prod")
    assert (code, err) == (0, "")
    assert flow.landed("prod", first)

    second = flow.push({"apps/web/a": "2"})
    code, _, err = act("promote", "prod", second[:12])
    assert (code, err) == (0, "")
    assert flow.landed("prod", second)
    code, _, err = act("promote", "prod", "0" * 12)
    assert (code, "no freight" in err) == (1, True)

    code, _, err = act("rollback", "prod", first[:12])
    assert (code, err) == (0, "")
    [hold] = flow.records().holds
    assert hold.stage == "prod"
    back = flow.promotions()[-1]
    assert (back.stage, back.freight.sha, back.state) == ("prod", first, "verified")


def test_cancel_and_retry_a_stage(flow, act):
    files = pipeline("  dev: {path: stages/dev, verify: {checks: [e2e]}}\n")
    flow.push({"stagelock.yaml": files, "apps/web/a": "2"})
    assert flow.promotions()[-1].state == "verifying"
    code, _, err = act("cancel", "dev")
    assert (code, err) == (0, "")
    assert flow.promotions()[-1].state == "cancelled"
    assert act("cancel", "dev")[0] == 1

    code, _, err = act("retry", "dev")
    assert (code, err) == (0, "")
    code, out, err = act("retry", "dev", "--format", "json", token="read-me")
    assert (code, out, "scope promote" in err) == (1, "", True)
