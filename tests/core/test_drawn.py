"""The pipeline drawn, and what the last commits would have gone to."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from app.core.checkruns import targets
from app.core.config import parse
from app.core.model.names import StageName, WarehouseName
from app.core.model.pipeline import CheckRule, Pipeline, Stage, Warehouse
from app.core.model.previews import Replayed
from app.core.text.drawn import drawn, label
from tests.core.running import one, proposal, world
from tests.core.saying import NASTY, plan, sha
from tests.golden import matches

NEW = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
  unused: {paths: [docs/]}
stages:
  dev: {freight: web, path: stages/dev}
  qa: {freight: web, needs: [dev], path: stages/qa, lock: env, verify: {checks: [e2e, "lint*"]}}
  perf: {freight: web, needs: [dev], path: stages/perf}
  prod: {freight: web, needs-any: [qa, perf], path: stages/prod, via: pull-request, auto: false,
         approve: {count: 1}, steps: [{uses: copy, with: {from: apps/web, to: web}}]}
locks: {env: {permits: 1}}
"""


def checked(**more):
    found = parse(NEW.encode(), "main")
    assert found.problems == ()
    changed = proposal(changes_config=True, config_pipeline=found.pipeline, **more)
    return one(targets(world(proposals=(changed,)), plan()), "stagelock / config", 60).draft


def test_a_pull_request_that_changes_the_file_shows_the_pipeline_and_what_it_does_to_old_commits():
    replayed = (
        Replayed(
            sha(9),
            "Fix the | header @mia",
            (StageName("dev"),),
            (StageName("dev"), StageName("qa")),
        ),
        Replayed(sha(8), "Docs", (), ()),
        Replayed(sha(7), "Tidy", (StageName("dev"),), ()),
    )

    summary = checked(replayed=replayed).summary

    assert matches("config-of-a-pull-request.md", summary)
    assert "Of the last 3 commits on `main` 2 would have been promoted to other stages" in summary
    assert "| `dev` | nowhere |" in summary


def test_where_nothing_would_have_gone_elsewhere_one_sentence_says_so():
    summary = checked(
        replayed=(Replayed(sha(9), "Fix", (StageName("dev"),), (StageName("dev"),)),)
    ).summary
    assert "Of the last 1 commits" not in summary
    assert (
        "The last commit on `main` would have been promoted to the same stages as now." in summary
    )


def wide(stages: int, upstreams: int, check: str = "e2e") -> Pipeline:
    """So many stages, of which each needs so many of those before it."""
    names = [StageName(f"s{n}") for n in range(stages)]
    return Pipeline(
        {WarehouseName("web"): Warehouse(WarehouseName("web"))},
        {
            name: Stage(
                name,
                WarehouseName("web"),
                needs=tuple(names[max(0, n - upstreams) : n]),
                verify=tuple(CheckRule(f"{check}{k}") for k in range(3)),
            )
            for n, name in enumerate(names)
        },
    )


def test_what_mermaid_does_not_draw_is_no_picture():
    """https://mermaid.js.org/config/schema-docs/config.html: maxEdges, maxTextSize"""
    assert drawn(wide(100, 4)).startswith("```mermaid\n")
    assert "need each other too often" in drawn(wide(100, 9))
    assert "too long for a picture" in drawn(wide(100, 1, "検証" * 39))


def test_an_invalid_file_is_not_drawn():
    bad = proposal(changes_config=True, config_readable=False)
    draft = one(targets(world(proposals=(bad,)), plan()), "stagelock / config", 60).draft
    assert "mermaid" not in draft.summary


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("prod", "prod"),
        ("end", "end"),
        ('"]; click s0 "javascript:x"', "#34;#93;#59; click s0 #34;javascript#58;x#34;"),
        ("`md` <b>", "#96;md#96; #60;b#62;"),
        ("#quot;", "#35;quot#59;"),
    ],
)
def test_no_name_is_anything_but_a_label(text, shown):
    """Mermaid's numbers of characters are decimal."""
    assert label(text) == shown


@given(NASTY)
def test_whatever_a_check_is_called_the_picture_keeps_its_form(text):
    stage = Stage(StageName("prod"), WarehouseName("web"), path="p", verify=(CheckRule(text),))
    lines = drawn(
        Pipeline(
            {WarehouseName("web"): Warehouse(WarehouseName("web"))}, {StageName("prod"): stage}
        )
    ).split("\n")

    assert [lines[0], lines[1], lines[-1]] == ["```mermaid", "flowchart LR", "```"]
    assert re.fullmatch(r'  s0\["prod<br>verified by[A-Za-z0-9 ._/#;-]*"\]', lines[3])
    assert len(lines) == 6


def test_more_stages_than_anybody_looks_at_are_counted():
    stages = {
        (name := StageName(f"s{n}")): Stage(name, WarehouseName("web"), path=f"s/{n}")
        for n in range(101)
    }
    assert drawn(Pipeline({WarehouseName("web"): Warehouse(WarehouseName("web"))}, stages)) == (
        "101 stages are too many for a picture."
    )


def test_without_stages_there_is_no_picture():
    assert drawn(Pipeline({}, {})) == ""
