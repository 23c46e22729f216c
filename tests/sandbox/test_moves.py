"""What owners do to whole repositories, as GitHub answers and tells it afterwards."""

from __future__ import annotations

import pytest

from app.sandbox.github.model import Refusal
from app.sandbox.people.world import World
from tests.sandbox.schema import assert_matches
from tests.sandbox.support import Client

R = "/repos/acme/shop"


def told(world: World, event: str) -> list[str | None]:
    """The actions of an event that Apps were told of."""
    world.flush()
    return [d.action for d in world.deliveries if d.event == event]


def test_what_is_archived_is_read_only(client: Client, world: World) -> None:
    sha = world.push("acme/shop", "main", {"b": "1"})
    world.archive_repo("acme/shop")
    assert client.get(R).json["archived"] is True
    run = {"name": "x", "head_sha": sha}
    refused = client.post(f"{R}/check-runs", run)
    assert (refused.status, refused.json["message"]) == (
        403,
        "Repository was archived so is read-only.",
    )
    world.unarchive_repo("acme/shop")
    assert client.post(f"{R}/check-runs", run).status == 201
    assert told(world, "repository")[-2:] == ["archived", "unarchived"]


def test_a_transferred_repository_leaves_its_installation(client: Client, world: World) -> None:
    number = world.repo("acme/shop").id
    world.create_repo("umbrella/first", {})
    world.transfer_repo("acme/shop", "umbrella")
    assert client.get(f"/repositories/{number}").status == 404
    assert told(world, "installation_repositories")[-2:] == ["removed", "added"]
    last = next(d for d in reversed(world.deliveries) if d.event == "repository")
    assert (last.action, last.payload["repository"]["full_name"]) == (
        "transferred",
        "umbrella/shop",
    )
    assert last.installation_id == world.installation("stagelock", "umbrella").id


def test_pull_requests_follow_a_renamed_branch(client: Client, world: World) -> None:
    world.branch("acme/shop", "topic")
    world.push("acme/shop", "topic", {"b": "1"})
    pull = world.open_pull("acme/shop", "topic")
    world.rename_branch("acme/shop", "main", "trunk")
    world.rename_branch("acme/shop", "topic", "better")
    shown = client.get(f"{R}/pulls/{pull.number}").json
    assert (shown["base"]["ref"], shown["head"]["ref"]) == ("trunk", "better")
    assert shown["state"] == "open"
    assert client.get(R).json["default_branch"] == "trunk"
    assert told(world, "repository")[-1] == "edited"
    with pytest.raises(Refusal):
        world.rename_branch("acme/shop", "main", "trunk")


def test_a_forks_pull_request_names_both_repositories(client: Client, world: World) -> None:
    fork = world.fork("acme/shop", "dora")
    tip = world.tip("acme/shop", "main")
    head = world.push("dora/shop", "topic", {"b": "1"}, author="dora", parent=tip)
    pull = world.open_pull("acme/shop", "dora:topic", by="dora")
    shown = client.get(f"{R}/pulls/{pull.number}")
    assert_matches("pulls/get", 200, shown.json)
    assert shown.json["head"]["repo"]["id"] == fork.id
    assert shown.json["head"]["repo"]["fork"] is True
    assert client.get(f"{R}/pulls?head=dora:topic").json[0]["number"] == pull.number
    assert client.get(f"{R}/pulls?head=acme:topic").json == []
    made = client.post(f"{R}/check-runs", {"name": "x", "head_sha": head})
    assert (made.status, made.json["pull_requests"]) == (201, [])

    world.push("dora/shop", "topic", {"b": "2"}, author="dora")
    assert told(world, "pull_request")[-2:] == ["opened", "synchronize"]
    world.merge("acme/shop", pull.number)
    assert world.tree("acme/shop", "main")["b"] == b"2"
    world.delete_repo("dora/shop")
    assert client.get(f"{R}/pulls/{pull.number}").json["head"]["repo"] is None
