"""A lock as the hook sees it: the ref that the App publishes, and a pipeline whose pull request holds one."""

from __future__ import annotations

import os

from app.core.protection.commit_notes import lock_state
from app.hook.objects import PushedObjects

LOCK = "refs/stagelock/locks/e2e-env"


def git_dir(flow):
    return str(next(p for p in flow._root.rglob("*.git") if "github" in p.parts and p.is_dir()))


def published(flow):
    with PushedObjects(os.environ | {"GIT_DIR": git_dir(flow)}) as objects:
        found = objects.commit(LOCK.encode())
    return None if found is None else lock_state(found[1].partition(b"\n\n")[2])


REVIEWED = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev:
    path: stages/dev
    steps: [{uses: copy, with: {from: apps/web, to: web}}]
  prod:
    needs: [dev]
    path: stages/prod
    via: pull-request
    lock: e2e-env
locks: {e2e-env: {}}
"""
