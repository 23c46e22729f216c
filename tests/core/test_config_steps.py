"""What the steps of a stage mean, those that follow from its layout, and which are refused."""

from __future__ import annotations

import pytest

from app.core.model.names import StageName
from app.core.model.steps import Copy, CopyKey, Delete, Output, TakeTree, Value, YamlSet
from tests.core.configuring import ALL, codes, refused, stages


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
    "{uses: copy, with: {from: x, to: y, except: ['*.yaml']}}": "bad-path",
    "{uses: copy, with: {from: x, to: y, except: ['regex:z']}}": "bad-path",
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
