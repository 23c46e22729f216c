"""The App and the hook agree: what we push and what people merge of ours is accepted."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from app.core.protection import violations
from app.core.protection.commit_notes import lock_message
from app.core.protection.push_facts import Update
from app.gitplumbing.commits import parents_of
from app.hook.facts import Gatherer
from app.hook.objects import PushedObjects
from app.hook.refs import Refs
from app.hook.server import HookSettings
from tests.flows.harness import ONE_BRANCH, REPO
from tests.flows.hooked_locks import LOCK, REVIEWED, git_dir, published

EVERY_TIME = True

ROLES = ("AUTHOR", "COMMITTER")


def refused(flow, update, who):
    with PushedObjects(os.environ | {"GIT_DIR": git_dir(flow)}) as objects:
        folder = git_dir(flow)
        server = HookSettings(promoter="stagelock[bot]")
        gatherer = Gatherer(objects, Refs(folder, ""), folder, server, keep=False)
        return {v.code for v in violations(gatherer.push([update], who))}


def test_a_lock_is_published_with_its_grant_and_its_release(flow):
    freight = flow.repo({"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"})
    landed = flow.landed("e2e", freight)

    held = published(flow)
    assert [h.stage for h in held.holders] == ["e2e"]
    assert f"Stagelock-Promotion: {held.holders[0].promotion}" in message(flow, landed)
    assert f"Stagelock-Fence: e2e-env={held.holders[0].token}" in message(flow, landed)

    flow.finish(landed, "e2e")

    assert published(flow).holders == ()
    assert published(flow).token == held.token


def test_the_hook_accepts_our_pushes_and_refuses_the_same_by_others(flow):
    freight = flow.repo({"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"})
    landed = flow.landed("e2e", freight)
    parent = next(c.parents[0] for c in flow.world.log(REPO, "main") if c.sha == landed)
    update = Update(b"refs/heads/main", parent, landed)

    assert refused(flow, update, "stagelock[bot]") == set()
    assert refused(flow, update, "mallory") == {"outputs"}


def test_a_repository_at_rest_publishes_nothing(flow):
    flow.repo({"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"})
    with PushedObjects(os.environ | {"GIT_DIR": git_dir(flow)}) as objects:
        before = objects.commit(LOCK.encode())

    flow.sweep()

    with PushedObjects(os.environ | {"GIT_DIR": git_dir(flow)}) as objects:
        assert objects.commit(LOCK.encode()) == before


def message(flow, sha):
    return next(c.message for c in flow.world.log(REPO, "main") if c.sha == sha)


def test_a_person_may_merge_our_pull_request_while_its_lock_is_published(flow):
    """The grant is published before `stagelock / plan` turns green, and only then may it land."""
    flow.repo({"stagelock.yaml": REVIEWED, "apps/web/index.html": "one"})
    head = flow.tip("stagelock/prod")
    flow.passes(minutes=2)
    assert flow.state(head, "plan") == "success"
    merge = Update(b"refs/heads/main", flow.tip(), head)

    assert [h.stage for h in published(flow).holders] == ["prod"]
    assert refused(flow, merge, "bob") == set()


def pushes(flow):
    """What each push moved, from now on: a list of sets of refs, read when it is called."""
    file = Path(git_dir(flow), "pushed")
    hook = Path(git_dir(flow), "hooks", "pre-receive")
    hook.write_text(f"#!/bin/sh\ncat >> {file}\necho >> {file}\n")
    hook.chmod(0o755)

    def told():
        text = file.read_text() if file.exists() else ""
        return [{line.split()[2] for line in one.splitlines()} for one in text.split("\n\n")[:-1]]

    return told


def test_a_grant_is_published_in_one_push_with_its_promotion(flow):
    """Nobody sees the one without the other, and a promotion under a lock costs no push more."""
    flow.repo({"README.md": "nothing yet"})
    told = pushes(flow)
    freight = flow.push({"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"})
    assert told() == [{"refs/heads/main"}, {"refs/heads/main", LOCK}]

    flow.finish(flow.landed("e2e", freight), "e2e")
    assert told()[2:] == [{"refs/heads/main"}, {LOCK}]


def test_a_server_that_moves_one_ref_at_a_time_gets_two_pushes(flow):
    flow.repo({"README.md": "nothing yet"})
    subprocess.run(
        ["git", "-C", git_dir(flow), "config", "receive.advertiseAtomic", "false"], check=True
    )
    told = pushes(flow)
    freight = flow.push({"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"})

    assert told() == [{"refs/heads/main"}, {LOCK}, {"refs/heads/main"}]
    assert flow.landed("e2e", freight)
    assert [h.stage for h in published(flow).holders] == ["e2e"]


def test_a_lock_that_lost_its_race_is_published_on_what_is_there(flow):
    """Both refs are compared: a promotion does not land on a lock's state that it did not see."""
    first = flow.repo({"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"})
    flow.finish(flow.landed("e2e", first), "e2e")
    folder, free = git_dir(flow), published(flow)
    moved = (
        subprocess.run(
            ["git", "-C", folder, "commit-tree", f"{LOCK}^{{tree}}", "-p", LOCK],
            input=lock_message("e2e-env", free, "", "somebody").encode(),
            env=os.environ | {f"GIT_{r}_{k}": "x" for r in ROLES for k in ("NAME", "EMAIL")},
            capture_output=True,
            check=True,
        )
        .stdout.decode()
        .strip()
    )
    hook = Path(folder, "hooks", "pre-receive")
    hook.write_text(
        f"#!/bin/sh\ngrep -q {LOCK} || exit 0\n[ -e {folder}/moved ] && exit 0\n"
        f"touch {folder}/moved; env -u GIT_QUARANTINE_PATH git update-ref {LOCK} {moved}\n"
    )
    hook.chmod(0o755)

    second = flow.push({"apps/web/index.html": "two"})

    assert Path(folder, "moved").exists()
    held = published(flow)
    assert [h.stage for h in held.holders] == ["e2e"]
    assert f"e2e-env={held.token}" in message(flow, flow.landed("e2e", second))
    with PushedObjects(os.environ | {"GIT_DIR": folder}) as objects:
        found = objects.commit(LOCK.encode())
        assert found is not None
        assert parents_of(found[1]) == [moved]


def test_what_a_server_refused_is_not_pushed_again(flow):
    flow.repo({"README.md": "nothing yet"})
    hook = Path(git_dir(flow), "hooks", "pre-receive")
    tried = Path(git_dir(flow), "tried")
    hook.write_text(f"#!/bin/sh\nif grep -q refs/stagelock; then echo x >> {tried}; exit 1; fi\n")
    hook.chmod(0o755)
    flow.push({"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"})
    before = tried.read_text()

    flow.sweep()
    flow.look()

    assert tried.read_text() == before


def test_a_server_that_refuses_lock_refs_stops_no_promotion(flow):
    """The hook then refuses what it cannot match; stages without a lock must not wait for that."""
    flow.repo({"README.md": "nothing yet"})
    hook = Path(git_dir(flow), "hooks", "pre-receive")
    hook.write_text('#!/bin/sh\nif grep -q refs/stagelock; then echo "not here" >&2; exit 1; fi\n')
    hook.chmod(0o755)

    freight = flow.push({"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"})

    assert flow.state(freight, "dev") == "success"
    assert published(flow) is None
