"""A stage that asks for approvals: its pipeline, and what people see of it."""

from __future__ import annotations

from tests.flows.harness import REPO, Flow
from tests.flows.words import replies, say

DEV = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
"""
PROD = "  prod:\n    needs: [dev]\n    path: stages/prod\n"
REVIEWED = f"{PROD}    via: pull-request\n"


def files(*keys: str, stage: str = PROD) -> dict[str, str]:
    """The pipeline with these keys of prod, and what alice wrote."""
    return {
        "stagelock.yaml": DEV + stage + "".join(f"    {key}\n" for key in keys),
        "apps/web/index.html": "one",
    }


def begun(flow: Flow, *keys: str, stage: str = PROD) -> str:
    first = flow.repo(files(*keys, stage=stage))
    flow.world.set_role(REPO, "dora", "write")
    return first


def prod(flow: Flow) -> bytes | None:
    return flow.world.tree(REPO, "main", "stages/prod").get("stages/prod/web/index.html")


def titled(flow: Flow, sha: str) -> str:
    run = flow.run(sha, "prod")
    assert run is not None
    return run.title or ""


def told(flow: Flow, sha: str) -> str:
    run = flow.run(sha, "prod")
    assert run is not None
    return run.summary or ""


def answer(flow: Flow, on: int | str, text: str, by: str = "bob") -> str:
    say(flow, on, text, by=by)
    return replies(flow, on)[-1]
