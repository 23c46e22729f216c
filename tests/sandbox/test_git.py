"""Real git clients clone, fetch and push over HTTP."""

from __future__ import annotations

import base64
import gzip
import http.client
import itertools
import os
from pathlib import Path

import pytest

from app.sandbox.github.model import Refusal
from app.sandbox.people.world import World
from app.sandbox.serve.server import Sandbox
from tests.processes import PATIENCE
from tests.sandbox.support import Client, Ear, git, remote


@pytest.fixture
def clone(client: Client, sandbox: Sandbox, world: World, tmp_path: Path) -> Path:
    target = tmp_path / "clone"
    git("clone", "-q", remote(sandbox, "bob", world.user("bob").token), target)
    return target


def commit(clone: Path, path: str, text: str) -> str:
    (clone / path).parent.mkdir(parents=True, exist_ok=True)
    (clone / path).write_text(text)
    git("add", ".", cwd=clone)
    git("commit", "-qm", f"Write {path}", cwd=clone)
    return git("rev-parse", "HEAD", cwd=clone).stdout.strip()


def test_a_push_lands_and_is_told_with_the_pusher(clone: Path, world: World, ear: Ear) -> None:
    before = world.tip("acme/shop", "main")
    sha = commit(clone, "b", "2")
    git("push", "-q", "origin", "main", "main:refs/heads/new", "main:refs/tags/v1", cwd=clone)
    world.flush()
    assert world.tip("acme/shop", "main") == sha
    assert world.tree("acme/shop", "main", "b") == {"b": b"2"}
    pushes = {p["ref"]: p for p in ear.payloads("push")}
    pushed = [p for p in ear.payloads("push") if p["after"] == sha]
    assert {p["ref"] for p in pushed} == {"refs/heads/main", "refs/heads/new", "refs/tags/v1"}
    main = next(p for p in pushed if p["ref"] == "refs/heads/main")
    assert (main["before"], main["pusher"]["name"]) == (before, "bob")
    assert [(c["id"], c["added"]) for c in main["commits"]] == [(sha, ["b"])]
    assert pushes["refs/heads/new"]["created"]
    assert [(p["ref"], p["ref_type"]) for p in ear.payloads("create")][-2:] == [
        ("new", "branch"),
        ("v1", "tag"),
    ]


def test_deleting_a_branch_is_told(clone: Path, world: World, ear: Ear) -> None:
    git("push", "-q", "origin", "main:refs/heads/new", cwd=clone)
    git("push", "-q", "origin", ":refs/heads/new", cwd=clone)
    world.flush()
    assert world.tip("acme/shop", "new") is None
    assert ear.events()[-2:] == ["delete", "push"]
    assert ear.payloads("push")[-1]["deleted"]


def test_a_big_push_is_taken_in_chunks(clone: Path, world: World) -> None:
    """Above http.postBuffer git sends a chunked body without a length."""
    (clone / "big").write_bytes(os.urandom(3 << 20))
    sha = commit(clone, "small", "1")
    git("push", "-q", "origin", "main", cwd=clone)
    assert world.tip("acme/shop", "main") == sha


def test_an_outdated_push_and_an_outdated_lease_are_rejected(clone: Path, world: World) -> None:
    old = git("rev-parse", "HEAD", cwd=clone).stdout.strip()
    newer = world.push("acme/shop", "main", {"other": "1"})
    commit(clone, "b", "2")
    done = git("push", "origin", "main", cwd=clone, ok=False)
    assert done.returncode == 1
    lease = f"--force-with-lease=refs/heads/main:{old}"
    assert "stale info" in git("push", lease, "origin", "main", cwd=clone, ok=False).stderr
    assert world.tip("acme/shop", "main") == newer


def test_a_blobless_clone_fetches_blobs_when_it_needs_them(
    client: Client, sandbox: Sandbox, world: World, tmp_path: Path
) -> None:
    client.get("/repos/acme/shop")
    url, target = remote(sandbox, "x-access-token", client.token), tmp_path / "mirror"
    git("clone", "-q", "--bare", "--filter=blob:none", url, target)
    missing = "--missing=print"
    listed = git("rev-list", "--objects", missing, "--all", cwd=target).stdout.splitlines()
    absent = [line[1:] for line in listed if line.startswith("?")]
    assert len(absent) == 2
    assert git("cat-file", "-p", "main:apps/web/a", cwd=target).stdout == "1\n"


@pytest.mark.parametrize(
    ("login", "password"), [("bob", "wrong"), ("x-access-token", "ghs_wrong"), ("bob", "")]
)
def test_wrong_credentials_are_refused(
    client: Client, sandbox: Sandbox, tmp_path: Path, login: str, password: str
) -> None:
    done = git("clone", remote(sandbox, login, password), tmp_path / "x", ok=False)
    assert done.returncode == 128
    assert "Authentication failed" in done.stderr or "could not read" in done.stderr


def test_a_reader_cannot_push_and_a_stranger_sees_nothing(
    clone: Path, sandbox: Sandbox, world: World
) -> None:
    commit(clone, "b", "2")
    carol = remote(sandbox, "carol", world.user("carol").token)
    assert "403" in git("push", carol, "main", cwd=clone, ok=False).stderr
    mallory = remote(sandbox, "mallory", world.user("mallory").token)
    assert "not found" in git("ls-remote", mallory, cwd=clone, ok=False).stderr


def test_a_protected_branch_refuses_with_githubs_text(clone: Path, world: World) -> None:
    tip = world.tip("acme/shop", "main")
    world.protect("acme/shop", "main", 'Required status check "plan" is expected.')
    commit(clone, "b", "2")
    done = git("push", "origin", "main", "main:other", cwd=clone, ok=False)
    assert "GH006: Protected branch update failed for refs/heads/main." in done.stderr
    assert 'Required status check "plan" is expected.' in done.stderr
    assert world.tip("acme/shop", "main") == tip
    assert world.tip("acme/shop", "other") is not None, "only the protected one is refused"
    with pytest.raises(Refusal, match="GH006"):
        world.push("acme/shop", "main", {"c": "3"})
    world.protect("acme/shop", "main", allowed=["bob"])
    git("push", "-q", "origin", "main", cwd=clone)
    world.unprotect("acme/shop", "main")
    world.push("acme/shop", "main", {"c": "3"})


def test_an_app_cannot_push_workflows_without_leave(
    clone: Path, client: Client, sandbox: Sandbox, world: World
) -> None:
    client.get("/repos/acme/shop")
    url = remote(sandbox, "x-access-token", client.token)
    commit(clone, ".github/workflows/ci.yml", "on: push\n")
    done = git("push", url, "main", cwd=clone, ok=False)
    assert "without `workflows` permission" in done.stderr
    git("push", "-q", "origin", "main", cwd=clone)
    commit(clone, "b", "2")
    git("push", "-q", url, "main", cwd=clone)


def test_raced_pushes_lose_no_commit_and_are_told_once_each(
    client: Client, sandbox: Sandbox, world: World, ear: Ear, tmp_path: Path
) -> None:
    import threading

    url = remote(sandbox, "bob", world.user("bob").token)

    def people(number: int) -> None:
        target = tmp_path / str(number)
        git("clone", "-q", url, target)
        commit(target, f"file{number}", "x")
        while git("push", "-q", "origin", "main", cwd=target, ok=False).returncode:
            git("pull", "-q", "--rebase", cwd=target)

    threads = [threading.Thread(target=people, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.flush()
    assert {f"file{n}" for n in range(4)} <= set(world.tree("acme/shop", "main"))
    told = [(p["before"], p["after"]) for p in ear.payloads("push")]
    line = [c.sha for c in world.log("acme/shop", "main")][::-1]
    assert told[1:] == list(itertools.pairwise(line))


def test_a_compressed_request_is_understood(client: Client, sandbox: Sandbox, world: World) -> None:
    """git compresses long lists of wants."""
    sha = world.tip("acme/shop", "main")
    host = sandbox.url.partition("://")[2]
    body = gzip.compress(f"0032want {sha}\n00000009done\n".encode())
    link = http.client.HTTPConnection(host, timeout=PATIENCE)
    login = base64.b64encode(f"bob:{world.user('bob').token}".encode()).decode()
    link.request("POST", "/acme/shop.git/git-upload-pack", body, {
        "Content-Type": "application/x-git-upload-pack-request",
        "Content-Encoding": "gzip",
        "Authorization": f"Basic {login}",
    })  # fmt: skip
    answer = link.getresponse()
    data = answer.read()
    link.close()
    assert answer.status == 200
    assert b"PACK" in data


def test_a_users_own_repository_is_taken_and_only_read(
    clone: Path, world: World, tmp_path: Path
) -> None:
    sha = commit(clone, "b", "2")
    git("tag", "v1", cwd=clone)
    before = git("for-each-ref", cwd=clone).stdout
    world.create_repo("acme/mine", source=clone)
    assert world.tip("acme/mine", "main") == sha
    assert world.hub.git(world.repo("acme/mine")).refs().keys() >= {"refs/tags/v1"}
    assert git("for-each-ref", cwd=clone).stdout == before


def test_what_the_server_can_do_follows_the_repositorys_configuration(
    client: Client, sandbox: Sandbox, world: World
) -> None:
    """Each fetch begins by asking for it, who may fetch: nobody else is told."""
    host = sandbox.url.partition("://")[2]

    def told(token: str) -> tuple[int, bool]:
        login = base64.b64encode(f"bob:{token}".encode()).decode()
        link = http.client.HTTPConnection(host, timeout=PATIENCE)
        headers = {"Git-Protocol": "version=2", "Authorization": f"Basic {login}"}
        link.request("GET", "/acme/shop.git/info/refs?service=git-upload-pack", headers=headers)
        answer = link.getresponse()
        data = answer.read()
        link.close()
        if answer.status == 200:
            assert answer.headers["Content-Type"] == "application/x-git-upload-pack-advertisement"
            assert data.startswith(b"000eversion 2\n")
        return answer.status, b"filter" in data

    token = world.user("bob").token
    assert [told(token), told(token), told("wrong")] == [(200, True), (200, True), (401, False)]
    git("config", "uploadpack.allowFilter", "false", cwd=world.repo("acme/shop").path)
    assert told(token) == (200, False)
