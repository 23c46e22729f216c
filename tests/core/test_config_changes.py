"""What a pull request's `stagelock.yaml` changes: stages, locks, gates."""

from datetime import timedelta

from app.core.config import parse
from app.core.model.names import StageName
from app.core.model.pipeline import Pipeline
from app.core.text.changes import changes, listed, title
from app.core.text.pipeline_file import proposed

BEFORE = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev, steps: [{uses: copy, with: {from: apps/web, to: web}}]}
  old: {needs: [dev], path: stages/old}
  prod: {needs: [dev], path: stages/prod, soak: 2h, verify: {checks: [smoke]}}
locks:
  e2e-env: {permits: 1}
"""
AFTER = """
version: 1
warehouses: {web: {paths: [apps/web/, libs/], checks: [build]}}
stages:
  dev: {path: stages/dev, steps: [{uses: copy, with: {from: apps/web, to: web}}]}
  e2e: {needs: [dev], path: stages/e2e, lock: e2e-env, verify: {checks: [e2e]}}
  prod: {needs: [e2e], path: stages/prod, soak: 4h, auto: false, via: pull-request}
locks:
  e2e-env: {permits: 2}
"""


def read(text: str) -> Pipeline:
    found = parse(text.encode(), "main")
    assert found.pipeline is not None, found.problems
    return found.pipeline


def test_each_stage_lock_and_gate_that_changes_is_said():
    found = changes(read(BEFORE), read(AFTER))

    assert title(found) == "adds 1; removes 1; changes 3"
    lines = dict(line.split("` ", 1) for line in listed(found).splitlines())
    assert set(lines) == {
        "- Stage `e2e", "- Stage `prod", "- Stage `old", "- Lock `e2e-env", "- Warehouse `web",
    }  # fmt: skip
    assert lines["- Stage `e2e"].startswith("is added: `needs` `dev`; `path` `stages/e2e`; ")
    assert "`verify` `e2e`; `lock` `e2e-env`" in lines["- Stage `e2e"]
    assert lines["- Stage `old"] == "is removed"
    prod = lines["- Stage `prod"]
    assert prod.startswith("changes: `needs` `dev` → `e2e`; `steps` differ; `auto` `true` → ")
    assert "`via` `commit` → `pull-request`; `verify` `smoke` → none; " in prod
    assert "`soak` 2 h → 4 h" in prod
    assert lines["- Lock `e2e-env"] == "changes: `permits` `1` → `2`"
    assert "`checks` none → `build`" in lines["- Warehouse `web"]


def test_few_changes_are_named_in_the_title():
    found = changes(read(BEFORE), read(BEFORE.replace("soak: 2h", "soak: 4h")))

    assert title(found) == "changes stage prod"
    assert (
        timedelta(hours=4)
        == read(BEFORE.replace("soak: 2h", "soak: 4h")).stages[StageName("prod")].soak
    )


def test_the_same_file_in_other_words_changes_nothing():
    assert changes(read(BEFORE), read("# a comment\n" + BEFORE)) == ()


def test_a_first_file_adds_everything():
    assert {change.verb for change in changes(None, read(BEFORE))} == {"adds"}


def test_an_invalid_file_is_said_not_to_count():
    """P7: also once it is merged; the last valid one stays in force."""
    text = proposed("main", "main", valid=False)

    assert "This version has no effect, even once it is merged" in text
    assert "the last valid version on `main` stays in force" in text
    assert "nothing is promoted" in proposed("main", "main", valid=False, force=False)
