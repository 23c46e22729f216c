"""A pushed folder that two readers could read in two ways: said, and nowhere "as promoted"."""

from __future__ import annotations

import subprocess

from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.rawtrees import parsed, raw_tree

DEV = ONE_BRANCH.partition("  e2e:\n")[0]
FILES = {"stagelock.yaml": DEV, "apps/web/index.html": "one", "docs/a": "a"}


def git(flow: Flow, *words: str, stdin: bytes = b"") -> bytes:
    path = str(flow.world.hub.repo(REPO).path)
    identity = ["-c", "user.name=eve", "-c", "user.email=eve@example.org"]
    done = subprocess.run(
        ["git", *identity, "-C", path, *words], input=stdin, capture_output=True, check=True
    )
    return done.stdout


def with_a_name_twice(flow: Flow, folder: str) -> str:
    """A commit on main whose *folder*, which stands in the root, has its first name twice."""
    tip = flow.tip()
    words = ("hash-object", "--literally", "-w", "-t", "tree", "--stdin")
    below = parsed(git(flow, "cat-file", "tree", f"{tip}:{folder}"))
    made = git(flow, *words, stdin=raw_tree(below[0], *below)).decode().strip()
    root = parsed(git(flow, "cat-file", "tree", f"{tip}:"))
    changed = raw_tree(*((m, n, made if n == folder.encode() else i) for m, n, i in root))
    tree = git(flow, *words, stdin=changed).decode().strip()
    return git(flow, "commit-tree", tree, "-p", tip, "-m", "Odd").decode().strip()


def lands(flow: Flow, sha: str) -> None:
    flow.world.branch(REPO, "main", sha, by="eve")
    flow.settle()


def test_a_stage_whose_folder_cannot_be_read_says_so_and_is_written_again_when_it_can(flow: Flow):
    first = flow.repo(FILES)
    assert flow.state(first, "dev") == "success"
    good = flow.tip()

    lands(flow, with_a_name_twice(flow, "stages"))
    waiting = next_freight(flow)

    run = flow.run(waiting, "dev")
    assert run is not None
    assert run.status == "queued"
    assert "it has the name 'dev' twice" in (run.summary or "")

    flow.world.push(REPO, "main", {"apps/web/index.html": "two"}, parent=good, force=True)
    flow.passes(minutes=6)
    assert flow.landed("dev", flow.records().freights[0].id.sha)


def next_freight(flow: Flow) -> str:
    """Another freight on main, on top of what is there, byte by byte too."""
    tip = flow.tip()
    blob = git(flow, "hash-object", "-w", "--stdin", stdin=b"two").decode().strip()
    words = ("hash-object", "--literally", "-w", "-t", "tree", "--stdin")
    web = git(flow, *words, stdin=raw_tree(("100644", "index.html", blob))).decode().strip()
    apps = git(flow, *words, stdin=raw_tree(("40000", "web", web))).decode().strip()
    root = parsed(git(flow, "cat-file", "tree", f"{tip}:"))
    changed = raw_tree(*((m, n, apps if n == b"apps" else i) for m, n, i in root))
    tree = git(flow, *words, stdin=changed).decode().strip()
    sha = git(flow, "commit-tree", tree, "-p", tip, "-m", "Two").decode().strip()
    lands(flow, sha)
    return sha
