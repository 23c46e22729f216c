"""Jobs of Actions take locks with GitHub's own tokens: the contract's words, over real HTTP, with real keys."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.calling import Caller, served
from tests.flows.harness import REPO, Flow
from tests.flows.jobs import (
    AUDIENCE,
    FILES,
    OTHER,
    Job,
    account,
    believing,
    claims_of,
    issuer,
    stagelock,
)
from tests.flows.organization import HOME, ONE
from tests.issuer import SHOWN, Issuer, issuing

__all__ = ["issuer"]


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Flow]:
    """One server; each test has a group, or a run, of its own."""
    with believing(tmp_path_factory.mktemp("jobs"), issuer) as made:
        yield made


def test_another_token_of_the_run_renews_and_releases_and_another_run_does_not(
    flow: Flow, issuer: Issuer
):
    job, stranger = Job(flow, issuer, 1), Job(flow, issuer, 2)
    again = Job(flow, issuer, 1, run_attempt="2")
    held = job.ask("mine")
    assert held.status_code == 200, held.text
    token = held.json()["token"]
    assert (held.json()["holder"]["kind"], held.json()["holder"]["name"]) == ("job", "run 1")
    assert job.ask("mine").json()["id"] == held.json()["id"]

    for other in (stranger, again):
        assert other("GET", job.where).status_code == 404
        assert other("POST", f"{job.where}/heartbeat", {"token": token}).status_code == 404
        assert other("POST", f"{job.where}/release", {"token": token}).status_code == 404
    assert stranger.ask("mine").status_code == 202

    later = Job(flow, issuer, 1, jti="another")
    assert later("POST", f"{job.where}/heartbeat", {"token": token}).status_code == 200
    given = later("POST", f"{job.where}/release", {"token": token})
    assert (given.status_code, given.json()["state"]) == (200, "released")


def test_a_job_reads_and_takes_groups_of_its_repository_alone(flow: Flow, issuer: Issuer):
    job = Job(flow, issuer, 3)
    home = f"/locks/repo-{flow.world.repo(REPO).id}/again"
    assert job("GET", home).status_code == 200
    away = job.ask("again", repo=OTHER)
    assert (away.status_code, away.json()["error"]) == (403, "forbidden")
    elsewhere = flow.world.repo(OTHER).id
    for method, path in (
        ("GET", f"/locks/repo-{elsewhere}/again"),
        ("GET", f"/locks/{OTHER}/again"),
        ("GET", "/locks/nobody/knows/again"),
        ("GET", f"/locks/repo-{elsewhere}/again/requests/1"),
        ("GET", "/locks"),
        ("GET", f"/repos/{REPO}/pipeline"),
        ("GET", "/events"),
    ):
        assert job(method, path).status_code == 403, path
    said = job("POST", f"/repos/{REPO}/commands", {"key": "x", "command": "/promote one"})
    assert said.status_code == 403
    assert job("GET", f"/locks/{REPO}/again").status_code == 308


def test_a_job_takes_a_group_of_its_owner_by_number_and_of_no_other(flow: Flow, issuer: Issuer):
    path = f"/locks/org-{account(flow)}/e2e-env/requests"
    job = Job(flow, issuer, 4)
    assert job("POST", path, {"owner": "e2e"}).status_code == 200
    moved = Job(flow, issuer, 5, repository_owner_id="999999")
    assert moved("POST", path, {"owner": "e2e"}).status_code == 403
    not_installed = Job(flow, issuer, 6, repository_id="424242")
    assert not_installed("POST", path, {"owner": "e2e"}).status_code == 403


def test_a_job_is_told_of_its_own_repositorys_jobs_and_of_no_private_others(
    tmp_path: Path, issuer: Issuer
):
    """Also where the repository that keeps the organisation's file is public: a job is not of it."""
    env = {"STAGELOCK_OIDC_ISSUER": issuer.url, "STAGELOCK_OIDC_AUDIENCE": AUDIENCE}
    with served(tmp_path, **env) as flow:
        flow.repo({"README": "ours", "stagelock-locks.yaml": ONE}, HOME)
        flow.world.repo(HOME).private = False
        flow.repo(FILES)
        flow.repo(FILES, OTHER)
        path = f"/locks/org-{account(flow)}/e2e-env/requests"
        asked = {"owner": "e2e", "reason": "smoke of the merger"}
        assert Job(flow, issuer, 71)("POST", path, asked).status_code == 200
        ours = Job(flow, issuer, 72)("POST", path, asked).json()["holder"]
        assert (ours["name"], ours["reason"]) == ("run 71", "smoke of the merger")
        theirs = Job(flow, issuer, 73, OTHER)("POST", path, asked).json()["holder"]
        assert ours["repository"] == REPO
        assert (theirs["repository"], theirs["name"], theirs["reason"]) == (None, None, None)


@pytest.mark.parametrize(
    ("ref", "passes"),
    [
        ("refs/heads/main", True),
        ("refs/tags/main", True),
        ("refs/heads/release/1", True),
        ("refs/heads/release/1/2", False),
        ("refs/heads/hotfix/a/b", True),
        ("refs/heads/main/x", False),
        ("refs/heads/feature", False),
        ("refs/pull/7/merge", False),
        ("main", False),
    ],
)
def test_refs_name_the_branches_and_tags_whose_jobs_may_take_the_group(
    flow: Flow, issuer: Issuer, ref: str, *, passes: bool
):
    job = Job(flow, issuer, 7, ref=ref)
    answer = job.ask("narrow", owner=ref)
    assert answer.status_code in ((200, 202) if passes else (403,)), answer.text
    if not passes:
        assert ref in answer.json()["message"]
        place = f"/locks/repo-{flow.world.repo(REPO).id}/narrow"
        assert job("GET", place).status_code == 403
        joining = job("POST", f"{place}/requests", {"owner": "e2e", "join": 1})
        assert joining.status_code == 403


def test_a_pull_requests_job_passes_where_refs_is_not_given(flow: Flow, issuer: Issuer):
    answer = Job(flow, issuer, 8, ref="refs/pull/7/merge").ask("again")
    assert answer.status_code in (200, 202)


def test_what_is_not_right_is_401_and_an_issuer_that_is_away_lets_nobody_in(
    tmp_path: Path, issuer: Issuer, flow: Flow
):
    wrong = Caller(flow, issuer.token(aud="https://other.example.org", **claims_of(flow, REPO, 9)))
    answer = wrong("GET", "/locks")
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
    assert wrong.token not in answer.text
    with issuing() as silent:
        silent.down = True
        env = {"STAGELOCK_OIDC_ISSUER": silent.url, "STAGELOCK_OIDC_AUDIENCE": AUDIENCE}
        with served(tmp_path, **env) as made:
            made.repo(FILES)
            away = Job(made, silent, 10).ask("mine")
            assert (away.status_code, away.json()["error"]) == (503, "unavailable")
            assert Caller(made).get("/locks")["locks"]


def inside(issuer: Issuer) -> dict[str, str]:
    """What GitHub sets in a job that may ask for tokens."""
    return {
        "ACTIONS_ID_TOKEN_REQUEST_URL": issuer.url.replace("/issuer", "/token?api-version=2.0"),
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": SHOWN,
        "STAGELOCK_OIDC_AUDIENCE": AUDIENCE,
    }


def test_what_a_job_took_without_a_command_it_gives_back_by_name(flow: Flow, issuer: Issuer):
    issuer.claims = claims_of(flow, REPO, 12)
    took = stagelock(flow, ["lock", "command", "--repo", REPO], **inside(issuer))
    assert took.returncode == 0, took.stderr
    place = f"/locks/repo-{flow.world.repo(REPO).id}/command"
    assert [holder["kind"] for holder in Caller(flow).get(place)["holders"]] == ["job"]

    gave = stagelock(flow, ["unlock", "command", "--repo", REPO], **inside(issuer))

    assert gave.returncode == 0, gave.stderr
    assert Caller(flow).get(place)["holders"] == []


def test_the_command_line_inside_actions_shows_a_fresh_token_each_time(flow: Flow, issuer: Issuer):
    issuer.claims = claims_of(flow, REPO, 11)
    command = [sys.executable, "-c", "print('ran')"]
    done = stagelock(flow, ["lock", "command", "--repo", REPO, "--", *command], **inside(issuer))
    assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr
    assert len(issuer.handed_out) >= 2
    assert len(set(issuer.handed_out)) == len(issuer.handed_out)
    assert all(token not in done.stderr + done.stdout for token in (*issuer.handed_out, SHOWN))
    place = f"/locks/repo-{flow.world.repo(REPO).id}/command"
    assert Caller(flow).get(place)["holders"] == []


def test_a_job_that_may_not_ask_for_a_token_is_told_the_permission(flow: Flow):
    done = stagelock(flow, ["lock", "command", "--repo", REPO, "--", "true"])
    assert done.returncode == 2
    assert "id-token: write" in done.stderr
