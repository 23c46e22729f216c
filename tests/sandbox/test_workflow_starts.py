"""A workflow that a request starts, as GitHub's published description has it, in each version of the API."""

from __future__ import annotations

from typing import Any

import pytest

from app.sandbox.github.model import Suite
from app.sandbox.people.world import World
from app.sandbox.serve.server import Sandbox
from tests.sandbox.schema import assert_exchanges
from tests.sandbox.support import Answer, Client

R = "/repos/acme/shop"
AT = f"{R}/actions/workflows/e2e.yml"
FILE = """\
run-name: e2e ${{ inputs.promotion }}
on:
  workflow_dispatch:
    inputs:
      stage: {required: true}
      promotion: {}
"""
WANTED = {"stage": "e2e", "promotion": "p-1"}
OLD, NEW = "2022-11-28", "2026-03-10"


def start(client: Client, version: str, path: str = AT, **sent: Any) -> Answer:
    body = {"ref": "main", "inputs": WANTED, **sent}
    named = {"X_GitHub_Api_Version": version}
    return client.call("POST", f"{path}/dispatches", body, **named)


def started(world: World) -> list[Suite]:
    return [suite for suite in world.hub.suites.values() if suite.event == "workflow_dispatch"]


@pytest.fixture(autouse=True)
def there(client: Client, world: World) -> None:
    assert client is not None
    world.push("acme/shop", "main", {".github/workflows/e2e.yml": FILE})


def test_the_newest_version_answers_with_the_run_and_the_oldest_where_it_is_asked_to(
    client: Client, world: World, sandbox: Sandbox
) -> None:
    answers = [start(client, NEW), start(client, OLD), start(client, OLD, return_run_details=True)]
    assert [answer.status for answer in answers] == [200, 204, 200]
    runs = started(world)
    assert [run.title for run in runs] == ["e2e p-1"] * 3
    assert runs[0].inputs == WANTED
    assert answers[0].json["workflow_run_id"] == runs[0].id
    assert answers[2].json["workflow_run_id"] == runs[2].id
    listed = client.get(f"{AT}/runs?event=workflow_dispatch&branch=main").json["workflow_runs"]
    assert [one["id"] for one in listed] == [run.id for run in reversed(runs)]
    assert {one["actor"]["login"] for one in listed} == {"stagelock[bot]"}
    assert_exchanges(sandbox.exchanges)


def test_a_server_that_does_not_know_to_tell_the_run_leaves_it_out_or_refuses(
    client: Client, world: World
) -> None:
    world.hub.run_details = "ignored"
    assert start(client, OLD, return_run_details=True).status == 204
    world.hub.run_details = "refused"
    refused = start(client, OLD, return_run_details=True)
    assert refused.status == 422
    assert len(started(world)) == 1


def test_what_cannot_be_started_is_refused_and_starts_nothing(client: Client, world: World) -> None:
    missing = start(client, NEW, f"{R}/actions/workflows/none.yml")
    assert missing.status == 404
    world.branch("acme/shop", "env")
    world.push("acme/shop", "env", {".github/workflows/e2e.yml": None})
    world.push("acme/shop", "main", {".github/workflows/ci.yml": "on: push\n"})
    refused = [
        start(client, NEW, ref="nowhere"),
        start(client, NEW, ref="env"),
        start(client, NEW, inputs={**WANTED, "other": "1"}),
        start(client, NEW, inputs={"promotion": "p-1"}),
        start(client, NEW, f"{R}/actions/workflows/ci.yml", inputs={}),
    ]
    assert [one.status for one in refused] == [422] * 5
    assert started(world) == []
