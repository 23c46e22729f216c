"""The stand-in's answers and webhooks have the shape that GitHub publishes."""

from __future__ import annotations

from app.sandbox.people.world import World
from app.sandbox.serve.server import Sandbox
from tests.sandbox.schema import assert_exchanges, assert_matches, assert_webhook, operation_of
from tests.sandbox.support import Client

R = "/repos/acme/shop"
FAILED = {
    "conclusion": "failure",
    "output": {
        "title": "It failed",
        "summary": "s",
        "annotations": [
            {
                "path": "a",
                "start_line": 1,
                "end_line": 1,
                "annotation_level": "failure",
                "message": "m",
            }
        ],
    },
    "actions": [{"label": "Retry", "description": "Try again", "identifier": "retry"}],
}


def busy(world: World) -> tuple[str, str]:
    """A repository in which everything happened once; a pushed commit and a pull's head."""
    world.ci.job("build", branch="main", lasts=None)
    sha = world.push("acme/shop", "main", {"apps/web/a": "2\n", "README.md": None})
    world.ci.finish("acme/shop", sha, "build")
    head = world.push("acme/shop", "topic", {"apps/web/b": "1\n"}, parent=sha)
    pull = world.open_pull("acme/shop", "topic")
    world.edit_pull("acme/shop", pull.number, title="Better")
    head = world.push("acme/shop", "topic", {"apps/web/b": "2\n"})
    review = world.review("acme/shop", pull.number)
    world.dismiss_review("acme/shop", review.id)
    comment = world.comment("acme/shop", pull.number, "/stagelock help")
    world.edit_comment("acme/shop", comment, "/stagelock status")
    world.delete_comment("acme/shop", world.comment("acme/shop", pull.number, "oops"))
    world.comment("acme/shop", sha, "/why prod")
    world.set_status("acme/shop", sha, "deploy", "pending", "soon")
    world.enqueue("acme/shop", pull.number)
    world.leave_queue("acme/shop", pull.number)
    world.edit_pull("acme/shop", pull.number, state="closed")
    world.edit_pull("acme/shop", pull.number, state="open")
    world.guard("acme/shop", "e2e", "stagelock")
    world.ci.job("smoke", branch="smoke", lasts=None, environment="e2e")
    world.branch("acme/shop", "smoke")
    smoke = world.push("acme/shop", "smoke", {"ci/a": "1\n"})
    job = world.check("acme/shop", smoke, "smoke")
    assert job is not None
    assert job.status == "waiting"
    return sha, head


def write_everything(client: Client, world: World, sha: str) -> dict[str, int]:
    """Call whatever writes; the ids of what came of it."""
    number = world.pulls("acme/shop")[0].number
    comment = world.comments("acme/shop", number)[0].id
    on_commit = world.comments("acme/shop", sha)[0].id
    suite = world.checks("acme/shop", sha, "github-actions")[0].suite_id
    deployment, waits = next((d.id, d.suite_id) for d in world.hub.deployments.values())
    run = client.post(f"{R}/check-runs", {"name": "dev", "head_sha": sha, **FAILED}).json
    client.post(f"{R}/issues/comments/{comment}/reactions", {"content": "eyes"})
    client.post(f"{R}/comments/{on_commit}/reactions", {"content": "rocket"})
    client.post(f"{R}/issues/{number}/comments", {"body": "hello"})
    client.post(f"{R}/commits/{sha}/comments", {"body": "hello"})
    client.post(f"{R}/statuses/{sha}", {"state": "success", "context": "x"})
    client.call("PATCH", f"{R}/check-runs/{run['id']}", {"output": {"summary": "new"}})
    client.call("PATCH", f"{R}/issues/comments/{comment}", {"body": "again"})
    client.call("PATCH", f"{R}/comments/{on_commit}", {"body": "again"})
    client.call("PATCH", f"{R}/pulls/{number}", {"title": "New"})
    world.branch("acme/shop", "stagelock/prod")
    world.push("acme/shop", "stagelock/prod", {"p": "1"})
    made = client.post(f"{R}/pulls", {"head": "stagelock/prod", "base": "main", "title": "P"}).json
    client.call("PUT", f"{R}/pulls/{made['number']}/merge", {"sha": made["head"]["sha"]})
    client.call("PUT", f"{R}/pulls/{number}/update-branch", {})
    client.call("DELETE", f"{R}/git/refs/heads/stagelock/prod")
    client.post(f"{R}/check-runs/{run['id']}/rerequest")
    client.post(f"{R}/check-suites/{run['check_suite']['id']}/rerequest")
    client.post(f"{R}/actions/runs/{suite}/rerun")
    let_in(client, world, waits, deployment)
    client.post(f"{R}/actions/runs/{suite}/cancel")
    return {
        "number": number,
        "comment": comment,
        "on_commit": on_commit,
        "suite": suite,
        "deployment": deployment,
        "run": run["id"],
        "repo": world.repo("acme/shop").id,
        "installation": world.installation("stagelock").id,
    }


def let_in(client: Client, world: World, run: int, deployment: int) -> None:
    """The App answers the jobs of a run that wait at its environment."""
    said = {"environment_name": "e2e", "comment": "1st of 1"}
    gate = f"{R}/actions/runs/{run}/deployment_protection_rule"
    client.post(gate, said)
    client.post(gate, {**said, "state": "approved"})
    world.wait_for(lambda: world.hub.deployments[deployment].states)


READ = [
    "{R}",
    "{R}/branches/main",
    "{R}/rules/branches/main",
    "{R}/environments",
    "{R}/contents/apps",
    "{R}/commits/{sha}",
    "{R}/commits/{sha}/pulls",
    "{R}/git/ref/heads/main",
    "{R}/git/matching-refs/heads/",
    "{R}/contents/apps/web/a",
    "{R}/commits/{sha}/statuses",
    "{R}/commits/{sha}/status",
    "{R}/collaborators/bob/permission",
    "{R}/commits/{sha}/check-runs?filter=all",
    "{R}/commits/main/check-suites",
    "{R}/check-runs/{run}",
    "{R}/check-runs/{run}/annotations",
    "{R}/check-suites/{suite}",
    "{R}/check-suites/{suite}/check-runs",
    "{R}/pulls?state=all",
    "{R}/pulls/{number}",
    "{R}/pulls/{number}/files",
    "{R}/pulls/{number}/reviews",
    "{R}/issues/{number}/comments",
    "{R}/issues/comments",
    "{R}/issues/comments/{comment}",
    "{R}/issues/comments/{comment}/reactions",
    "{R}/comments",
    "{R}/comments/{on_commit}",
    "{R}/comments/{on_commit}/reactions",
    "{R}/commits/{sha}/comments",
    "{R}/actions/runs?head_sha={sha}",
    "{R}/actions/runs/{suite}",
    "{R}/actions/runs/{suite}/jobs",
    "{R}/actions/runs/{suite}/attempts/1/jobs",
    "{R}/actions/runs/{suite}/pending_deployments",
    "{R}/environments/e2e/deployment_protection_rules",
    "{R}/deployments?environment=e2e",
    "{R}/deployments/{deployment}/statuses",
    "/installation/repositories",
    "/rate_limit",
    "/repositories/{repo}",
]
READ_BY_APP = [
    "/app",
    "/app/installations",
    "/app/installations/{installation}",
    "/app/hook/config",
    "/app/hook/deliveries",
]


def test_every_answer_has_the_published_shape(client: Client, sandbox: Sandbox) -> None:
    world = sandbox.world
    sha, _ = busy(world)
    ids = write_everything(client, world, sha)
    for path in READ:
        client.get(path.format(R=R, sha=sha, **ids))
    world.hub.repo("acme/shop").reviewed.add("prod")
    world.protect(
        "acme/shop", "main", required_checks=["build"], required_app=7, required_reviews=2
    )
    client.get(f"{R}/environments")
    for rule in client.get(f"{R}/rules/branches/main").json:
        client.get(f"{R}/rulesets/{rule['ruleset_id']}")
    world.flush()
    for path in READ_BY_APP:
        client.app("GET", path.format(**ids))
    delivery = world.deliveries[0].id
    client.app("GET", f"/app/hook/deliveries/{delivery}")
    client.app("POST", f"/app/hook/deliveries/{delivery}/attempts")
    assert [e for e in sandbox.exchanges if e.status >= 300] == []
    assert_exchanges(sandbox.exchanges)
    seen = {operation_of(e.method, e.path) for e in sandbox.exchanges}
    assert len(seen) > 50


def test_refusals_have_the_published_shape(client: Client, sandbox: Sandbox) -> None:
    answer = client.get("/repos/acme/none")
    assert answer.status == 404
    assert_matches("repos/get", 404, answer.json)
    answer = client.get(f"{R}/branches/main/protection")
    assert answer.status == 403


def test_every_webhook_has_the_published_shape(client: Client, world: World) -> None:
    sha, _ = busy(world)
    client.post(f"{R}/check-runs", {
        "name": "x", "head_sha": sha, "status": "completed", "conclusion": "failure",
        "actions": [{"label": "Retry", "description": "Again", "identifier": "retry"}],
    })  # fmt: skip
    world.press("acme/shop", (sha, "x"), "retry")
    world.rerequest("acme/shop", (sha, "x"))
    world.rerequest_suite("acme/shop", world.checks("acme/shop", sha, "stagelock")[0].suite_id)
    world.merge("acme/shop", world.pulls("acme/shop")[0].number)
    world.delete_branch("acme/shop", "topic")
    world.create_repo("acme/other", {})
    world.rename_repo("acme/other", "else")
    world.rename_branch("acme/shop", "main", "trunk")
    world.archive_repo("acme/shop")
    world.unarchive_repo("acme/shop")
    world.create_repo("umbrella/first", {})
    world.transfer_repo("acme/shop", "umbrella")
    world.accept_permissions("stagelock", actions="read")
    world.remove("stagelock", "acme/else")
    world.suspend_installation("stagelock")
    world.unsuspend_installation("stagelock")
    world.create_repo("acme/gone", {"a": "b"})
    world.delete_repo("acme/gone")
    world.uninstall("stagelock")
    world.flush()
    seen = set()
    for delivery in world.deliveries:
        assert_webhook(delivery.event, delivery.action, delivery.payload)
        assert delivery.payload["installation"]["id"]
        seen.add((delivery.event, delivery.action))
    assert len(seen) == 45, sorted(map(str, seen))
