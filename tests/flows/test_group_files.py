"""The organisation's file of lock groups, and a repository whose looks fail in its queues."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.sandbox.github.model import Run
from tests.flows.harness import REPO, Flow, flowing
from tests.flows.locking import locked
from tests.flows.organization import API, HOME, ONE, SHARED, THIRD, defined, files, live, says
from tests.flows.pipelines import pipeline
from tests.flows.words import replies, say

TWO = ONE.replace("permits: 1", "permits: 2")
NAME = "stagelock-locks.yaml"
SECRET = "acme/vault-of-mergers"


def config(flow: Flow, sha: str, repo: str = HOME) -> Run:
    """The only run of that name on the commit."""
    runs = [r for r in flow.world.checks(repo, sha) if r.name == "stagelock / config"]
    assert len(runs) == 1, runs
    return runs[0]


def places(run: Run) -> list[tuple[str, int, int]]:
    return [(a["path"], a["start_line"], a["start_column"]) for a in run.annotations]


def word(flow: Flow, repo: str) -> str:
    """The state of its only live request, "" where there is none."""
    return "".join(state for _, state in live(flow, repo))


def told(flow: Flow, repo: str) -> str:
    """Every word of ours that people see in a repository."""
    runs: list[Any] = [
        run for c in flow.world.log(repo, "main") for run in flow.world.checks(repo, c.sha)
    ]
    runs += [r for p in flow.world.pulls(repo) for r in flow.world.checks(repo, p.head_sha)]
    texts = [f"{r.title}\n{r.summary}\n{r.text}" for r in runs if r.name.startswith("stagelock")]
    said = [c.body for c in flow.world.comments(repo) if c.user.login == "stagelock[bot]"]
    return "\n".join(texts + said)


def fails(flow: Flow, repo: str, times: int = 8) -> None:
    """So many looks at the repository in a row come to nothing."""
    flow.world.faults.add("GIT", rf"/{repo}\.git", times=10_000)
    flow.world.faults.add("*", rf"/repos/{repo}(/|$)", times=10_000)
    key = f"repo-{flow.world.repo(repo).id}"
    for _ in range(times):
        flow.app.store.work.touch(key)
        flow.settle()


def test_each_problem_is_at_its_line_and_column_and_the_newest_valid_version_stays(flow: Flow):
    """Not an older one; once it is mended, what stands there counts."""
    defined(flow)
    says(flow, TWO)
    says(flow, "version: 1\nlocks:\n  e2e-env:\n    permits: 1\n    max-hld: 2h\n  Bad Name: {}\n")

    run = config(flow, flow.tip(repo=HOME))
    assert run.conclusion == "failure"
    assert places(run) == [(NAME, 5, 5), (NAME, 6, 3)]
    assert "did you mean `max-hold`" in run.annotations[0]["message"]
    flow.repo(files("one"))
    flow.repo(files("two"), API)
    flow.repo(files("three"), THIRD)
    assert [word(flow, r) for r in (REPO, API, THIRD)] == ["held", "held", "queued"]

    says(flow, ONE.replace("permits: 1", "permits: 3"))
    assert config(flow, flow.tip(repo=HOME)).conclusion == "success"
    assert word(flow, THIRD) == "held"


def test_fewer_permits_bind_new_grants_only(flow: Flow):
    defined(flow, TWO)
    first = flow.repo(files("one"))
    second = flow.repo(files("two"), API)
    says(flow, ONE)
    assert (word(flow, REPO), word(flow, API)) == ("held", "held")
    flow.repo(files("three"), THIRD)
    flow.finish(flow.landed("one", first), "one")
    assert word(flow, THIRD) == "queued"
    flow.world.finish_check(API, flow.landed("two", second, repo=API), "two")
    flow.settle()
    assert word(flow, THIRD) == "held"


def test_what_cannot_be_read_as_yaml_is_one_problem_at_its_place(flow: Flow):
    defined(flow)
    says(flow, "version: 1\nlocks:\n  e2e-env: {permits: 1\n  b: {}\n")
    run = config(flow, flow.tip(repo=HOME))
    assert run.conclusion == "failure"
    assert all(path == NAME and line >= 3 and column >= 1 for path, line, column in places(run))
    assert len(run.annotations) == 1
    says(flow, "version: 1\nlocks:\n  e2e-env: {permits: 1}\n  e2e-env: {permits: 2}\n")
    assert places(config(flow, flow.tip(repo=HOME))) == [(NAME, 4, 3)]
    flow.repo(files("one"))
    assert word(flow, REPO) == "held"


def test_a_removed_file_refuses_its_groups_until_an_older_text_is_back(flow: Flow):
    """Removed is absent, not invalid: no version stays in force."""
    defined(flow)
    says(flow, None)
    first = flow.repo(files("one"))
    assert word(flow, REPO) == "queued"
    run = config(flow, first, REPO)
    assert run.conclusion == "failure"
    assert places(run) == [("stagelock.yaml", 12, 3)]
    say(flow, first, "/lock e2e-env for a look")
    assert replies(flow, first)[-1].startswith("Not done")
    says(flow, ONE)
    assert word(flow, REPO) == "held"


def test_a_proposal_from_a_fork_is_linted_and_counts_once_it_is_merged(flow: Flow):
    defined(flow)
    flow.world.repo(HOME).private = False
    fork = flow.world.fork(HOME, "mallory").full_name
    wrong = {NAME: TWO + "  x: {permit: 1}\n"}
    bad = flow.world.push(fork, "more", wrong, "mallory", parent=flow.tip(repo=fork))
    pull = flow.world.open_pull(HOME, "mallory:more", by="mallory")
    flow.settle()
    run = config(flow, bad)
    assert (run.conclusion, places(run)) == ("failure", [(NAME, 4, 7)])
    good = flow.world.push(fork, "more", {NAME: TWO}, "mallory")
    flow.settle()
    assert config(flow, good).conclusion == "success"

    flow.repo(files("one"))
    flow.repo(files("two"), API)
    assert (word(flow, REPO), word(flow, API)) == ("held", "queued")
    flow.world.merge(HOME, pull.number, "squash")
    flow.settle()
    assert word(flow, API) == "held"


def test_one_commit_with_both_files_has_the_problems_of_both_each_at_its_own(flow: Flow):
    """And which of the two is wrong says nothing about the other."""
    defined(flow)
    own = pipeline(locked("here", "e2e-env") + SHARED)
    bad = own.replace("lock: e2e-env", "lok: e2e-env")
    both = {"stagelock.yaml": bad, NAME: "version: 1\nlocks: {e2e-env: {permit: 2}}\n"}
    sha = flow.world.push(HOME, "main", {**both, "apps/web/a": "1"})
    flow.settle()
    run = config(flow, sha)
    assert run.conclusion == "failure"
    assert {path for path, _, _ in places(run)} == {"stagelock.yaml", NAME}
    assert (NAME, 2, 19) in places(run)

    sha = flow.world.push(HOME, "main", {"stagelock.yaml": own, NAME: TWO + "  B: {}\n"})
    flow.settle()
    run = config(flow, sha)
    assert (run.conclusion, places(run)) == ("failure", [(NAME, 4, 3)])
    assert live(flow, HOME) == [("here", "held")]
    sha = flow.world.push(HOME, "main", {"stagelock.yaml": bad, NAME: TWO})
    flow.settle()
    assert config(flow, sha).conclusion == "failure"
    flow.repo(files("one"))
    assert word(flow, REPO) == "held"


def test_a_persons_account_has_no_groups_until_its_stage_names_one_of_its_own(tmp_path: Path):
    with flowing(tmp_path) as flow:
        in_a_persons_account(flow)


def in_a_persons_account(flow: Flow) -> None:
    flow.world.user("mia")
    flow.repo({"README": "me", NAME: ONE}, "mia/.github")
    home = flow.tip(repo="mia/.github")
    assert not [r for r in flow.world.checks("mia/.github", home) if r.conclusion == "success"]
    first = flow.repo(files("one"), "mia/shop")
    run = config(flow, first, "mia/shop")
    assert run.conclusion == "failure"
    assert places(run) == [("stagelock.yaml", 12, 3)]
    assert word(flow, "mia/shop") == "queued"
    own = files("one")["stagelock.yaml"].replace("scope: organization", "permits: 1")
    flow.world.push("mia/shop", "main", {"stagelock.yaml": own})
    flow.settle()
    assert word(flow, "mia/shop") == "held"


def test_nothing_in_the_organisations_own_repository_names_a_private_one(flow: Flow):
    """Its runs, replies to status, why, lock, unlock and force; its own stage waits, too."""
    flow.repo(
        {
            "stagelock.yaml": pipeline(locked("here", "e2e-env") + SHARED),
            NAME: ONE,
        },
        HOME,
    )
    flow.repo(files("mergers-stage"), SECRET)
    assert word(flow, SECRET) == "held"
    first = flow.world.push(HOME, "main", {"apps/web/a": "1"})
    flow.settle()
    assert live(flow, HOME) == [("here", "queued")]
    flow.world.repo(HOME).roles["alice"] = "admin"
    asked = "/stagelock status\n/why here\n/lock e2e-env a look\n/unlock e2e-env"
    say(flow, first, asked, "alice", HOME)
    say(flow, first, "/unlock e2e-env --force it is stuck", "alice", HOME)
    assert (word(flow, SECRET), live(flow, HOME)) == ("", [("here", "held")])
    said = told(flow, HOME)
    assert "another repository of acme" in said
    assert "vault" not in said
    assert "mergers" not in said


def test_who_may_not_write_where_the_group_is_used_cannot_lock_it(flow: Flow):
    """A repository that does not use it knows no such group."""
    defined(flow)
    flow.repo(files("one"))
    other = flow.repo({"stagelock.yaml": pipeline(locked("x", "own")) + "locks: {own: {}}\n"}, API)
    say(flow, other, "/lock e2e-env a look", repo=API)
    assert replies(flow, other, API)[-1].startswith("Not done")
    first = flow.tip()
    say(flow, first, "/lock e2e-env a look", by="carol")
    assert "needs *write*" in replies(flow, first)[-1]
    assert not [r for r in (*flow.requests(), *flow.requests(API)) if "a look" in str(r)]


def test_who_fails_while_it_waits_is_passed_and_comes_back_before_who_asked_later(flow: Flow):
    """A few failed looks are not eight; the place is as old as the request, after a restart, too."""
    defined(flow)
    first = flow.repo(files("one"))
    flow.repo(files("two"), API)
    flow.repo(files("three"), THIRD)
    fails(flow, API, 4)
    flow.finish(flow.landed("one", first), "one")
    flow.sweep()
    assert word(flow, THIRD) == "queued"
    fails(flow, API, 8)
    flow.reboot()
    flow.sweep()
    assert (word(flow, API), word(flow, THIRD)) == ("queued", "held")

    flow.push({"apps/web/a": "2"})
    assert word(flow, REPO) == "queued"
    flow.world.faults.clear()
    flow.app.store.work.touch(f"repo-{flow.world.repo(API).id}")
    flow.settle()
    third = flow.landed("three", flow.newest(THIRD), repo=THIRD)
    flow.world.finish_check(THIRD, third, "three")
    flow.settle()
    assert (word(flow, API), word(flow, REPO)) == ("held", "queued")


def test_what_it_holds_while_its_looks_fail_blocks_on_until_somebody_forces_it(flow: Flow):
    defined(flow)
    second = flow.repo(files("two"), API)
    first = flow.repo(files("one"))
    fails(flow, API, 9)
    flow.sweep()
    assert (word(flow, API), word(flow, REPO)) == ("held", "queued")
    flow.world.repo(HOME).roles["carol"] = "maintain"
    say(flow, first, "/unlock e2e-env --force it fails", by="carol")
    assert word(flow, REPO) == "held"
    flow.world.faults.clear()
    flow.app.store.work.touch(f"repo-{flow.world.repo(API).id}")
    flow.settle()
    assert [r.state for r in flow.requests(API)][:1] == ["forced"]
    assert word(flow, REPO) == "held"
    assert flow.shown(second, "lock / e2e-env", API).conclusion == "cancelled"
