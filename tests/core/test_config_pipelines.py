"""What the file means: layouts, steps that follow, outputs, defaults."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.config import parse
from app.core.model.names import StageName
from app.core.model.pipeline import CheckRule
from app.core.model.steps import Copy, CopyKey, Delete, Output, TakeTree, Value, YamlSet

WEB = "version: 1\nwarehouses:\n  web: {paths: [apps/web/]}\n"
ALL = "version: 1\nwarehouses:\n  web: {branch: src}\n"
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


def pipeline(text, **options):
    """The pipeline; the problems where there are some."""
    result = parse(text.encode(), **options)
    assert result.problems == ()
    return result.pipeline


def stages(text, head=WEB, **options):
    return pipeline(head + "stages:\n" + text, **options).stages


def refused(text, head=WEB, **options):
    problems = parse((head + "stages:\n" + text).encode(), **options).problems
    return [(f"{p.mark.line}:{p.mark.column}", p.code, p.message) for p in problems]


def codes(text, head=WEB, **options):
    return [f"{place} {code}" for place, code, _ in refused(text, head, **options)]


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


def test_a_folder_stage_on_a_warehouse_of_one_folder_becomes_that_folder():
    assert stages("  dev: {path: s/dev/}\n")["dev"].steps == (Copy("apps/web", "s/dev"),)


@pytest.mark.parametrize("paths", ["[]", "[a, b]", "['a/*']", "['regex:a']"])
def test_a_folder_stage_on_any_other_warehouse_needs_steps(paths):
    head = f"version: 1\nwarehouses:\n  web: {{paths: {paths}}}\n"
    assert codes("  dev: {path: s/dev}\n", head) == ["5:3 needs-steps"]


def test_a_branch_stage_becomes_the_freights_tree_without_github():
    made = stages("  dev: {branch: env/dev}\n", ALL)["dev"]
    assert made.steps == (TakeTree(watched_only=False, excepts=(".github",)),)
    assert made.outputs == (Output("", None, (".github",)),)


def test_a_branch_stage_takes_watched_paths_only_where_paths_are_given():
    made = stages("  dev: {branch: env/dev, include-github: true}\n")["dev"]
    assert made.steps == (TakeTree(watched_only=True),)


def test_a_branch_stage_below_a_branch_stage_becomes_its_tree():
    made = stages("  dev: {branch: env/dev}\n  prod: {needs: [dev], branch: env/prod}\n", ALL)
    assert made["prod"].steps == (Copy("", "", StageName("dev"), (".github",)),)


def test_a_branch_stage_below_a_folder_stage_takes_its_outputs_and_keeps_other_files():
    text = (
        "  dev: {path: s/dev, steps: [{uses: copy, with: {from: apps/web, to: web}}]}\n"
        "  prod: {needs: [dev], branch: env/prod}\n"
    )
    assert stages(text)["prod"].steps == (Copy("s/dev/web", "web", StageName("dev")),)


def test_a_folder_stage_below_a_branch_stage_takes_its_outputs():
    made = stages("  dev: {branch: env/dev}\n  prod: {needs: [dev], path: s/prod}\n", ALL)
    assert made["prod"].steps == (Copy("", "s/prod", StageName("dev"), ("s/prod/.github",)),)


def test_keys_travel_as_the_same_keys_of_the_same_file():
    text = (
        "  dev:\n    path: s/dev\n    steps:\n      - uses: yaml-set\n        with:\n"
        "          file: kustomization.yaml\n"
        "          values: {'images[name=web].newTag': '${{ freight.short }}', a: 3}\n"
        "  prod: {needs: [dev], path: s/prod}\n"
    )
    made = stages(text)
    key, values = "images[name=web].newTag", "${{ freight.short }}"
    dev, prod = "s/dev/kustomization.yaml", "s/prod/kustomization.yaml"
    number = Value("3", is_text=False)
    assert made["dev"].steps == (YamlSet(dev, ((key, Value(values)), ("a", number))),)
    assert made["prod"].steps == (
        CopyKey(StageName("dev"), dev, prod, key),
        CopyKey(StageName("dev"), dev, prod, "a"),
    )
    assert str(made["prod"].outputs[0]) == "s/prod/kustomization.yaml#images[name=web].newTag"


def test_files_left_alone_are_no_outputs_and_stay_left_alone_below():
    text = (
        "  dev: {path: s/dev, steps: [{uses: copy, with: {from: x, to: ., except: [v.yaml]}}]}\n"
        "  e2e: {needs: [dev], path: s/e2e}\n"
        "  prod:\n    needs: [e2e]\n    path: s/prod\n"
        "    steps: [{uses: copy, with: {from-stage: e2e, to: in}}]\n"
    )
    made = stages(text)
    assert made["e2e"].steps == (Copy("s/dev", "s/e2e", StageName("dev"), ("s/e2e/v.yaml",)),)
    assert made["prod"].steps == (
        Copy("s/e2e", "s/prod/in", StageName("e2e"), ("s/prod/in/v.yaml",)),
    )


def test_an_output_within_another_of_the_same_stage_is_told_once():
    text = (
        "  dev:\n    path: d\n    steps:\n"
        "      - {uses: copy, with: {from: x, to: web}}\n"
        "      - {uses: delete, with: {path: web/old}}\n"
        "      - {uses: yaml-set, with: {file: web/k.yaml, values: {a: b}}}\n"
    )
    made = stages(text)["dev"]
    assert made.steps[1] == Delete("d/web/old")
    assert made.outputs == (Output("d/web"),)


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


def test_no_steps_follow_below_a_control_flow_stage_or_several():
    text = "  a: {}\n  b: {}\n  c: {needs: [a], path: c}\n  d: {needs-any: [a, b], branch: d}\n"
    assert codes(text) == ["7:3 needs-steps", "8:3 needs-steps"]


def step(text, more=""):
    return f"  up: {{path: up}}\n  dev: {{path: d, {more}needs: [up], steps: [{text}]}}\n"


STEPS = {
    "{uses: copy, with: {from: x, to: ../y}}": "bad-path",
    "{uses: copy, with: {from: /x, to: y}}": "bad-path",
    "{uses: copy, with: {to: y}}": "missing-key",
    "{uses: copy, with: {from: x}}": "missing-key",
    "{uses: copy}": "missing-key",
    "{uses: cpoy, with: {from: x, to: y}}": "undefined-name",
    "{uses: copy, with: {from: x, to: y, except: ['../z']}}": "bad-path",
    "{uses: copy, with: {from: up/x, to: y}}": "loop",
    "{uses: copy, with: {from: ., to: y}}": "loop",
    "{uses: copy, with: {from-stage: dev, to: y}}": "bad-source",
    "{uses: copy, with: {from-stage: ghost, to: y}}": "undefined-name",
    "{uses: copy, with: {from-stage: up, from: ../x, to: y}}": "bad-path",
    "{uses: delete, with: {path: .}}": "bad-path",
    "{uses: yaml-set, with: {file: f, values: {}}}": "wrong-value",
    "{uses: yaml-set, with: {file: f, values: [a]}}": "wrong-type",
    "{uses: yaml-set, with: {file: f, values: {a..b: c}}}": "bad-key-path",
    "{uses: yaml-set, with: {file: f, values: {a: }}}": "wrong-type",
    "{uses: yaml-set, with: {file: f, values: {a: b, '\"a\"': b}}}": "duplicate-entry",
    "{uses: yaml-set, with: {file: f, values: {a: '${{ freight.sah }}'}}}": "bad-template",
    "{uses: yaml-set, with: {file: f, values: {a: '${{ env.HOME }}'}}}": "bad-template",
    "{uses: yaml-set, with: {file: f, values: {a: '${{ freight.sha'}}}": "bad-template",
    "copy": "wrong-type",
}


@pytest.mark.parametrize("text", STEPS)
def test_a_step_that_cannot_run_is_refused_in_its_line(text):
    (problem,) = refused(step(text))
    assert (problem[0].split(":")[0], problem[1]) == ("6", STEPS[text])


def test_from_stage_takes_only_what_the_upstream_writes():
    up = "  up: {path: up, steps: [{uses: copy, with: {from: x, to: web}}]}\n"
    dev = "  dev: {path: d, needs: [up], steps: [{uses: copy, with: {from-stage: up, %sto: y}}]}\n"
    assert stages(up + dev % "")["dev"].steps == (Copy("up/web", "d/y", StageName("up")),)
    assert stages(up + dev % "from: web/a, ")["dev"].steps == (
        Copy("up/web/a", "d/y", StageName("up")),
    )
    assert codes(up + dev % "from: overlay, ") == ["6:81 bad-source"]
    assert codes(up + dev % "from: ., ") == ["6:81 bad-source"]


def test_outputs_on_one_branch_do_not_overlap():
    dev = "  dev: {path: s, steps: [{uses: copy, with: {from: x, to: web}}]}\n"
    assert codes(dev + "  e2e: {path: s/web/in}\n") == ["6:3 overlap"]
    assert codes("  e2e: {path: s/web/in}\n" + dev) == ["6:3 overlap"]
    assert codes(dev + "  e2e: {path: s/other}\n") == []
    assert codes(dev + "  e2e: {path: s/web/in, branch: b}\n") == []
    assert "stage `dev`" in refused(dev + "  e2e: {path: s/web}\n")[0][2]


def keyed(name, key, file="k.yaml"):
    values = f"with: {{file: {file}, values: {{'{key}': x}}}}"
    return f"  {name}: {{path: s, steps: [{{uses: yaml-set, {values}}}]}}\n"


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ("images[name=web].tag", "images[name=api].tag", False),
        ("images[name=web].tag", 'images[name="web"]."tag"', True),
        ("images", "images[0].tag", True),
        ("images[0].tag", "images[name=web].tag", True),
        ("a.b", "a.c", False),
    ],
)
def test_keys_of_one_file_overlap_where_they_may_be_the_same_place(one, other, clash):
    assert codes(keyed("a", one) + keyed("b", other)) == (["6:3 overlap"] if clash else [])


def test_a_path_overlaps_the_keys_within_it_unless_it_leaves_the_file_alone():
    copy = "  c: {path: s, steps: [{uses: copy, with: {from: x, to: .%s}}]}\n"
    assert codes(keyed("a", "k") + copy % "") == ["6:3 overlap"]
    assert codes(keyed("a", "k") + copy % ", except: [k.yaml]") == []


def test_a_whole_branch_overlaps_the_folders_on_it():
    text = "  a: {branch: env}\n  b: {branch: env, path: x}\n"
    assert codes(text) == ["6:3 overlap"]
    assert (
        codes("  a: {branch: env}\n  b: {branch: env, path: .github/x, include-github: true}\n")
        == []
    )


def test_the_default_branch_by_name_is_the_default_branch():
    text = "  a: {path: s/a}\n  b: {branch: main, path: s/a/b}\n"
    assert codes(text) == []
    assert codes(text, default_branch="main") == ["6:3 overlap"]


def test_github_files_are_written_only_where_the_stage_says_so():
    assert codes("  a: {branch: env, steps: [{uses: delete, with: {path: .github/x}}]}\n") == [
        "5:56 combination"
    ]
    assert codes("  a: {path: .github/x}\n") == ["5:3 combination"]


@pytest.mark.parametrize(
    ("warehouse", "place"),
    [
        ("{paths: [s/dev]}", True),
        ("{paths: [s/dev/x, 's/dev/**/*.md']}", True),
        ("{paths: [s/dev/x, s]}", False),
        ("{paths: ['s/*/x']}", False),
        ("{paths: [docs], paths-ignore: [docs]}", True),
        ("{paths: ['docs/*.md'], paths-ignore: [docs]}", True),
        ("{paths-ignore: ['**']}", True),
        ("{branch: other, paths: [s/dev]}", False),
        ("{branch: env}", True),
    ],
)
def test_a_warehouse_for_which_nothing_is_left_is_refused(warehouse, place):
    head = f"version: 1\nwarehouses:\n  web: {warehouse}\n"
    steps = "steps: [{uses: copy, with: {from: x, to: y}}]"
    text = f"  dev: {{path: s/dev, {steps}}}\n  prod: {{branch: env, {steps}}}\n"
    assert codes(text, head) == (["3:3 loop"] if place else [])


def test_a_stage_that_would_write_the_pipeline_file_is_refused():
    text = "  a: {branch: main}\n"
    assert codes(text, ALL) == []
    assert codes(text, ALL, default_branch="main") == ["5:3 loop"]
    assert codes("  a: {path: stagelock.yaml}\n") == ["5:3 loop"]


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
