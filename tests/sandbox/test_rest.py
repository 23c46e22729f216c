"""Authentication, permissions, pages, conditional requests and faults."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.sandbox.github.versions import REMOVED
from app.sandbox.people.world import World
from app.sandbox.serve.server import Sandbox
from tests.sandbox.schema import removed
from tests.sandbox.support import PERMISSIONS, Client

R = "/repos/acme/shop"


def test_an_app_shows_its_jwt(client: Client) -> None:
    assert client.app("GET", "/app").json["slug"] == "stagelock"
    for wrong in (
        client.jwt(exp=int(datetime.now(UTC).timestamp()) - 5),  # noqa: TID251
        client.jwt(exp=int(datetime.now(UTC).timestamp()) + 3600),  # noqa: TID251
        client.jwt()[:-4] + "AAAA",
        "nonsense",
    ):
        assert client.raw("GET", "/app", auth=f"Bearer {wrong}").status == 401
    assert client.raw("GET", "/app").status == 401
    stranger = client.raw("GET", "/app", auth=f"Bearer {client.jwt(iss='999999')}")
    assert (stranger.status, stranger.json["message"]) == (404, "Integration not found")


def test_a_token_lives_one_hour_of_the_sandboxs_clock(tmp_path: Path) -> None:
    at = datetime.now(UTC)  # noqa: TID251
    moved = timedelta()
    with Sandbox(tmp_path, now=lambda: at + moved) as sandbox:
        credentials = sandbox.world.register_app("stagelock", None, "s", PERMISSIONS)
        sandbox.world.create_repo("acme/shop", {"a": "1"})
        client = Client(sandbox, credentials)
        assert client.get(R).status == 200
        moved = timedelta(minutes=61)
        assert client.get(R).status == 401


def test_what_an_installation_cannot_see_does_not_exist(client: Client, world: World) -> None:
    world.create_repo("acme/hidden", {"a": "1"}, install=False)
    assert client.get("/repos/acme/hidden").status == 404
    world.remove("stagelock", "acme/shop")
    assert client.get(R).status == 404
    world.delete_repo("acme/shop")
    assert client.get(R).status == 404


def test_a_missing_permission_is_named_as_github_does(client: Client, world: World) -> None:
    world.set_permissions("stagelock", checks="read")
    body = {"name": "x", "head_sha": world.tip("acme/shop", "main")}
    answer = client.post(f"{R}/check-runs", body)
    assert answer.status == 403
    assert answer.json["message"] == "Resource not accessible by integration"
    assert client.get(f"{R}/commits/main/check-runs").status == 200


def test_a_token_can_be_narrowed_but_not_widened(client: Client, world: World) -> None:
    number = world.installation("stagelock").id
    path = f"/app/installations/{number}/access_tokens"
    narrow = client.app("POST", path, {"permissions": {"checks": "read"}})
    assert narrow.json["permissions"] == {"checks": "read", "metadata": "read"}
    assert client.app("POST", path, {"permissions": {"administration": "write"}}).status == 422


def test_lists_have_pages(client: Client, world: World) -> None:
    sha = world.tip("acme/shop", "main") or ""
    for number in range(5):
        world.finish_check("acme/shop", sha, f"check {number}")
    first = client.get(f"{R}/commits/{sha}/check-runs?per_page=2")
    assert first.json["total_count"] == 5
    assert 'page=2>; rel="next"' in first.headers["Link"]
    assert 'page=3>; rel="last"' in first.headers["Link"]
    names = [
        run["name"]
        for page in (1, 2, 3)
        for run in client.get(f"{R}/commits/{sha}/check-runs?per_page=2&page={page}").json[
            "check_runs"
        ]
    ]
    assert sorted(names) == [f"check {number}" for number in range(5)]


def test_an_unchanged_answer_is_304(client: Client, world: World) -> None:
    first = client.get(f"{R}/pulls")
    etag = first.headers["ETag"]
    assert client.get(f"{R}/pulls", If_None_Match=etag).status == 304
    world.push("acme/shop", "topic", {"b": "1"}, parent=world.tip("acme/shop", "main"))
    world.open_pull("acme/shop", "topic")
    assert client.get(f"{R}/pulls", If_None_Match=etag).status == 200


@pytest.mark.parametrize("kind", ["limited", "secondary"])
def test_limits_say_when_to_come_back(client: Client, world: World, kind: str) -> None:
    world.faults.add("POST", "check-runs", kind, retry_after=7)  # type: ignore[arg-type]
    body = {"name": "x", "head_sha": world.tip("acme/shop", "main")}
    answer = client.post(f"{R}/check-runs", body)
    assert answer.status == 403
    if kind == "secondary":
        assert answer.headers["Retry-After"] == "7"
    else:
        assert answer.headers["X-RateLimit-Remaining"] == "0"
        assert 5 < int(answer.headers["X-RateLimit-Reset"]) - world.hub.now().timestamp() <= 7
    assert client.post(f"{R}/check-runs", body).status == 201


def test_a_lost_answer_has_had_its_effect(client: Client, world: World) -> None:
    sha = world.tip("acme/shop", "main") or ""
    world.faults.add("POST", "check-runs", "lost")
    assert client.post(f"{R}/check-runs", {"name": "x", "head_sha": sha}).status == 502
    assert [run.name for run in world.checks("acme/shop", sha)] == ["x"]
    world.faults.add("POST", "check-runs", "error")
    assert client.post(f"{R}/check-runs", {"name": "y", "head_sha": sha}).status == 502
    assert world.check("acme/shop", sha, "y") is None


def test_only_this_machine_is_answered(client: Client) -> None:
    auth = f"Bearer {client.jwt()}"
    assert client.raw("GET", "/app", auth=auth, Host="evil.example").status == 403
    assert client.raw("GET", "/app", auth=auth, Origin="http://evil.example").status == 403
    assert client.raw("GET", "/app", auth=auth, Origin="http://127.0.0.1:1").status == 200


def test_comments_are_found_by_time(client: Client, world: World) -> None:
    world.push("acme/shop", "topic", {"b": "1"}, parent=world.tip("acme/shop", "main"))
    number = world.open_pull("acme/shop", "topic").number
    made = world.comment("acme/shop", number, "/promote prod", by="carol")
    at = made.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [c["id"] for c in client.get(f"{R}/issues/comments?since={at}").json] == [made.id]
    later = (made.created_at + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert client.get(f"{R}/issues/comments?since={later}").json == []


def test_a_second_equal_reaction_changes_nothing(client: Client, world: World) -> None:
    made = world.comment("acme/shop", str(world.tip("acme/shop", "main")), "/why prod")
    path = f"{R}/comments/{made.id}/reactions"
    assert client.post(path, {"content": "eyes"}).status == 201
    assert client.post(path, {"content": "eyes"}).status == 200
    assert len(made.reactions) == 1


def test_roles_are_told_apart(client: Client) -> None:
    said = {
        login: client.get(f"{R}/collaborators/{login}/permission").json["role_name"]
        for login in ("alice", "bob", "carol")
    }
    assert said == {"alice": "maintain", "bob": "write", "carol": "read"}
    assert client.get(f"{R}/collaborators/nobody-at-all/permission").status == 404


def test_a_repository_keeps_its_id_when_it_is_renamed(client: Client, world: World) -> None:
    number = world.repo("acme/shop").id
    world.rename_repo("acme/shop", "store")
    assert client.get(f"/repositories/{number}").json["full_name"] == "acme/store"


def test_each_version_of_the_api_lacks_the_fields_that_github_says_it_removed() -> None:
    for version, gone in REMOVED.items():
        assert gone == removed(version), version
