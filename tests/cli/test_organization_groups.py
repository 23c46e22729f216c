"""`lock`, `locks`, `unlock` and `--force` of a group of the organisation, by its name, end to end."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cli.asking import ended, stagelock
from tests.flows.calling import Caller, served
from tests.flows.harness import REPO
from tests.flows.organization import HOME, ONE, files, live

__all__ = ["stagelock"]

PRINTS = (sys.executable, "-c", "import os; print(os.environ['STAGELOCK_FENCE'])")


@pytest.fixture(scope="module")
def flow(tmp_path_factory):
    with served(tmp_path_factory.mktemp("organization")) as made:
        made.repo({"README": "ours", "stagelock-locks.yaml": ONE}, HOME)
        yield made


def number(flow):
    return next(one.account_id for one in flow.app.store.installs.all() if one.account == "acme")


def group(flow):
    return Caller(flow).get(f"/locks/org-{number(flow)}/e2e-env")


def while_looking(flow, process):
    """How *process* ended, while the App goes on looking."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(ended, process)
        while not done.done():
            flow.settle()
        return done.result()


def test_a_name_leads_to_the_organisations_number_for_each_method(flow):
    asked = Caller(flow, "lock-me")
    for method, path, body in (
        ("GET", "/locks/acme/e2e-env", None),
        ("POST", "/locks/acme/e2e-env/requests", {"owner": "x"}),
    ):
        led = asked(method, path, body)
        assert led.status_code == 308
        there = path.replace("acme", f"org-{number(flow)}")
        assert led.headers["location"].endswith(f"/api/v1{there}")
    assert Caller(flow, "wrong")("GET", "/locks/acme/e2e-env").status_code == 401


def test_a_command_runs_under_the_organisations_group_by_its_name(flow, stagelock):
    code, out, err = ended(stagelock("lock", "e2e-env", "--org", "acme", "--", *PRINTS, repo=""))
    assert (code, out.strip().isdigit()) == (0, True), err
    assert group(flow)["holders"] == []


def test_it_is_listed_held_and_given_back_by_its_name(flow, stagelock):
    taken = ended(stagelock("lock", "e2e-env", "--org", "acme", "--ttl", "5m", repo=""))
    assert (taken[0], "e2e-env is held: token" in taken[1]) == (0, True), taken[2]
    code, out, err = ended(stagelock("locks", "--org", "acme", repo=""))
    assert code == 0, err
    assert out.startswith("e2e-env ")
    assert "held by" in out
    assert "no lock groups" in ended(stagelock("locks", "--org", "nobody", repo=""))[1]
    assert ended(stagelock("unlock", "e2e-env", "--org", "acme", token="lock-you", repo=""))[0] == 1
    assert ended(stagelock("unlock", "e2e-env", "--org", "acme", repo=""))[0] == 0
    assert group(flow)["holders"] == []


def test_who_waits_is_granted_when_it_is_given_back(flow, stagelock):
    ended(stagelock("lock", "e2e-env", "--org", "acme", "--ttl", "5m", repo=""))
    second = stagelock("lock", "e2e-env", "--org", "acme", "--", *PRINTS, token="lock-you", repo="")
    line = second.stderr.readline()
    assert "waiting for e2e-env: 1st of 1, held by another repository of acme since" in line
    assert ended(stagelock("unlock", "e2e-env", "--org", "acme", repo=""))[0] == 0
    assert while_looking(flow, second)[0] == 0


def test_an_organisation_or_group_that_is_not_there_is_the_answer_no(flow, stagelock):
    for words in (("--org", "nobody"), ("--org", "acme")):
        name = "e2e-env" if words[1] == "nobody" else "nothing"
        code, _, err = ended(stagelock("lock", name, *words, "--", "true", repo=""))
        assert code == 1, err


def test_force_takes_it_away_from_whatever_repository_has_it(flow, stagelock):
    """Said in the organisation's own repository, which has no pipeline: its file of groups does."""
    flow.repo(files("one"))
    assert live(flow, REPO) == [("one", "held")]
    force = ("unlock", "e2e-env", "--org", "acme", "--force", "stuck since noon")
    code, _, err = while_looking(flow, stagelock(*force, token="lock-me", repo=""))
    assert code == 1
    assert "scope admin" in err
    assert "comment `/unlock e2e-env --force stuck since noon` in acme/.github" in err

    code, out, err = while_looking(flow, stagelock(*force, token="keep-me", repo=""))
    assert code == 0, err
    assert "e2e-env was taken away from another repository of acme" in out
    assert live(flow, REPO) == []
    assert flow.requests(REPO)[0].state == "forced"
    assert while_looking(flow, stagelock(*force, token="keep-me", repo=""))[0] == 1


def test_status_tells_the_locks_of_a_repository_that_refers_to_the_organisations(flow, stagelock):
    flow.repo(files("one"), "acme/other")
    code, out, err = ended(stagelock("status", repo="acme/other"))
    assert code == 0, err
    assert f"lock e2e-env (org-{number(flow)}): held by acme/other one since" in out

    flow.world.push(HOME, "main", {"stagelock-locks.yaml": "version: 1\nlocks: {}\n"})
    flow.settle()
    code, out, err = ended(stagelock("status", repo="acme/other"))
    assert code == 0, err
    assert f"lock e2e-env (org-{number(flow)}): " in out
    flow.world.push(HOME, "main", {"stagelock-locks.yaml": ONE})
    flow.settle()
