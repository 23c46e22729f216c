"""Pull requests open, follow their branches, and merge in three ways."""

from __future__ import annotations

import pytest

from app.sandbox.github.model import Pull, Refusal
from app.sandbox.people.world import World
from tests.sandbox.support import Client, Ear

R = "/repos/acme/shop"


@pytest.fixture
def pull(client: Client, world: World) -> Pull:
    """Two commits on a topic branch; the base has moved by one since."""
    base = world.tip("acme/shop", "main")
    world.push("acme/shop", "topic", {"b": "1"}, parent=base, author="bob", message="One")
    world.push("acme/shop", "topic", {"c": "2"}, author="bob", message="Two")
    world.push("acme/shop", "main", {"elsewhere": "1"})
    return world.open_pull("acme/shop", "topic", title="Both")


@pytest.mark.parametrize(
    ("method", "subjects", "parents"),
    [
        ("merge", ["Merge pull request #1 from acme/topic"], 2),
        ("squash", ["Both (#1)"], 1),
        ("rebase", ["Two", "One"], 1),
    ],
)
def test_a_pull_request_merges(
    client: Client,
    world: World,
    pull: Pull,
    ear: Ear,
    method: str,
    subjects: list[str],
    parents: int,
) -> None:
    tip = world.tip("acme/shop", "main")
    body = {"sha": pull.head_sha, "merge_method": method}
    answer = client.call("PUT", f"{R}/pulls/1/merge", body)
    assert answer.status == 200
    log = world.log("acme/shop", "main")
    assert [c.subject for c in log[: len(subjects)]] == subjects
    assert log[0].sha == answer.json["sha"] == pull.merge_sha
    assert len(log[0].parents) == parents
    assert log[len(subjects) - 1].parents[0] == tip
    assert {"b", "c", "elsewhere"} <= set(world.tree("acme/shop", "main"))
    world.flush()
    closed = ear.payloads("pull_request")[-1]
    assert (closed["action"], closed["pull_request"]["merged"]) == ("closed", True)
    assert client.call("PUT", f"{R}/pulls/1/merge", body).status == 405


def test_a_moved_head_is_not_merged(client: Client, world: World, pull: Pull) -> None:
    old = pull.head_sha
    world.push("acme/shop", "topic", {"d": "3"})
    assert client.call("PUT", f"{R}/pulls/1/merge", {"sha": old}).status == 409
    assert pull.state == "open"


def test_a_push_to_the_head_is_told(world: World, pull: Pull, ear: Ear) -> None:
    before = pull.head_sha
    sha = world.push("acme/shop", "topic", {"d": "3"})
    world.flush()
    told = ear.payloads("pull_request")[-1]
    assert (told["action"], told["before"], told["after"]) == ("synchronize", before, sha)
    assert told["pull_request"]["head"]["sha"] == sha == pull.head_sha


def test_a_conflict_and_a_missing_check_refuse_the_merge(world: World, pull: Pull) -> None:
    world.push("acme/shop", "main", {"b": "other"})
    with pytest.raises(Refusal, match="not mergeable"):
        world.merge("acme/shop", 1)
    world.push("acme/shop", "main", {"b": None})
    world.protect("acme/shop", "main", required_checks=["stagelock / plan"], refuses_pushes=False)
    with pytest.raises(Refusal, match="stagelock / plan"):
        world.merge("acme/shop", 1)
    world.finish_check("acme/shop", pull.head_sha, "stagelock / plan")
    world.merge("acme/shop", 1)


def test_methods_that_a_repository_does_not_allow_are_refused(world: World, pull: Pull) -> None:
    world.repo("acme/shop").merge_methods = ("squash",)
    with pytest.raises(Refusal, match="Merge commits are not allowed"):
        world.merge("acme/shop", 1)
    world.merge("acme/shop", 1, "squash")


def test_there_is_one_open_pull_request_for_two_branches(client: Client, pull: Pull) -> None:
    body = {"head": "topic", "base": "main", "title": "Again"}
    answer = client.post(f"{R}/pulls", body)
    assert answer.status == 422
    assert "already exists for acme:topic" in answer.json["errors"][0]["message"]
    listed = client.get(f"{R}/pulls?head=acme:topic&base=main&state=open").json
    assert [one["number"] for one in listed] == [pull.number]


def test_a_branch_without_commits_opens_nothing(client: Client, world: World) -> None:
    world.branch("acme/shop", "same")
    answer = client.post(f"{R}/pulls", {"head": "same", "base": "main", "title": "x"})
    assert answer.status == 422
    assert "No commits between" in answer.json["errors"][0]["message"]


def test_a_head_pushed_to_the_base_counts_as_merged(world: World, pull: Pull) -> None:
    world.update_branch("acme/shop", 1)
    world.branch("acme/shop", "main", pull.head_sha)
    assert (pull.state, pull.merged_at is not None) == ("closed", True)


def test_a_deleted_head_closes_the_pull_request(client: Client, world: World, pull: Pull) -> None:
    assert client.call("DELETE", f"{R}/git/refs/heads/topic").status == 204
    assert (pull.state, pull.merged_at) == ("closed", None)


def test_a_merge_leads_back_to_its_pull_request(client: Client, world: World, pull: Pull) -> None:
    merged = world.merge("acme/shop", 1, "squash")
    for sha in (merged, pull.head_sha):
        assert [p["number"] for p in client.get(f"{R}/commits/{sha}/pulls").json] == [1]


def test_files_are_those_of_the_head_not_of_the_moved_base(client: Client, pull: Pull) -> None:
    assert [f["filename"] for f in client.get(f"{R}/pulls/1/files").json] == ["b", "c"]


def test_nobody_approves_their_own_pull_request(world: World, pull: Pull) -> None:
    with pytest.raises(Refusal, match="your own"):
        world.review("acme/shop", 1, by="bob")
    assert world.review("acme/shop", 1, by="alice").state == "APPROVED"


@pytest.mark.parametrize("classic", [False, True])
def test_a_missing_review_refuses_the_merge(
    client: Client,
    world: World,
    pull: Pull,
    classic: bool,  # noqa: FBT001
) -> None:
    """Of who may write, the newest that takes a side; only a ruleset is shown to everybody."""
    world.protect("acme/shop", "main", required_reviews=1, refuses_pushes=False, classic=classic)
    for event, by in (("COMMENT", "alice"), ("APPROVE", "carol"), ("REQUEST_CHANGES", "alice")):
        world.review("acme/shop", 1, event, by=by)
    refused = client.call("PUT", f"{R}/pulls/1/merge", {"sha": pull.head_sha})
    assert refused.status == 405
    assert refused.json["message"] == (
        "At least 1 approving review is required by reviewers with write access."
    )
    assert client.get(f"{R}/pulls/1").json["mergeable_state"] == "blocked"
    rules = client.get(f"{R}/rules/branches/main").json
    wanted = [r["parameters"]["required_approving_review_count"] for r in rules]
    assert wanted == ([] if classic else [1])
    assert client.get(f"{R}/branches/main").json["protection"]["enabled"] is classic

    world.review("acme/shop", 1, "APPROVE", by="alice")
    assert client.get(f"{R}/pulls/1").json["mergeable_state"] == "clean"
    world.merge("acme/shop", 1)
