"""The forge, doing everything once against the sandbox, with a note of each field that it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.core.model.facts import Annotation, Button, CheckFact, RunDraft
from app.core.model.names import Repo, Sha
from app.core.model.people import Person
from app.github import GitHubForge
from app.github.client import Client
from app.github.endpoints import ENDPOINTS, Endpoint
from app.github.permissions import needed
from app.github.requests import GitHubAnswer, Request
from app.sandbox.serve.server import Sandbox
from app.settings import Secret

SHOP = "acme/shop"
Reads = dict[Endpoint, set[str]]


class Noted(dict[str, Any]):
    """An object of an answer that notes which of its fields are asked for: ``head.repo.id``."""

    def __init__(self, data: dict[str, Any], reads: set[str], below: str) -> None:
        super().__init__({k: noted(v, reads, f"{below}{k}.") for k, v in data.items()})
        self._reads, self._below = reads, below

    def get(self, key: str, default: Any = None) -> Any:
        self._reads.add(self._below + key)
        return super().get(key, default)


def noted(data: Any, reads: set[str], below: str = "") -> Any:
    """*data*, noting what is read of it; lists are not named."""
    if isinstance(data, dict):
        return Noted(data, reads, below)
    return [noted(one, reads, below) for one in data] if isinstance(data, list) else data


class Recording(Client):
    """The client, with a note of what was read of each call's answers."""

    reads: Reads

    def send(self, request: Request) -> GitHubAnswer:
        answer = super().send(request)
        found = self.reads.setdefault(request.call.endpoint, set())
        return GitHubAnswer(noted(answer.data, found), answer.link)


class Unlimited:
    """A budget without an end."""

    def spend(self, installation_id: int, importance: object = None) -> float:
        del installation_id, importance
        return 0.0


@dataclass
class Place:
    """A repository where something of everything happened."""

    sandbox: Sandbox
    forge: GitHubForge
    repo: Repo
    sha: Sha
    since: datetime


def reads(root: Path, version: str, watch: Callable[[Sandbox], None] | None = None) -> Reads:
    """
    What the forge reads of the answers of each call, all of them made once in *version*.

    *watch* is given the sandbox before its first request.
    """
    with _placed(root, version, watch) as (place, found):
        _look_around(place)
        _speak_of(place)
        _propose(place)
        _talk(place)
        _run_again(place)
        _let_in(place)
        _start_workflow(place)
        _deliver(place)
        _lack(place)
    assert set(found) == set(ENDPOINTS), set(ENDPOINTS) ^ set(found)
    return found


@contextmanager
def _placed(
    root: Path, version: str, watch: Callable[[Sandbox], None] | None
) -> Iterator[tuple[Place, Reads]]:
    with Sandbox(root) as sandbox:
        if watch is not None:
            watch(sandbox)
        world = sandbox.world
        key = world.register_app("stagelock", None, "secret", needed())
        made = world.create_repo(SHOP, {"a.txt": b"1\n"})
        installation = world.installation("stagelock").id
        client = Recording(
            key.app_id,
            Secret(key.private_key_pem),
            sandbox.api_url,
            clock=lambda: datetime.now(UTC),  # noqa: TID251 # the sandbox's
            budget=Unlimited(),
            api_version=version,
        )
        client.reads = {}
        forge = GitHubForge(client, key.app_id)
        sha, since = Sha(world.tip(SHOP, "main") or ""), sandbox.hub.now() - timedelta(minutes=1)
        yield (
            Place(sandbox, forge, Repo(made.id, "acme", "shop", installation), sha, since),
            client.reads,
        )
        forge.close()


def _look_around(at: Place) -> None:
    forge = at.forge
    forge.app_slug()
    forge.installations()
    forge.repositories(at.repo.installation_id)
    forge.repository(at.repo)
    forge.permission(at.repo, "alice")
    world = at.sandbox.world
    world.join_team("release", "alice")
    number = world.hub.user("alice").id
    for called in ("alice", "somebody-else"):
        forge.standing(at.repo, Person(number, called))
    forge.is_member(at.repo, "release", "alice")
    forge.author(at.repo, at.sha)
    forge.read_file(at.repo, at.sha, "a.txt")


def _lack(at: Place) -> None:
    """A permission was not granted: a weaker token is asked for."""
    world = at.sandbox.world
    other = world.create_repo("acme/api", {"a.txt": b"1\n"})
    world.set_permissions("stagelock", actions="none")
    sha = Sha(world.tip("acme/api", "main") or "")
    at.forge.create_run(replace(at.repo, id=other.id, name="api"), _draft(at, sha=sha))


def _draft(at: Place, **fields: Any) -> RunDraft:
    return replace(
        RunDraft("stagelock / dev", at.sha, "p-1", "queued", None, "waits", "why"), **fields
    )


def _speak_of(at: Place) -> None:
    forge, world = at.forge, at.sandbox.world
    notes = tuple(Annotation("stagelock.yaml", n, 1, f"m{n}") for n in range(1, 60))
    run = forge.create_run(at.repo, _draft(at, annotations=notes))
    buttons = (Button("Retry", "Try again", "retry"),)
    done = _draft(at, status="completed", conclusion="failure", annotations=notes, buttons=buttons)
    forge.update_run(at.repo, run, done)
    forge.find_run(at.repo, at.sha, "stagelock / dev", "p-1")
    forge.own_runs(at.repo, at.sha)
    world.finish_check(SHOP, at.sha, "build")
    world.set_status(SHOP, at.sha, "lint", "error")
    forge.checks(at.repo, at.sha)


def _propose(at: Place) -> None:
    forge, world = at.forge, at.sandbox.world
    for branch in ("stagelock/prod", "stagelock/e2e"):
        world.branch(SHOP, branch)
        head = Sha(world.push(SHOP, branch, {f"{branch}.txt": b"2\n"}))
        number = forge.create_pull(at.repo, branch, "main", "Promote", "text").number
        world.review(SHOP, number, "APPROVE", by="bob")
        forge.open_pulls(at.repo)
        forge.pull(at.repo, number)
        forge.pulls_from(at.repo, branch)
        forge.reviews(at.repo, number)
        forge.update_pull(at.repo, number, "New", "text")
        if branch == "stagelock/prod":
            landed = forge.merge_pull(at.repo, number, head)
            forge.pull(at.repo, number)
            forge.pulls_of(at.repo, landed)
        else:
            forge.close_pull(at.repo, number)


def _talk(at: Place) -> None:
    forge, world = at.forge, at.sandbox.world
    number = world.pulls(SHOP)[0].number
    world.comment(SHOP, number, "/why prod")
    world.comment(SHOP, at.sha, "/why prod")
    forge.comments_on(at.repo, number)
    for one in forge.comments_since(at.repo, at.since):
        forge.comment(at.repo, one.kind, one.id)
        forge.react(at.repo, one.kind, one.id, "eyes")
        place = one.pull if one.pull is not None else at.sha
        forge.update_comment(at.repo, one.kind, forge.create_comment(at.repo, place, "a"), "b")


def _run_again(at: Place) -> None:
    forge, world = at.forge, at.sandbox.world
    world.ci.job("slow", branch="main", lasts=None)
    pushed = Sha(world.push(SHOP, "main", {"b.txt": b"1\n"}))
    world.wait_for(lambda: world.check(SHOP, pushed, "slow") is not None)
    world.start_check(SHOP, pushed, "other", app="jenkins")
    for check in forge.checks(at.repo, pushed).runs:
        forge.cancel_workflow(at.repo, replace(check, url=""))
        world.finish_check(SHOP, pushed, check.name, "failure", **_by(check))
        forge.rerun(at.repo, check)


def _let_in(at: Place) -> None:
    """A job waits at an environment, is let in, and its deployment ends."""
    forge, world = at.forge, at.sandbox.world
    world.guard(SHOP, "e2e", "stagelock")
    world.ci.job("smoke", branch="main", paths=("smoke",), lasts=None, environment="e2e")
    pushed = Sha(world.push(SHOP, "main", {"smoke/a": b"1\n"}))
    [(run, environment)] = forge.waiting(at.repo, everywhere=True)
    found = forge.workflow_run(at.repo, run)
    forge.answer_jobs(at.repo, run, environment, "1st of 1")
    forge.answer_jobs(at.repo, run, environment, "granted", leave=True)
    job = world.check(SHOP, pushed, "smoke")
    assert job is not None
    world.wait_for(lambda: job.status == "in_progress")
    forge.jobs(at.repo, run, found.attempt)
    forge.deployments(at.repo, found.head, environment)


def _start_workflow(at: Place) -> None:
    """A workflow is started by a request, and found."""
    file = ".github/workflows/e2e.yml"
    at.sandbox.world.push(SHOP, "main", {file: b"on: workflow_dispatch\njobs: {}\n"})
    at.forge.start_workflow(at.repo, "e2e.yml", "main", {})
    assert at.forge.started_runs(at.repo, "e2e.yml", "main")


def _by(check: CheckFact) -> dict[str, str]:
    return {} if check.app == "github-actions" else {"app": check.app}


def _deliver(at: Place) -> None:
    world = at.sandbox.world
    world.set_webhook("stagelock", "http://127.0.0.1:1/hook")
    world.push(SHOP, "main", {"c.txt": b"3\n"})
    world.flush()
    at.forge.redeliver(at.forge.failed_deliveries(at.since)[0][0])
    at.forge.hook()
    at.forge.sent(at.forge.attempts()[0].id)
    at.forge.requests_left(at.repo.installation_id)
    checks = ["stagelock / plan"]
    world.protect(SHOP, "main", required_checks=checks, required_app=at.repo.id, required_reviews=1)
    at.forge.required_reviews(at.repo, "main")
    for rule in at.forge.branch_rules(at.repo, "main"):
        at.forge.bypass(at.repo, rule.ruleset)
    at.forge.protection(at.repo, "main")
    at.forge.deletes_heads(at.repo)
    at.forge.files_in(at.repo, at.sha, ".github/workflows")
    world.hub.repo(SHOP).reviewed.add("prod")
    at.forge.reviewed_environments(at.repo)
    world.unprotect(SHOP, "main")
