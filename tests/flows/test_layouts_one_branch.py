"""One branch, a folder a stage: what makes freight, and exactly what is written."""

from __future__ import annotations

import pygit2
import pytest

from app.core.model.names import GroupName, StageName
from app.sandbox.demo.launch import SLUG
from app.sandbox.github.git_store import Person
from app.sandbox.github.pushes import writing
from tests.flows.harness import REPO, Flow

HOOKED = True

PIPELINE = """\
version: 1
warehouses:
  web: {paths: [apps/web/], paths-ignore: ["**/*.md"]}
  api: {paths: [apps/api/]}
stages:
  dev:
    freight: web
    path: stages/dev
    steps:
      - {uses: copy, with: {from: apps/web, to: web, except: [local.env]}}
      - {uses: delete, with: {path: web/debug.log}}
      - {uses: yaml-set, with: {file: values.yaml, values: {image.tag: "${{ freight.short }}"}}}
  qa:
    freight: web
    needs: [dev]
    path: stages/qa
    lock: floor
  live:
    freight: web
    needs: [qa]
    path: stages/live
    steps:
      - {uses: copy, with: {from-stage: qa, from: web, to: site/web}}
  api:
    freight: api
    path: stages/api
locks: {floor: {permits: 1}}
"""
# No value yet: a placeholder would be content, which no freight explains.
VALUES = "# the team's file\nimage: {tag: ''}  # set by promotions\nreplicas: 3\n"
FILES = {
    "stagelock.yaml": PIPELINE,
    "apps/web/index.html": "one",
    "apps/web/debug.log": "noise",
    "apps/api/main.py": "api one",
    "stages/dev/values.yaml": VALUES,
    "stages/dev/web/local.env": "dev's own",
    "stages/qa/values.yaml": VALUES.replace("3", "5"),
    "README.md": "hello",
}


def freight(flow: Flow, warehouse: str = "web") -> list[str]:
    """The commits that were minted, oldest first."""
    return [f.id.sha for f in flow.records().freights if f.id.warehouse == warehouse]


def test_steps_and_keys_bring_exactly_their_outputs(flow: Flow):
    """`except` and other keys stay people's; keys go downstream as keys; api goes its own way."""
    first = flow.repo(FILES)
    assert flow.world.tree(REPO, "main", "stages") == {
        "stages/dev/values.yaml": VALUES.replace("''", f"'{first[:7]}'").encode(),
        "stages/dev/web/index.html": b"one",
        "stages/dev/web/local.env": b"dev's own",
        "stages/qa/values.yaml": VALUES.replace("3", "5").replace("''", f"'{first[:7]}'").encode(),
        "stages/qa/web/index.html": b"one",
        "stages/live/site/web/index.html": b"one",
        "stages/api/main.py": b"api one",
    }
    assert freight(flow) == freight(flow, "api") == [first]
    assert {p.state for p in flow.promotions()} == {"verified"}


def test_only_watched_sources_make_freight(flow: Flow):
    """Mixed, ignored, and moves in and out; no commit of ours makes any."""
    ours = PIPELINE
    for name in ("dev", "qa"):
        place = f"    path: stages/{name}\n"
        ours = ours.replace(place, f"{place}    on-drift: overwrite\n")
    first = flow.repo({**FILES, "stagelock.yaml": ours})
    flow.push({"apps/web/README.md": "ignored", "docs/a.txt": "elsewhere"})
    flow.push({"stages/live/notes.txt": "mine", "stages/qa/web/extra": "by hand"})
    assert freight(flow) == [first]

    mixed = flow.push({"apps/web/index.html": "two", "stages/dev/web/index.html": "by hand"})
    assert freight(flow) == [first, mixed]
    assert flow.world.tree(REPO, "main", "stages/dev/web")["stages/dev/web/index.html"] == b"two"

    moved_in = flow.push({"docs/a.txt": None, "apps/web/a.txt": "elsewhere"})
    moved_out = flow.push({"docs/a.txt": "elsewhere", "apps/web/a.txt": None})
    assert freight(flow) == [first, mixed, moved_in, moved_out]
    assert freight(flow, "api") == [first]
    assert "stages/live/site/web/a.txt" not in flow.world.tree(REPO, "main")

    tip = flow.tip()
    for _ in range(3):
        flow.sweep()
    flow.look()
    assert flow.tip() == tip
    assert freight(flow) == [first, mixed, moved_in, moved_out]


def test_messages_carry_exact_trailers_and_credit_people_only(flow: Flow):
    flow.repo(FILES)
    flow.world.push(REPO, "main", {"apps/web/b": "2"}, "bob", "Fix b\n\nCloses #7")
    flow.world.push(REPO, "main", {"apps/web/c": "3"}, "renovate[bot]", "Bump c")
    newest = flow.push({"apps/web/d": "4"}, "Add d")

    bodies = {
        commit.message.splitlines()[0]: commit
        for commit in flow.world.log(REPO, "main")
        if commit.message.startswith(f"Promote web {newest[:7]}")
    }
    commit = bodies[f"Promote web {newest[:7]} to qa"]
    rows = {p.stage: p for p in flow.promotions() if p.freight.sha == newest}
    [request] = [r for r in flow.requests() if r.promotion == rows[StageName("qa")].id]
    lines = commit.message.splitlines()
    named = [line.split(" ", 2)[2] for line in lines if line.startswith("- ")]
    assert named == ["Add d", "Bump c", "Fix b"]
    trailers = commit.message.rstrip().rpartition("\n\n")[2].splitlines()
    people = [flow.world.user(login) for login in ("alice", "bob")]
    assert trailers == [
        *[f"Co-authored-by: {who.name} <{who.email}>" for who in people],
        "Stagelock-Stage: qa",
        f"Stagelock-Freight: web@{newest}",
        f"Stagelock-Promotion: {rows[StageName('qa')].id}",
        "Stagelock-Branch: main",
        f"Stagelock-Fence: floor={request.tokens[GroupName('floor')]}",
    ]
    assert commit.author.name == f"{SLUG}[bot]"


SIMPLE = """\
version: 1
warehouses: {web: {paths: [apps/web]}}
stages:
  dev: {path: stages/dev}
  prod: {needs: [dev], path: stages/prod}
"""


def test_names_and_modes_travel_as_they_are(flow: Flow):
    """Any bytes that Git takes in a name, executable bits, and a change of mode alone."""
    odd = {"apps/web/ünï.txt": "a", "apps/web/tab\there": "b", "apps/web/new\nline": "c"}
    flow.repo({"stagelock.yaml": SIMPLE, "apps/web/run.sh": "#!/bin/sh\n", **odd})
    chmod(flow, "apps/web/run.sh", 0o100755)
    flow.settle()

    held = flow.world.tree(REPO, "main", "stages/prod")
    assert held == {
        "stages/prod/run.sh": b"#!/bin/sh\n",
        "stages/prod/ünï.txt": b"a",
        "stages/prod/tab\there": b"b",
        "stages/prod/new\nline": b"c",
    }
    assert flow.world.tree_id(REPO, "main", "stages/prod") == flow.world.tree_id(
        REPO, "main", "apps/web"
    )
    assert len(freight(flow)) == 2


@pytest.mark.parametrize("allowed", [False, True])
def test_a_symlink_is_promoted_only_where_the_stage_allows_links(flow: Flow, *, allowed: bool):
    text = SIMPLE.replace("stages/dev}", "stages/dev, allow-links: true}") if allowed else SIMPLE
    flow.repo({"stagelock.yaml": text, "apps/web/target": "x", "apps/web/link": "target"})
    linked = chmod(flow, "apps/web/link", 0o120000)
    flow.settle()

    if allowed:
        assert flow.state(linked, "dev") == "success"
        assert flow.state(linked, "prod") == "failure"  # prod does not allow them
        return
    run = flow.run(linked, "dev")
    assert run is not None
    assert run.conclusion == "failure"
    assert "link" in (run.title or "") + (run.summary or "")
    assert "allow-links" in (run.summary or "")
    assert flow.state(linked, "prod") in ("skipped", "")


def chmod(flow: Flow, path: str, mode: int) -> str:
    """Alice changes nothing but a file's mode."""
    who = flow.world.user("alice")
    with writing(flow.world.hub, flow.world.repo(REPO), who) as git:
        tip = flow.tip()
        tree = with_mode(git.repo, git.repo[tip].peel(pygit2.Tree), path.split("/"), mode)
        person = Person(who.name, who.email)
        sha = git.write_commit(str(tree), [tip], "Change a mode", person, flow.clock())
        git.set_ref("refs/heads/main", sha)
    return sha


def with_mode(
    repo: pygit2.Repository, tree: pygit2.Tree, parts: list[str], mode: int
) -> pygit2.Oid:
    """The tree with another mode at the file that *parts* lead to."""
    builder, found = repo.TreeBuilder(tree), tree / parts[0]
    if isinstance(found, pygit2.Tree):
        below = with_mode(repo, found, parts[1:], mode)
        builder.insert(parts[0], below, pygit2.enums.FileMode.TREE)
    else:
        builder.insert(parts[0], found.id, pygit2.enums.FileMode(mode))
    return builder.write()
