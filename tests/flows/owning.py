"""A repository whose promotion is under way, while its owners do something to the whole of it."""

from __future__ import annotations

from app.sandbox.demo.launch import SLUG
from app.sandbox.github.model import Run
from tests.flows.harness import ONE_BRANCH, REPO, Flow

FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}
OTHER = "acme/other"


def why(flow: Flow, repo: str = REPO) -> str:
    """Why we leave it alone; "" where we do not."""
    record = flow.app.store.repos.get(flow.world.repo(repo).id)
    assert record is not None
    return record.unavailable


def verifying(flow: Flow) -> tuple[str, str]:
    """The first freight, landed in e2e, whose check is awaited under the lock."""
    first = flow.repo(FILES)
    landed = flow.landed("e2e", first)
    flow.world.start_check(REPO, landed, "e2e")
    flow.settle()
    assert [r.state for r in flow.requests()] == ["held"]
    return first, landed


def passes(flow: Flow, sha: str, repo: str = REPO) -> None:
    """The awaited check passes there."""
    flow.world.finish_check(repo, sha, "e2e")
    flow.settle()


def wrote(flow: Flow) -> list[tuple[str, str]]:
    """What the App has changed at GitHub by API, but for other repositories."""
    return [w for w in flow.writes() if "/other" not in w[1] and not w[1].startswith("/app/")]


def finished(flow: Flow, sha: str, repo: str) -> dict[str, str]:
    """What our runs of the stages say on a commit, newest each; never two of one name at once."""
    found: dict[str, Run | None] = {name: flow.run(sha, name, repo=repo) for name in STAGES}
    return {name: (run.conclusion or run.status) if run else "" for name, run in found.items()}


STAGES = ("dev", "e2e", "prod")


def installation_page(flow: Flow) -> str:
    installation = flow.world.installation(SLUG)
    return f"{flow.sandbox.url}/settings/installations/{installation.id}"
