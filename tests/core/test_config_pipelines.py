"""What the file means: its stages, their order and defaults, and what it may not combine."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.config import parse
from app.core.model.names import StageName
from app.core.model.pipeline import CheckRule
from app.core.model.steps import Copy, Output
from tests.core.configuring import ALL, codes, pipeline, refused, stages

ISSUE = """version: 1
warehouses:
  web:
    branch: main
    paths: [apps/web/]
    paths-ignore: ["**/*.md"]
    checks: [build]
stages:
  dev:
    freight: web
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
  e2e:
    needs: [dev]
    path: stages/e2e
    lock: e2e-env
    verify:
      checks: [e2e]
    timeout-minutes: 45
  prod:
    needs: [e2e]
    path: stages/prod
    auto: false
    via: pull-request
    soak: 2h
locks:
  e2e-env: {permits: 1, max-hold: 2h}
"""


def test_the_example_means_what_it_says():
    made = pipeline(ISSUE)
    dev, e2e, prod = made.stages.values()
    assert made.warehouses["web"].checks == (CheckRule("build"),)
    assert dev.steps == (Copy("apps/web", "stages/dev/web"),)
    assert e2e.steps == (Copy("stages/dev/web", "stages/e2e/web", StageName("dev")),)
    assert prod.outputs == (Output("stages/prod/web"),)
    assert (e2e.timeout, prod.soak) == (timedelta(minutes=45), timedelta(hours=2))
    assert (prod.auto, prod.via, prod.merge) == (False, "pull-request", "people")
    assert [s.on_drift for s in (dev, e2e, prod)] == ["block", "block", "merge"]
    assert made.locks["e2e-env"].permits == 1
    assert (prod.mark.line, prod.mark.column) == (22, 3)


def test_stages_come_in_needs_order_with_ties_as_in_the_file():
    made = stages("  c: {needs: [a, b], soak: 1h}\n  b: {needs: [a]}\n  z: {}\n  a: {}\n")
    assert list(made) == ["z", "a", "b", "c"]


def test_a_control_flow_stage_writes_nothing():
    made = stages("  gate: {soak: 1h}\n  prod: {needs: [gate], path: p, steps: [" + DELETE + "]}\n")
    assert not made["gate"].writes
    assert made["gate"].outputs == ()


DELETE = "{uses: delete, with: {path: x}}"


@pytest.mark.parametrize(
    "setting",
    ["via: commit", "lock: l", "verify: {checks: [a]}", "timeout-minutes: 3", "allow-links: true"],
)
def test_a_control_flow_stage_refuses_what_is_for_writing(setting):
    head = "version: 1\nwarehouses: {web: }\nlocks: {l: }\n"
    assert codes(f"  gate: {{{setting}}}\n", head) == ["5:10 combination"]


def test_a_cycle_is_told_at_its_later_stage_with_the_path_that_closes_it():
    text = "  a: {needs: [c]}\n  b: {needs: [a]}\n  c: {needs: [b]}\n  d: {needs: [c]}\n"
    ((place, code, message),) = refused(text)
    assert (place, code) == ("7:3", "cycle")
    assert message.endswith("c needs b needs a needs c")


def test_two_cycles_are_two_problems():
    text = "  a: {needs: [b]}\n  b: {needs: [a]}\n  c: {needs: [c]}\n"
    assert codes(text) == ["6:3 cycle", "7:3 cycle"]


TWO = "version: 1\nwarehouses: {a: {paths: [a]}, b: {paths: [b]}}\n"


def test_the_warehouse_is_named_where_there_are_several():
    assert codes("  x: {path: x}\n", TWO) == ["4:3 missing-key"]
    assert stages("  x: {path: x, freight: b}\n", TWO)["x"].freight == "b"


def test_upstreams_carry_the_same_warehouse():
    text = "  x: {path: x, freight: a}\n  y: {path: y, freight: b, needs: [x]}\n"
    assert codes(text, TWO) == ["5:36 other-freight"]


def test_a_stage_has_needs_or_needs_any():
    text = "  a: {}\n  b: {needs: [a], needs-any: [a]}\n"
    assert codes(text) == ["6:19 combination"]


def test_merging_is_for_pull_requests_and_waiting_for_it_needs_a_lock():
    head = "version: 1\nlocks: {l: }\nwarehouses: {web: {paths: [w]}}\n"
    pull = "  a: {path: a, via: pull-request, merge-within: 1h%s}\n"
    assert codes(pull % "", head) == ["5:35 combination"]
    assert codes(pull % ", lock: l", head) == []


def test_a_note_says_where_workflows_must_be():
    text = ALL + "stages:\n  dev: {branch: env/dev, verify: {checks: [%s]}%s}\n"
    (note,) = parse((text % ("e2e", "")).encode()).notes
    assert (note.code, note.mark.line, note.mark.column) == ("workflows-on-branch", 5, 34)
    assert parse((text % ("e2e", ", include-github: true")).encode()).notes == ()
    assert parse((text % ("{name: e2e, app: jenkins}", "")).encode()).notes == ()
    assert pipeline(text % ("e2e", "")) is not None


def test_names_alone_take_all_defaults():
    made = pipeline("version: 1\nwarehouses:\n  w:\nstages:\n  s:\nlocks:\n  l:\n")
    warehouse, stage = made.warehouses["w"], made.stages["s"]
    assert (warehouse.paths, warehouse.paths_ignore) == ((), ())
    assert (warehouse.branch, warehouse.checks) == (None, ())
    assert (stage.writes, stage.soak, stage.approve) == (False, timedelta(), None)
    assert (stage.auto, stage.queue, stage.verify) == (True, "latest", ())
    assert made.locks["l"].max_hold == timedelta(hours=2)
