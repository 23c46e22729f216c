"""A promoted path that is a symlink: said by name, never followed; once it is a file it goes on."""

from __future__ import annotations

import pygit2
import pytest
from pygit2.enums import FileMode

from app.sandbox.github.git_store import Person
from app.sandbox.github.model import Run
from app.sandbox.github.pushes import writing
from tests.flows.harness import REPO, Flow

COPY = """\
version: 1
warehouses: {web: {paths: [apps/, elsewhere/]}}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
  prod: {needs: [dev], path: stages/prod}
"""
KEY = """\
version: 1
warehouses: {web: {paths: [apps/, elsewhere/]}}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: yaml-set
        with: {file: values.yaml, values: {tag: "${{ freight.sha }}"}}
"""
SECRET = {
    "elsewhere/web/index.html": "secret",
    "elsewhere/dev/a": "1",
    "elsewhere/v.yaml": "tag:\n",
}
WEB = {"apps/web/index.html": "one", **SECRET}


def turned(flow: Flow, path: str, into: str | None, files: dict[str, str] | None = None) -> str:
    """Alice puts a symlink (or *files*, with None) where *path* is, with all below it."""
    who = flow.world.user("alice")
    with writing(flow.world.hub, flow.world.repo(REPO), who) as git:
        tip, index = flow.tip(), pygit2.Index()
        index.read_tree(git.repo[tip].peel(pygit2.Tree))
        below = [e.path for e in index if e.path == path or e.path.startswith(f"{path}/")]
        for one in below:
            index.remove(one)
        made = {path: (into, 0o120000)} if into is not None else {}
        made |= {name: (text, 0o100644) for name, text in (files or {}).items()}
        for name, (text, mode) in made.items():
            index.add(pygit2.IndexEntry(name, git.repo.create_blob(text.encode()), FileMode(mode)))
        tree = str(index.write_tree(git.repo))
        person = Person(who.name, who.email)
        sha = git.write_commit(tree, [tip], f"Turn {path}", person, flow.clock())
        git.set_ref("refs/heads/main", sha)
    flow.settle()
    return sha


def plain(run: Run) -> str:
    return (run.summary or "").replace("\\", "")


@pytest.mark.parametrize(
    ("path", "into"), [("apps/web", "../elsewhere/web"), ("apps", "elsewhere")], ids=["it", "above"]
)
def test_a_source_that_is_a_symlink_is_named_and_never_followed(flow: Flow, path: str, into: str):
    """Rule J16: the folder that is copied, and one on the way to it."""
    flow.repo({"stagelock.yaml": COPY, **WEB})
    before = flow.world.tree_id(REPO, "main", "stages")

    linked = turned(flow, path, into)
    run = flow.run(linked, "dev")
    assert run is not None
    assert run.conclusion == "failure"
    assert f"{path.rpartition('/')[2]} is a symlink" in (run.title or "")
    assert f"{path} is a symlink" in plain(run)
    assert flow.world.tree_id(REPO, "main", "stages") == before

    again = turned(flow, path, None, {"apps/web/index.html": "two"})
    assert (flow.state(again, "dev"), flow.state(again, "prod")) == ("success", "success")
    prod = flow.world.tree(REPO, "main", "stages/prod")
    assert prod == {"stages/prod/web/index.html": b"two"}


@pytest.mark.parametrize(
    ("path", "into"), [("stages/dev", "../elsewhere/dev"), ("stages", "elsewhere")]
)
def test_a_symlink_on_the_way_to_a_target_is_named_and_never_written_through(
    flow: Flow, path: str, into: str
):
    """Rule J16: and it is planned again, by itself, once a folder stands there."""
    flow.repo(WEB)
    turned(flow, path, into)
    flow.push({"stagelock.yaml": COPY})
    second = flow.push({"apps/web/index.html": "two"})
    run = flow.run(second, "dev")
    assert run is not None
    assert run.conclusion == "failure"
    assert f"{path.rpartition('/')[2]} is a symlink" in (run.title or "")
    assert f"{path} is a symlink, not followed" in plain(run)
    elsewhere = flow.world.tree(REPO, "main", "elsewhere")
    assert elsewhere == {name: text.encode() for name, text in SECRET.items()}

    turned(flow, path, None, {"stages/dev/notes.md": "a folder again"})
    flow.passes(minutes=1)
    assert (flow.state(second, "dev"), flow.state(second, "prod")) == ("success", "success")
    assert flow.world.tree(REPO, "main", "stages/dev/web") == {"stages/dev/web/index.html": b"two"}


@pytest.mark.parametrize(
    ("path", "into"),
    [("stages/dev/values.yaml", "../../elsewhere/v.yaml"), ("stages/dev", "../elsewhere")],
)
def test_a_file_of_keys_that_is_a_symlink_is_named_and_never_edited(
    flow: Flow, path: str, into: str
):
    """Rule J16: what it points to stays as it is; the key is set once a file stands there."""
    first = flow.repo({"stagelock.yaml": KEY, "stages/dev/values.yaml": "tag:\n", **WEB})
    turned(flow, path, into)
    second = flow.push({"apps/web/index.html": "two"})
    run = flow.run(second, "dev")
    assert run is not None
    assert run.conclusion == "failure"
    assert f"{path.rpartition('/')[2]} is a symlink" in (run.title or "")
    assert f"{path} is a symlink, not followed" in plain(run)
    assert flow.world.tree(REPO, "main", "elsewhere")["elsewhere/v.yaml"] == b"tag:\n"

    turned(flow, path, None, {"stages/dev/values.yaml": f"tag: {first}\n"})
    flow.passes(minutes=1)
    assert flow.state(second, "dev") == "success"
    set_to = flow.world.tree(REPO, "main", "stages/dev")["stages/dev/values.yaml"]
    assert set_to == f"tag: {second}\n".encode()


def test_a_target_that_became_a_symlink_is_shown_as_an_edit_by_hand(flow: Flow):
    """What stands where a stage writes is replaced as a whole, never followed."""
    flow.repo({"stagelock.yaml": COPY, **WEB})
    turned(flow, "stages/dev/web", "../../elsewhere/web")
    second = flow.push({"apps/web/index.html": "two"})
    run = flow.run(second, "dev")
    assert run is not None
    assert (run.status, run.title) == ("queued", "dev was edited by hand: /promote dev replaces it")

    flow.world.comment(REPO, second, "/promote dev", by="bob")
    flow.settle()
    assert flow.state(second, "dev") == "success"
    assert flow.world.tree(REPO, "main", "stages/dev") == {"stages/dev/web/index.html": b"two"}
    assert flow.world.tree(REPO, "main", "elsewhere/web")["elsewhere/web/index.html"] == b"secret"


def test_a_pipeline_file_that_is_a_symlink_is_said_to_be_no_regular_file(flow: Flow):
    """rule F49: in the words that every other mistake in the file is told in."""
    flow.repo({"stagelock.yaml": COPY, **WEB})
    linked = turned(flow, "stagelock.yaml", "elsewhere/v.yaml")
    run = flow.shown(linked, "config")
    assert run.conclusion == "failure"
    assert "must be a regular file" in (run.title or "")
    assert "`stagelock.yaml` must be a regular file (`wrong-type`)" in (run.summary or "")
