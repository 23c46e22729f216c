"""Processes that show the token of a stage's grant in a group of the organisation."""

from __future__ import annotations

from pathlib import Path

from tests.flows.calling import served
from tests.flows.harness import REPO
from tests.flows.lock_clients import Client
from tests.flows.organization import HOME, defined, files


def test_a_stages_grant_of_the_organisations_group_is_joined_by_showing_its_token(tmp_path: Path):
    with served(tmp_path) as flow:
        defined(flow)
        flow.repo(files("one"))
        [grant] = flow.requests(REPO)
        [token] = grant.tokens.values()
        inner = Client(flow, "e2e-env", "inner")
        inner.group = f"/locks/org-{flow.world.repo(HOME).owner.id}/e2e-env"

        assert inner.ask(join=token).status_code == 200
        assert inner.see().json()["state"] == "held"
        assert inner.post("heartbeat", token).status_code == 200
        assert inner.post("heartbeat", token + 1).status_code == 409
        assert inner.post("release", token).json()["state"] == "released"
        assert [request.state for request in flow.requests(REPO)] == ["held"], (
            "its part alone has ended"
        )
