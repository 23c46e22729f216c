"""
A job that was let in at a GitHub environment asks for the same lock with GitHub's token: it is in there
already, and shares that grant. From the contract's words on joining and environments (L17, L19, L66).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.doors import FILE, begins, guarded, job, states
from tests.flows.harness import REPO, Flow
from tests.flows.jobs import Job, issuer, trusting
from tests.issuer import Issuer

__all__ = ["issuer"]

NAMED = FILE.replace("permits: 1", "permits: [left, right]")


@pytest.fixture
def flow(tmp_path: Path, issuer: Issuer) -> Iterator[Flow]:
    with trusting(tmp_path, issuer) as made:
        yield made


def client(flow: Flow, issuer: Issuer, sha: str, name: str, environment: str = "") -> Job:
    """The job of that check, with what GitHub's token says of it."""
    check = job(flow, sha, name)
    there = {"environment": environment} if environment else {}
    own = {"sha": sha, "check_run_id": str(check.id), **there}
    return Job(flow, issuer, check.suite_id, **own)


def told(flow: Flow, one: Job, owner: str = "e2e") -> tuple[str, int | None, str | None]:
    """What it is told of the lock that it asks for, once somebody has looked."""
    one.ask("e2e-env", owner)
    flow.settle()
    answer = one("GET", one.where).json()
    return answer["state"], answer["token"], answer["permit"]


def gives_back(flow: Flow, one: Job, token: int | None) -> None:
    given = one("POST", f"{one.where}/release", {"token": token})
    assert (given.status_code, given.json()["state"]) == (200, "released")
    flow.settle()


def verifying(flow: Flow, *at_the_door: str, file: str = FILE, beside: str = "e2e-client") -> str:
    """A stage holds its lock; on what it landed jobs stand *at_the_door*, and one beside that."""
    guarded(flow, file)
    for name in at_the_door:
        flow.world.ci.job(name, paths=("stages/e2e",), lasts=None, environment="e2e")
    flow.world.ci.job(beside, paths=("stages/e2e",), lasts=None)
    freight = flow.push({"apps/web/a": "1"})
    return flow.landed("e2e", freight)


def test_a_job_at_the_environment_and_one_with_the_command_both_join_their_stages_grant(
    flow: Flow, issuer: Issuer
):
    landed = verifying(flow, "e2e-door")
    begins(flow, landed, "e2e-door")
    beside = client(flow, issuer, landed, "e2e-client")
    [grant] = [request for request in flow.requests() if request.ended_at is None]
    [token] = grant.tokens.values()
    assert told(flow, beside) == ("held", token, None)
    assert states(flow) == []
    waiting = flow.push({"ci/a": "1"})

    flow.ends(landed, "e2e-door")
    assert job(flow, waiting).status == "waiting"
    gives_back(flow, beside, token)
    flow.ends(landed, "e2e-client")
    flow.passes(seconds=61)  # a glob is decided that long after the push
    begins(flow, waiting)


def test_five_shards_at_the_environment_that_ask_for_the_lock_too_share_one_grant(
    flow: Flow, issuer: Issuer
):
    shards = [f"e2e ({n})" for n in range(5)]
    landed = verifying(flow, *shards, file=NAMED)
    for name in shards:
        begins(flow, landed, name)
    answers = [told(flow, client(flow, issuer, landed, name, "e2e"), name) for name in shards]
    assert len({*answers}) == 1
    assert [answers[0][0], answers[0][2]] == ["held", "left"]
    assert states(flow) == []


def test_a_job_let_in_beside_the_verifying_one_joins_what_it_was_let_in_under(
    flow: Flow, issuer: Issuer
):
    """Nothing awaits it; the grant lasts to its end all the same, and it would wait for itself."""
    landed = verifying(
        flow, "e2e", "cleanup", file=FILE.replace('["e2e*"]', "[e2e]"), beside="report"
    )
    begins(flow, landed, "cleanup")
    [grant] = [request for request in flow.requests() if request.ended_at is None]
    [token] = grant.tokens.values()
    assert told(flow, client(flow, issuer, landed, "cleanup", "e2e")) == ("held", token, None)
    report = client(flow, issuer, landed, "report")
    assert told(flow, report, "report")[0] == "queued"  # it was not let in, and waits its turn


def let_in(flow: Flow, *names: str, file: str = NAMED) -> tuple[str, int]:
    """Jobs that no stage awaits are in at the environment: their commit, and their grant's token."""
    guarded(flow, file, *names)
    flow.world.ci.job("beside", paths=("ci",), lasts=None)
    sha = flow.push({"ci/a": "1"})
    for name in names:
        begins(flow, sha, name)
    return sha, token_of(flow)


def token_of(flow: Flow) -> int:
    [request] = [one for one in flow.records().direct if one.kind == "job" and not one.ended_at]
    [token] = request.tokens.values()
    return token


def test_a_job_that_was_let_in_joins_its_own_grant_and_its_release_ends_its_part_only(
    flow: Flow, issuer: Issuer
):
    sha, token = let_in(flow, "smoke")
    mine = client(flow, issuer, sha, "smoke", "E2E")
    answer = mine.ask("e2e-env")
    assert answer.status_code == 200  # at once: the token says all that there is to know
    assert told(flow, mine) == ("held", token, "left")
    group = mine("GET", f"/locks/repo-{flow.world.repo(REPO).id}/e2e-env").json()
    assert (group["free"], group["queue"], len(group["holders"])) == (1, [], 1)
    beat = mine("POST", f"{mine.where}/heartbeat", {"token": token})
    assert (beat.status_code, beat.json()["state"]) == (200, "held")

    gives_back(flow, mine, token)
    gives_back(flow, mine, token)
    assert states(flow) == ["held"]
    assert told(flow, mine, "again")[:2] == ("held", token)
    flow.ends(sha, "smoke")
    assert states(flow) == []
    assert mine("GET", mine.where).json()["state"] == "released"
    assert mine("POST", f"{mine.where}/heartbeat", {"token": token}).status_code == 409


def test_it_joins_whoever_waits_and_its_part_keeps_no_grant_beyond_its_jobs(
    flow: Flow, issuer: Issuer
):
    sha, token = let_in(flow, "smoke", file=FILE)
    second = flow.push({"ci/a": "2"})
    mine = client(flow, issuer, sha, "smoke", "e2e")
    assert told(flow, mine)[:2] == ("held", token)
    flow.ends(sha, "smoke", "failure")  # killed: it gives nothing back
    begins(flow, second)


def test_the_command_of_another_job_run_or_attempt_has_no_part_in_it(flow: Flow, issuer: Issuer):
    sha, token = let_in(flow, "smoke", file=FILE)
    check = job(flow, sha)
    others = {
        "beside": client(flow, issuer, sha, "beside"),
        "elsewhere": client(flow, issuer, sha, "smoke", "prod"),
        "attempt": Job(flow, issuer, check.suite_id, run_attempt="2", environment="e2e", sha=sha),
        "run": Job(flow, issuer, check.suite_id + 900, environment="e2e", sha=sha),
    }
    assert {owner: told(flow, one, owner)[0] for owner, one in others.items()} == dict.fromkeys(
        others, "queued"
    )
    assert token_of(flow) == token


def test_a_grant_of_an_environment_that_a_person_took_away_ends_for_those_who_joined(
    flow: Flow, issuer: Issuer
):
    sha, token = let_in(flow, "smoke")
    mine = client(flow, issuer, sha, "smoke", "e2e")
    assert told(flow, mine)[0] == "held"
    flow.world.comment(REPO, sha, "/unlock e2e-env --force it burns")
    flow.settle()
    assert mine("GET", mine.where).json()["state"] == "forced"
    assert mine("POST", f"{mine.where}/heartbeat", {"token": token}).status_code == 409
