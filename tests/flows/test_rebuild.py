"""The database is lost, and made anew from what Git and GitHub still know."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import startup
from app.core.model.names import FreightId, GroupName, Sha, StageName, WarehouseName
from app.core.model.promotion_ids import promotion_id
from app.core.text.markup import event_id
from app.engine.rebuild.rebuild import Report
from app.observe import Redactor
from app.sandbox.demo.launch import SLUG
from app.settings import Settings
from tests.flows.harness import REPO, Flow, flowing
from tests.flows.test_organization_locks import API, defined, files, live
from tests.flows.words import replies, say
from tests.keys import openssh_key

PIPELINE = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
  e2e:
    needs: [dev]
    path: stages/e2e
    lock: floor
    verify: {checks: [e2e]}
  prod:
    needs: [e2e]
    path: stages/prod
    auto: false
    via: pull-request
locks:
  floor: {permits: 1}
"""
FILES = {"stagelock.yaml": PIPELINE, "apps/web/a": "1"}


def lose(flow: Flow) -> None:
    """The database is gone, with every process that had it open; nothing is on its way to them."""
    flow.world.flush()
    for app in flow._booted:  # the harness's own
        app.close()
    folder = flow.app.settings.data_dir
    for file in folder.glob("stagelock.db*"):
        file.unlink()


def rebuild(flow: Flow, only: str | None = None) -> Sequence[Report]:
    """What `stagelock rebuild` does."""
    settings = Settings.load(flow.environ)
    with startup.rebuilding(settings, Redactor([]), flow.clock) as work:
        return list(work.run(only))


def known(flow: Flow) -> list[tuple[object, ...]]:
    """What matters of every promotion that reached its branch or its pull request."""
    return sorted(
        (p.id, p.stage, str(p.freight), p.state, p.landed or "", p.pull or 0, p.attempt)
        for p in flow.promotions()
    )


def runs(flow: Flow) -> Counter[tuple[str, str, str]]:
    """Our check runs by natural key."""
    found = flow.sandbox.hub.runs.values()
    ours = [r for r in found if r.name.startswith("stagelock / ")]
    return Counter((r.name, r.head_sha, r.external_id or "") for r in ours)


@dataclass(frozen=True, slots=True)
class Before:
    """A world with a pull request open and a lock held by a running check."""

    first: str
    second: str
    running: str
    promotions: list[tuple[object, ...]]
    token: int

    @classmethod
    def of(cls, flow: Flow) -> Before:
        first = flow.repo(FILES)
        flow.finish(flow.landed("e2e", first), "e2e")
        say(flow, first, "/promote prod")
        second = flow.push({"apps/web/a": "2"})
        running = flow.landed("e2e", second)
        flow.world.start_check(REPO, running, "e2e", app="jenkins")
        flow.settle()
        token = next(r.tokens[GroupName("floor")] for r in flow.requests() if r.state == "held")
        return cls(first, second, running, known(flow), token)

    def finish(self, flow: Flow) -> None:
        """The check that was running ends."""
        flow.world.finish_check(REPO, self.running, "e2e", app="jenkins")
        flow.settle()


def test_the_records_are_what_they_were(flow: Flow):
    """Made of commits, pull requests and our check runs; nothing is written to GitHub meanwhile."""
    was = Before.of(flow)
    [pull] = [p for p in flow.promotions() if p.stage == "prod"]
    writes = len(flow.writes())

    lose(flow)
    [report] = rebuild(flow)

    assert (report.name, report.outcome, report.doubted) == (REPO, "rebuilt", ())
    assert len(flow.writes()) == writes
    assert known(flow) == was.promotions
    [prod] = [p for p in flow.promotions() if p.stage == "prod"]
    assert (prod.pull, prod.head, prod.started_by) == (pull.pull, pull.head, "bob")
    [grant] = flow.requests()
    assert (grant.stage, grant.state) == ("e2e", "suspect")
    assert dict(grant.tokens) == {"floor": was.token}
    assert [h.stage for h in flow.records().holds] == ["dev", "e2e"]

    [again] = rebuild(flow)
    assert again.outcome == "earlier"
    assert known(flow) == was.promotions
    flow.boot()
    goes_on(flow, was)


def goes_on(flow: Flow, was: Before) -> None:
    """What was under way ends as it would have; then, resumed, everything takes its course."""
    tip = flow.tip()
    flow.settle()
    assert [(r.stage, r.state) for r in flow.requests()] == [("e2e", "held")]
    assert (flow.tip(), flow.state(was.running, "e2e")) == (tip, "in_progress")
    was.finish(flow)
    assert [r.state for r in flow.requests()] == ["released"]
    assert flow.state(was.running, "e2e") == "success"

    third = flow.push({"apps/web/a": "3"})
    shown = flow.run(third, "dev")
    assert shown is not None
    assert (shown.status, shown.title) == ("queued", "on hold: rebuilt, please confirm")
    say(flow, third, "/resume dev\n/resume e2e")
    newest = next(r for r in flow.requests() if r.state == "held")
    assert newest.tokens[GroupName("floor")] > was.token
    flow.finish(flow.landed("e2e", third), "e2e")
    [pull] = [p.pull for p in flow.promotions() if p.pull is not None]
    flow.world.merge(REPO, pull, by="alice")
    flow.settle()
    nothing_twice(flow, was, third)


def nothing_twice(flow: Flow, was: Before, third: str) -> None:
    """No promotion, check run or reply is made a second time; then there is rest."""
    landed = Counter((p.stage, p.freight.sha) for p in flow.promotions() if p.landed)
    both = Counter((s, f) for s in ("dev", "e2e") for f in (was.first, was.second, third))
    assert landed == both + Counter([("prod", was.first)])
    assert flow.state(was.first, "prod") == "success"
    promoted = [s for s in flow.subjects() if s.startswith("Promote")]
    assert len(promoted) == len(set(promoted))
    assert len(replies(flow, was.first)) == 1
    assert max(runs(flow).values()) == 1
    writes = len(flow.writes())
    flow.sweep()
    flow.look()
    assert len(flow.writes()) == writes


SMALL = PIPELINE.replace("    verify: {checks: [e2e]}\n", "").replace("    lock: floor\n", "")


def command(flow: Flow, *words: str) -> subprocess.CompletedProcess[str]:
    """The real command, in a process of its own."""
    argv = [sys.executable, "-m", "app", "rebuild", *words]
    env = {**os.environ, **flow.environ}
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=120)


def killed_after_its_first_line(flow: Flow) -> str:
    """`kill -9` in the middle of it; the line."""
    argv = [sys.executable, "-m", "app", "rebuild"]
    env = {**os.environ, **flow.environ}
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.kill()
    return line


def test_what_a_rollback_had_rejected_stays_out_of_its_stage(flow: Flow):
    """Only a rollback lands older freight over newer: the commits say so."""
    plain = PIPELINE.replace("    lock: floor\n    verify: {checks: [e2e]}\n", "")
    first = flow.repo({**FILES, "stagelock.yaml": plain})
    second = flow.push({"apps/web/a": "2"})
    say(flow, second, f"/rollback e2e to {first[:12]}")
    before = {(p.stage, p.freight): p.leaves for p in flow.promotions() if p.leaves}
    assert list(before.values()) == [FreightId(WarehouseName("web"), Sha(second))]
    lose(flow)
    rebuild(flow)
    flow.boot()
    flow.look()

    assert {(p.stage, p.freight): p.leaves for p in flow.promotions() if p.leaves} == before
    say(flow, second, "/resume dev")
    say(flow, second, "/resume e2e")
    flow.passes(minutes=10)
    assert flow.world.tree(REPO, "main", "stages/e2e")["stages/e2e/web/a"] == b"1"
    third = flow.push({"apps/web/a": "3"})
    assert flow.state(third, "e2e") == "success"


def test_no_forged_trailer_is_believed_and_a_killed_rebuild_is_run_again(flow: Flow):
    """Anybody can copy a message, or compute a promotion's id; nobody else has our check runs."""
    flow.world.create_repo("acme/aside", files=dict(FILES))
    first = flow.repo({**FILES, "stagelock.yaml": SMALL})
    real = flow.landed("dev", first)
    message = next(c.message for c in flow.world.log(REPO, "main") if c.sha == real)
    copied = flow.world.push(REPO, "main", {"stages/dev/web/a": "evil"}, message=message)
    freight = FreightId(WarehouseName("web"), Sha(first))
    made_up = promotion_id(flow.world.repo(REPO).id, StageName("prod"), freight, 1)
    words = message.replace("Stage: dev", "Stage: prod") + "Stagelock-Fence: floor=99999\n"
    words = re.sub("Promotion: .*", f"Promotion: {made_up}", words)
    forged = flow.world.push(REPO, "main", {"stages/prod/web/a": "evil"}, message=words)

    lose(flow)
    with flow.app.store.at_work():
        refused = command(flow)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "a server or work process uses this database" in refused.stderr
    assert "rebuilt" in killed_after_its_first_line(flow)
    done = command(flow, "--format", "json")

    assert done.returncode == 0, done.stderr
    reports = {r["repository"]: r for r in json.loads(done.stdout)}
    assert {r["outcome"] for r in reports.values()} <= {"rebuilt", "earlier"}
    assert set(reports) == {REPO, "acme/aside"}
    told = [r for r in reports.values() if r["outcome"] == "rebuilt" and r["repository"] == REPO]
    assert all(set(r["doubted"]) == {copied, forged} for r in told)
    assert {(p.stage, p.landed) for p in flow.promotions()} == {
        ("dev", real),
        ("e2e", flow.landed("e2e", first)),
    }
    again = command(flow)
    assert (again.returncode, again.stdout.splitlines()[-1]) == (
        0,
        "2 repositories: 2 rebuilt earlier",
    )


def test_a_pull_request_squashed_meanwhile_has_landed_and_blocks_its_lock(flow: Flow):
    """No run of ours is on the squash: the head's run, and equal content, speak for it."""
    reviewed = PIPELINE.replace("    lock: floor\n    verify: {checks: [e2e]}\n", "").replace(
        "    auto: false\n", "    lock: floor\n    verify: {checks: [smoke]}\n"
    )
    first = flow.repo({**FILES, "stagelock.yaml": reviewed})
    [row] = [p for p in flow.promotions() if p.stage == "prod"]
    assert row.pull is not None
    assert flow.state(str(row.head), "plan") == "success"
    token = next(r.tokens[GroupName("floor")] for r in flow.requests() if r.state == "held")

    lose(flow)
    squashed = flow.world.merge(REPO, row.pull, "squash", by="alice")
    [report] = rebuild(flow)

    assert report.doubted == ()
    [landed] = [p for p in flow.promotions() if p.stage == "prod"]
    assert (landed.id, landed.state, landed.landed) == (row.id, "verifying", squashed)
    flow.boot()
    flow.look()
    assert [(r.stage, r.state) for r in flow.requests()] == [("prod", "suspect")]
    flow.world.start_check(REPO, squashed, "smoke", app="jenkins")
    flow.look()
    assert [(r.state, r.tokens[GroupName("floor")]) for r in flow.requests()] == [("held", token)]
    flow.world.finish_check(REPO, squashed, "smoke", app="jenkins")
    flow.look()
    assert [r.state for r in flow.requests()] == ["released"]
    assert flow.state(first, "prod") == "success"
    assert "stagelock/prod" not in flow.app.store.repos.all()[0].tips


def forget_runs(flow: Flow, sha: str) -> None:
    """GitHub never heard of our check runs on a commit: the server died between push and run."""
    for number, run in list(flow.sandbox.hub.runs.items()):
        if run.head_sha == sha and run.name.startswith("stagelock / "):
            del flow.sandbox.hub.runs[number]


@pytest.mark.postgres
def test_it_is_rebuilt_on_postgresql_and_a_signature_is_believed(
    tmp_path: Path, migrated_postgres: Callable[[], str]
):
    key = openssh_key()
    with flowing(tmp_path, migrated_postgres(), STAGELOCK_SIGNING_KEY=key) as flow:
        first = flow.repo(FILES)
        running = flow.landed("e2e", first)
        before = known(flow)
        forget_runs(flow, running)
        flow.app.close()
        flow.environ = {**flow.environ, "STAGELOCK_DATABASE_URL": migrated_postgres()}
        done = command(flow)
        assert done.returncode == 0, done.stderr
        assert f"{REPO}: rebuilt\n" in done.stdout
        assert "  lock floor: suspect for e2e until its checks are known\n" in done.stdout
        flow.boot()
        assert known(flow) == before
        flow.world.finish_check(REPO, running, "e2e", "success")
        flow.look()
        assert [r.state for r in flow.requests()] == ["released"]
        assert flow.state(first, "e2e") == "success"


def test_a_lock_of_the_organisation_is_not_free_while_a_job_of_before_may_run(flow: Flow):
    """Rebuilt in the scope that all its repositories share, not in that of one of them."""
    defined(flow)
    first = flow.repo(files("one"))
    second = flow.repo(files("two"), API)
    [before] = flow.requests()
    running = flow.landed("one", first)
    flow.world.start_check(REPO, running, "one", app="jenkins")
    flow.settle()

    lose(flow)
    assert {r.outcome for r in rebuild(flow)} == {"rebuilt", "nothing"}
    [grant] = flow.requests()
    assert (grant.groups, grant.state) == (before.groups, "suspect")
    assert dict(grant.tokens) == dict(before.tokens)
    flow.boot()
    flow.sweep()
    say_in(flow, API, second, "/resume two")
    assert live(flow, REPO) == [("one", "held")]
    assert live(flow, API) == [("two", "queued")]

    flow.world.finish_check(REPO, running, "one", app="jenkins")
    flow.settle()
    assert (live(flow, REPO), live(flow, API)) == ([], [("two", "held")])
    [held] = flow.requests(API)
    assert [*held.tokens.values()] > [*before.tokens.values()]


def say_in(flow: Flow, repo: str, sha: str, text: str) -> None:
    flow.world.comment(repo, sha, text, by="bob")
    flow.settle()


def test_what_another_app_quotes_is_no_answer_of_ours(flow: Flow):
    """It has the name that ours had, and quotes how an answer ends that we never gave."""
    first = flow.repo(FILES)
    flow.finish(flow.landed("e2e", first), "e2e")
    say(flow, first, "/why prod")
    assert len(replies(flow, first)) == 1
    lose(flow)
    unheard = flow.world.comment(REPO, first, "/why dev", by="bob")
    flow.world.rename_app(SLUG, "gatekeeper")
    flow.world.register_app(SLUG, None, "", {"contents": "write"})
    event = event_id("command", flow.world.repo(REPO).id, f"commit-{unheard.id}")
    flow.world.comment(REPO, first, f"I have seen `{event}`", by=f"{SLUG}[bot]")

    rebuild(flow)
    flow.boot()
    flow.sweep()

    comments = flow.world.comments(REPO, first)
    said = [c.body for c in comments if c.user.login == "gatekeeper[bot]"]
    assert len(said) == 2
    assert event in said[1]
