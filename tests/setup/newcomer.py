"""From nothing to a promotion: what is there at first, and what must come of it."""

from __future__ import annotations

from app.settings import kept
from tests.cli.inviting import NAMELESS

EMPTY = {**NAMELESS, "STAGELOCK_GITHUB_URL": "", "STAGELOCK_QUIET_SECONDS": "0"}
"""The environment of a server that knows nothing yet, not even which GitHub."""
PIPELINE = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev:
    path: stages/dev
    steps: [{uses: copy, with: {from: apps/web, to: web}}]
"""
KUSTOMIZATION = "resources: [../../base]\nimages:\n  - name: web\n    newTag: {}\n"
OVERLAYS = {
    "apps/web/src/main.py": "print(1)\n",
    "apps/web/base/kustomization.yaml": "resources: [deployment.yaml]\n",
    "apps/web/overlays/dev/kustomization.yaml": KUSTOMIZATION.format('""'),
    "apps/web/overlays/prod/kustomization.yaml": KUSTOMIZATION.format("v1.8.3"),
}
"""A repository in which a first pipeline is found."""


def secrets_of(data_dir):
    """What nobody may see of what set-up kept."""
    found = kept.load(data_dir)
    assert found is not None
    return [
        found.webhook_secret.reveal(),
        found.client_secret.reveal(),
        found.private_key.reveal().splitlines()[1],
    ]


def promoted(sandbox, running, files, wanted):
    """Somebody pushes *files*, and the stage `dev` of `PIPELINE` gets *wanted*."""
    sandbox.world.push("acme/shop", "main", files)
    running.wait_for(
        lambda: (
            sandbox.world.tree("acme/shop", "main", "stages/dev")
            == {"stages/dev/web/index.html": wanted}
        ),
        "nothing was promoted",
    )


def proposed(sandbox):
    """Whether the pull request of the first file is there and its checks have passed."""
    pulls = sandbox.world.pulls("acme/shop")
    runs = sandbox.world.checks("acme/shop", pulls[0].head_sha) if pulls else []
    return {r.name: r.conclusion for r in runs} == {
        "stagelock / plan": "success",
        "stagelock / config": "success",
    }


def tagged(sandbox, stage):
    """The overlay of *stage* of `OVERLAYS`, as it is now."""
    path = f"apps/web/overlays/{stage}/kustomization.yaml"
    return sandbox.world.tree("acme/shop", "main", path)[path].decode()


def first_promotion(sandbox, running):
    """A person merges what was proposed, and the first stage has it."""
    running.wait_for(lambda: proposed(sandbox), "the checks of the proposal never came")
    before = sandbox.world.tip("acme/shop", "main")
    sandbox.world.merge("acme/shop", 1)
    merged = sandbox.world.tip("acme/shop", "main")
    assert merged != before
    known = {merged[:7], before[:7]}
    running.wait_for(
        lambda: any(one in tagged(sandbox, "dev") for one in known), "nothing was promoted"
    )
    assert "v1.8.3" in tagged(sandbox, "prod")
