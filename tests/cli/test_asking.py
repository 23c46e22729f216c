"""The commands that ask a server: `locks`, `status`, `why`, `lock`, `unlock`, against the real one."""

import json
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from tests.cli.asking import ended, environ, holders, stagelock
from tests.flows.calling import Caller, served
from tests.flows.harness import REPO
from tests.flows.locking import locked
from tests.flows.pipelines import pipeline

__all__ = ["stagelock"]

NAMES = ("floor", "env", "code", "wait", "late", "sig", "own", "taken")
FILES = {
    "stagelock.yaml": pipeline(
        locked("one", "floor")
        + locked("two", "floor")
        + "locks:\n"
        + "".join(f"  {name}: {{permits: 1}}\n" for name in NAMES)
        + "  patient: {permits: 1, max-wait: 30m}\n  pair: {permits: 2}\n"
    ),
    "apps/web/a": "1",
}
ASKING = (["locks"], ["status"], ["why", "one"], ["lock", "env", "--", "true"], ["unlock", "env"])


@pytest.fixture(scope="module")
def flow(tmp_path_factory):
    """One server; each test that locks has a group of its own."""
    with served(tmp_path_factory.mktemp("asked")) as made:
        made.repo(FILES)
        yield made


@pytest.mark.parametrize("arguments", ASKING, ids=lambda arguments: arguments[0])
def test_where_no_server_is_named_it_is_a_usage_error(arguments):
    done = subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        capture_output=True,
        text=True,
        env=environ(GITHUB_REPOSITORY=REPO),
        timeout=90,
        check=False,
    )

    assert done.returncode == 2
    assert "STAGELOCK_URL" in done.stderr


@pytest.mark.parametrize("arguments", ASKING, ids=lambda arguments: arguments[0])
def test_a_server_that_does_not_answer_is_told_and_the_token_is_not(stagelock, arguments):
    away = {"STAGELOCK_URL": "http://127.0.0.1:1"}
    code, out, err = ended(stagelock(*arguments, token="hush-hush", **away))

    assert code == 3
    assert "no answer from http://127.0.0.1:1" in err
    assert "hush" not in out + err


def test_a_token_that_is_not_known_or_not_for_this(stagelock):
    code, _, err = ended(stagelock("locks", token="hush-hush"))
    assert (code, "STAGELOCK_TOKEN" in err, "hush" in err) == (3, True, False)
    code, _, err = ended(stagelock("status", token="move-me"))
    assert (code, "scope read" in err) == (1, True)


def test_status_tells_every_stage_and_lock(stagelock):
    code, out, err = ended(stagelock("status"))
    assert code == 0, err
    lines = out.splitlines()
    assert lines[0] == REPO
    [one] = [line for line in lines if line.startswith("one ")]
    assert "web " in one
    assert any(line.startswith("lock floor") and "held by acme/shop one" in line for line in lines)

    code, out, _ = ended(stagelock("status", "--repo", REPO, "--format", "json", repo=""))
    assert [stage["name"] for stage in json.loads(out)["stages"]] == ["one", "two"]


def test_the_repository_is_that_of_the_clone_where_nothing_else_is_said(stagelock, tmp_path):
    for words in (("init", "-q"), ("remote", "add", "origin", "git@github.com:acme/shop.git")):
        subprocess.run(["git", "-C", tmp_path, *words], check=True)
    code, out, err = ended(stagelock("why", "two", repo="", folder=tmp_path))
    assert code == 0, err
    assert out.startswith("two  web ")
    assert "lock" in out

    subprocess.run(["git", "-C", tmp_path, "remote", "remove", "origin"], check=True)
    code, _, err = ended(stagelock("why", "two", repo="", folder=tmp_path))
    assert (code, "--repo OWNER/NAME" in err) == (2, True)


def test_what_is_not_there_is_the_answer_no(stagelock):
    assert ended(stagelock("why", "nothing"))[0] == 1
    assert ended(stagelock("status", "--repo", "acme/other"))[0] == 1
    assert ended(stagelock("why", "one", "xyz"))[0] == 2


def test_locks_tells_each_group_a_line(stagelock):
    code, out, err = ended(stagelock("locks", "--repo", REPO))
    assert code == 0, err
    lines = {line.split(" ")[0]: line for line in out.splitlines()}
    assert {*NAMES, "patient", "pair"} == set(lines)
    assert "held by acme/shop one since" in lines["floor"]
    assert "1 wait: acme/shop two" in lines["floor"]
    assert lines["env"].endswith(": free")
    assert lines["pair"].endswith(": free (0 of 2 taken)")  # as `/stagelock status` says it


def test_the_command_runs_under_the_lock_and_knows_its_fence(flow, stagelock):
    told = "import os; print(os.environ['STAGELOCK_FENCE'], repr(os.environ['STAGELOCK_PERMIT']))"
    code, out, err = ended(stagelock("lock", "env", "--", sys.executable, "-c", told))

    assert code == 0, err
    token, permit = out.split()
    assert (token.isdigit(), permit) == (True, "''")
    assert holders(flow, "env") == []
    again = ended(stagelock("lock", "env", "--ttl", "10s", "--", sys.executable, "-c", told))
    assert int(again[1].split()[0]) > int(token)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["-c", "raise SystemExit(7)"], 7),
        (["-c", "import os; os.kill(os.getpid(), 9)"], 137),
    ],
)
def test_the_exit_code_is_the_commands(flow, stagelock, command, code):
    assert ended(stagelock("lock", "code", "--", sys.executable, *command))[0] == code
    assert holders(flow, "code") == []


def test_a_command_that_is_not_there_gives_the_lock_back(flow, stagelock):
    code, _, err = ended(stagelock("lock", "code", "--", "no-such-program"))

    assert (code, "no-such-program" in err) == (127, True)
    assert holders(flow, "code") == []


def test_the_second_waits_with_a_line_that_people_read_and_ctrl_c_leaves(flow, stagelock):
    holder = Caller(flow, "lock-you")
    group = f"/locks/repo-{flow.world.repo(REPO).id}/wait"
    held = holder("POST", f"{group}/requests", {"owner": "me"})
    second = stagelock("lock", "wait", "--", "true")
    line = second.stderr.readline()
    assert "waiting for wait: 1st of 1, held by acme/shop other since" in line
    second.send_signal(signal.SIGINT)
    assert ended(second)[0] == 130
    assert Caller(flow).get(group)["queue"] == []

    third = stagelock("lock", "wait", "--", sys.executable, "-c", "print('in')")
    assert "waiting" in third.stderr.readline()
    where = held.headers["location"]
    holder("POST", f"{where}/release", {"token": held.json()["token"]})
    flow.settle()
    code, out, _ = ended(third)
    assert (code, out) == (0, "in\n")


def test_where_the_groups_own_max_wait_is_over_it_says_no(flow, stagelock):
    group = f"/locks/repo-{flow.world.repo(REPO).id}/patient"
    Caller(flow, "lock-you")("POST", f"{group}/requests", {"owner": "me", "ttl": "1h"})
    waits = stagelock("lock", "patient", "--ttl", "1h", "--", "true")
    assert "waiting for patient" in waits.stderr.readline()
    flow.passes(minutes=31)
    code, _, err = ended(waits)
    assert (code, "was not granted in time" in err) == (1, True)


def test_who_is_not_granted_in_time_leaves_and_says_no(flow, stagelock):
    group = f"/locks/repo-{flow.world.repo(REPO).id}/late"
    Caller(flow, "lock-you")("POST", f"{group}/requests", {"owner": "me"})
    code, _, err = ended(stagelock("lock", "late", "--max-wait", "1s", "--", "true"))

    assert (code, "not granted in time" in err) == (1, True)
    assert Caller(flow).get(group)["queue"] == []


def test_signals_go_on_to_the_command(flow, stagelock):
    script = (
        "import signal, sys\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n"  # it is kept until it is asked for
        "print('ready', flush=True)\n"
        "signal.sigwait([signal.SIGTERM])\n"
        "sys.exit(9)"
    )
    process = stagelock("lock", "sig", "--", sys.executable, "-c", script)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)

    assert ended(process)[0] == 9
    assert holders(flow, "sig") == []


def nested(*locks):
    """`stagelock lock A -- stagelock lock B -- ... -- echo inside`, without its first word."""
    inner = [sys.executable, "-m", "app"]
    words = ["echo", "inside"]
    for lock in reversed(locks):
        words = [*inner, "lock", *lock, "--", *words]
    return words[len(inner) :]


@pytest.mark.parametrize(
    "locks",
    [
        [["own"], ["env"], ["own"]],
        [["own"], ["env"], ["code"], ["env"], ["own"]],
        [["own"], ["own", "--repo", REPO.upper()]],
    ],
)
def test_a_lock_inside_any_lock_of_the_same_group_joins_it(flow, stagelock, locks):
    """However many others are between, and in whatever case its repository is written."""
    last = [*locks[-1], "--max-wait", "20s"]
    code, out, err = ended(stagelock(*nested(*locks[:-1], last)))
    assert (code, out) == (0, "inside\n"), err
    assert [holders(flow, group) for group in ("own", "env", "code")] == [[], [], []]


def test_a_number_alone_is_of_the_lock_that_the_command_runs_under_and_of_no_other(stagelock):
    code, out, err = ended(stagelock(*nested(["own"], ["env"])))
    assert (code, out) == (0, "inside\n"), err


def test_what_is_no_token_in_the_fence_is_said_with_the_variables_name(stagelock):
    code, _, err = ended(stagelock("lock", "own", "--", "true", STAGELOCK_FENCE="abc"))
    assert code == 2
    assert err == "stagelock: STAGELOCK_FENCE: 'abc' is no fencing token, nor GROUP=TOKEN\n"


def test_a_lock_inside_a_lock_of_the_same_group_joins_it(flow, stagelock):
    inner = [sys.executable, "-m", "app", "lock", "own", "--", "echo", "inside"]
    code, out, err = ended(stagelock("lock", "own", "--", *inner))

    assert (code, out) == (0, "inside\n"), err
    outdated = ended(stagelock("lock", "own", "--join", "99999", "--", "echo", "never"))
    assert (outdated[0], outdated[1]) == (1, "")
    assert "outdated" in outdated[2]


def test_without_a_command_it_is_held_until_it_is_given_back(flow, stagelock):
    code, out, err = ended(stagelock("lock", "own", "--ttl", "5m"))
    assert (code, "own is held: token" in out) == (0, True), err
    assert [holder["kind"] for holder in holders(flow, "own")] == ["client"]
    assert ended(stagelock("unlock", "own", token="lock-you"))[0] == 1
    assert ended(stagelock("unlock", "own"))[0] == 0
    assert holders(flow, "own") == []
    assert ended(stagelock("unlock", "own"))[0] == 1


def test_a_lock_that_was_taken_away_ends_the_command(flow, stagelock):
    script = "import signal; print('ready', flush=True); signal.pause()"
    process = stagelock("lock", "taken", "--ttl", "10s", "--", sys.executable, "-c", script)
    assert process.stdout.readline() == "ready\n"
    [holder] = holders(flow, "taken")
    key = f"repo-{flow.world.repo(REPO).id}"
    flow.app.store.work.touch(key)
    claim = flow.app.store.work.claim("somebody", timedelta(seconds=30))
    flow.app.store.locks.end(
        claim, int(holder["id"]), "forced", "mia needs it", flow.clock(), by="mia"
    )

    code, _, err = ended(process)
    assert code == 1
    assert "taken is no longer held" in err


def test_a_lock_without_a_command_and_its_end_are_told_as_the_api_tells_them(flow, stagelock):
    code, out, err = ended(stagelock("lock", "own", "--format", "json"))
    assert code == 0, err
    held = json.loads(out)
    assert (held["state"], held["token"]) == ("held", holders(flow, "own")[0]["token"])

    code, out, err = ended(stagelock("unlock", "own", "--format", "json"))
    assert code == 0, err
    assert json.loads(out)["state"] == "released"
    assert ended(stagelock("lock", "own", "--format", "json", "--", "true"))[0] == 2
