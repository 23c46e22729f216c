"""No two stages write the same place, and none writes what its freight is made of."""

from __future__ import annotations

import pytest

from tests.core.configuring import ALL, codes, refused


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


def one_step(name, uses, given):
    return f"  {name}: {{path: s, steps: [{{uses: {uses}, with: {{{given}}}}}]}}\n"


KEY = ("yaml-set", "file: d/k.yaml, values: {k: x}")
WHOLE = [
    ("copy", "from: x, to: ."),
    ("copy", "from: x, to: d"),
    ("copy", "from: x, to: d/k.yaml"),
    ("delete", "path: d"),
    ("delete", "path: d/k.yaml"),
]


@pytest.mark.parametrize(("uses", "given"), WHOLE)
def test_a_key_overlaps_whatever_writes_its_file_in_both_orders(uses, given):
    key, whole = one_step("a", *KEY), one_step("b", uses, given)
    assert codes(key + whole) == ["6:3 overlap"]
    assert codes(whole + key) == ["6:3 overlap"]


@pytest.mark.parametrize(
    "given", ["to: d/k.yaml.bak", "to: d/k", "to: e", "to: d, except: [k.yaml]"]
)
def test_a_key_does_not_overlap_what_leaves_its_file_alone(given):
    key, whole = one_step("a", *KEY), one_step("b", "copy", f"from: x, {given}")
    assert codes(key + whole) == codes(whole + key) == []


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
