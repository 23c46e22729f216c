"""Everything that is refused, with its exact place, code and suggestion."""

from __future__ import annotations

import pytest

from app.core.config import parse
from app.core.model.names import StageName, WarehouseName
from tests.core.problems import HEAD, told
from tests.core.world import parsed

STAGE = (
    HEAD
    + """stages:
  dev: {path: stages/dev}
"""
)


def stage(line):
    """The file with the one stage that *line* describes; its settings begin in column 9."""
    return HEAD + f"stages:\n  dev: {line}\n"


DOCUMENTS = {
    "empty": (b"", ["1:1 missing-key"]),
    "only a comment": (b"# nothing\n", ["1:1 missing-key"]),
    "a list": (b"- 1", ["1:1 wrong-type"]),
    "a word": (b"hello", ["1:1 wrong-type"]),
    "too large": (b"#" * 65537, ["1:1 too-large"]),
    "not UTF-8": (b"version: 1\n# caf\xe9\n", ["2:6 encoding"]),
    "UTF-16": ("version: 1".encode("utf-16"), ["1:1 encoding"]),
    "a control character": (b"version: 1\n#\x07\n", ["2:2 control-character"]),
    "a second byte order mark": ("\ufeff\ufeffversion: 1".encode(), ["1:1 control-character"]),
    "a tab as indentation": (b"version: 1\nlocks:\n\tfoo:\n", ["3:1 tab"]),
    "an open bracket": (b"version: [1\n", ["2:1 syntax"]),
    "a colon too many": (b"a: b: c\n", ["1:5 syntax"]),
    "two documents": (
        STAGE.encode() + b"---\nversion: 1\n",
        ["6:1 several-documents"],
    ),
    "an anchor and its alias": (
        b"version: &v 1\nwarehouses: {w: {}}\nstages: *v\n",
        ["1:10 alias", "3:9 alias"],
    ),
    "a tag": (STAGE.replace("1", "!!int 1", 1).encode(), ["1:10 tag"]),
    "nothing but a version": (b"version: 1", ["1:1 missing-key", "1:1 missing-key"]),
    "an empty mapping of stages": (HEAD.encode() + b"stages: {}", ["4:9 wrong-value"]),
    "stages as a list": (HEAD.encode() + b"stages: [dev]", ["4:9 wrong-type"]),
    "another version": (STAGE.replace("1", "2", 1).encode(), ["1:10 wrong-value"]),
    "a version as text": (STAGE.replace("1", '"1"', 1).encode(), ["1:10 wrong-type"]),
}


@pytest.mark.parametrize(("data", "expected"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_what_is_no_pipeline_file_is_refused_at_its_place(data, expected):
    assert told(data) == expected


@pytest.mark.parametrize("opening", [b"[", b"{a: ", b"- ", b"? "])
def test_51_levels_are_refused_before_they_are_built(opening):
    assert any("too-deep" in p for p in told(opening * 60))
    assert any(
        "too-deep" in p for p in told(opening * 20_000 if len(opening) < 3 else opening * 9_000)
    )


def test_50_levels_are_only_wrong_content():
    assert told(b"[" * 50 + b"]" * 50) == ["1:1 wrong-type"]
    assert told(b"[" * 51 + b"]" * 51) == ["1:51 too-deep"]


def test_a_byte_order_mark_moves_no_place():
    assert told("\ufeff" + STAGE.replace("version", "versoin")) == told(
        STAGE.replace("version", "versoin")
    )
    assert told("\ufeff" + STAGE) == []


def test_columns_count_characters_not_bytes():
    assert told(stage("{path: stages/dev, 'ü': 1, 'x': 2}")) == [
        "5:27 unknown-key",
        "5:35 unknown-key",
    ]


def test_a_duplicate_key_is_told_at_its_second_place():
    assert told(STAGE + "  dev: {path: x}\n") == ["6:3 duplicate-key"]
    assert told(stage("{path: a, path: a}")) == ["5:18 duplicate-key"]


def test_an_unknown_key_names_what_was_meant():
    (problem,) = parse(stage("{path: stages/dev, need: [x]}").encode()).problems
    assert problem.message == "unknown key `need`: did you mean `needs`?"
    assert problem.suggestion == "needs"


def test_an_undefined_name_names_what_was_meant():
    (problem,) = parse(stage("{path: stages/dev, freight: wbe}").encode()).problems
    assert problem.message == "there is no warehouse `wbe`: did you mean `web`?"
    assert problem.suggestion == "web"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (stage("{path: stages/dev, freight: [web]}"), "5:36"),
    ],
)
def test_values_that_do_nothing_yet_are_refused(text, place):
    (problem,) = parse(text.encode()).problems
    assert f"{problem.mark.line}:{problem.mark.column}" == place
    assert problem.code == "not-supported"
    assert "not supported yet" in problem.message


SETTINGS = {
    "auto: yes": "wrong-type",
    "auto: True": "wrong-type",
    'auto: "true"': "wrong-type",
    "via: pr": "wrong-value",
    "queue: newest": "wrong-value",
    "soak: 10": "bad-duration",
    "soak: 1.5h": "bad-duration",
    "soak: 1w": "bad-duration",
    "soak: -1h": "bad-duration",
    "soak: []": "wrong-type",
    "timeout-minutes: 0": "wrong-value",
    'timeout-minutes: "45"': "wrong-type",
    "timeout-minutes: 45.5": "wrong-type",
    "timeout-minutes: 99999999999999999999": "wrong-value",
    "verify: [e2e]": "wrong-type",
    "verify: {}": "missing-key",
    "verify: {checks: []}": "wrong-value",
    "verify: {checks: [1]}": "wrong-type",
    "verify: {checks: [{app: ci}]}": "missing-key",
    "verify: {checks: [{name: a, app: 'A B'}]}": "wrong-value",
    "verify: {checks: [a, a]}": "duplicate-entry",
    "needs: dev": "wrong-type",
    "needs: []": "wrong-value",
    "needs: [~]": "wrong-type",
    "needs: [ghost]": "undefined-name",
    "needs: [dev]": "cycle",
    "lock: ghost": "undefined-name",
    "lock: []": "wrong-value",
    "lock: ''": "wrong-value",
    "branch: refs/heads/x": "bad-branch",
    "branch: stagelock/dev": "bad-branch",
    "branch: a..b": "bad-branch",
    "branch: 1.0": "wrong-type",
    "branch:": "wrong-type",
    "steps: []": "wrong-value",
    "steps: {}": "wrong-type",
    "merge: auto": "combination",
    "merge-within: 5m": "combination",
    "freight: 7": "wrong-type",
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_wrong_setting_is_told_in_its_line(setting):
    text = HEAD + f"stages:\n  dev:\n    path: stages/dev\n    {setting}\n"
    problems = parse(text.encode()).problems
    assert SETTINGS[setting] in {p.code for p in problems}
    assert {p.mark.line for p in problems} <= {5, 7}


PATHS = ["/a", "a/../b", "..", "./a", "a//b", "a\\b", ".git/x", "a/.GIT", "'a\\tb'", "'.'", "''"]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_is_not_canonical_is_refused(path):
    problems = parse(stage(f"{{path: {path}}}").encode()).problems
    assert [(p.mark.line, p.mark.column, p.code) for p in problems] == [(5, 15, "bad-path")]


NAMES = ["-a", "a-", "A", "a b", "a..b", "a.lock", "plan", "config", "lock", "a" * 64, "''", "ü"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_cannot_be_one_is_refused(name):
    assert told(HEAD + f"stages:\n  {name}: {{path: x}}\n") == ["5:3 bad-name"]


def test_a_lock_group_is_not_called_as_addresses_of_the_api_are():
    assert told(HEAD + "stages:\n  requests: {path: x}\nlocks:\n  requests: {permits: 1}\n") == [
        "7:3 bad-name"
    ]


def test_words_of_yaml_1_1_are_names_like_any_other():
    text = (
        "version: 1\nwarehouses:\n  on: {paths: [yes]}\nstages:\n  no: {freight: on, path: off}\n"
    )
    pipeline = parse(text.encode()).pipeline
    assert pipeline is not None
    assert pipeline.stages[StageName("no")].freight == "on"
    assert pipeline.warehouses[WarehouseName("on")].paths == ("yes",)


def test_all_problems_are_told_at_once_in_their_order():
    text = (
        "version: 3\nwarehouses:\n  web: {pahts: [a]}\nstages:\n"
        "  dev: {freight: wob, path: ../x, soak: 1}\n  e2e: {needs: [dve], path: b}\n"
    )
    assert told(text) == [
        "1:10 wrong-value",
        "3:9 unknown-key",
        "5:18 undefined-name",
        "5:29 bad-path",
        "5:41 bad-duration",
        "6:17 undefined-name",
    ]


@pytest.mark.parametrize(
    ("entry", "column"),
    [("'!a'", 17), ("'{a,b}'", 17), ("'a\\b'", 17), ("x**", 17), ("'regex:('", 17), ("a/*/", 17)],
)
def test_a_path_entry_that_is_refused_is_told_at_its_place(entry, column):
    text = f"version: 1\nwarehouses:\n  web: {{paths: [{entry}]}}\nstages:\n  a: {{}}\n"
    assert told(text) == [f"3:{column} bad-pattern"]


@pytest.mark.parametrize("pattern", ["(a{1000}){1000}", r"\pL{900}", "(?<=a)b", r"(a)\1", r"\C"])
def test_a_hostile_expression_is_refused(pattern):
    text = f"version: 1\nwarehouses:\n  web: {{paths: ['regex:{pattern}']}}\nstages:\n  a: {{}}\n"
    assert told(text) == ["3:17 bad-pattern"]


def test_what_follows_from_a_mistyped_key_is_not_told_as_well():
    """`stpes` is one mistake: that the stage has no steps is no second one."""
    assert told(stage("{path: x, needs: [], stpes: []}")) == [
        "5:25 wrong-value",
        "5:29 unknown-key",
    ]
    assert told(stage("{pth: x, via: commit}")) == ["5:9 unknown-key"]
    assert told(STAGE.replace("paths", "pahts")) == ["3:9 unknown-key"]


def test_on_drift_merge_is_refused_where_a_stage_takes_freight_from_it():
    below = "  last: {needs: [dev], path: stages/last, on-drift: merge}\n"
    problems = parse((stage("{path: stages/dev, on-drift: merge}") + below).encode()).problems
    assert [(p.code, p.suggestion) for p in problems] == [("combination", "on-drift: block")]
    assert (problems[0].mark.line, problems[0].mark.column) == (5, 27)
    for rule in ("block", "overwrite"):
        made = parsed(stage(f"{{path: stages/dev, on-drift: {rule}}}") + below)
        assert [s.on_drift for s in made.stages.values()] == [rule, "merge"]


def test_on_drift_is_one_of_three():
    (problem,) = parse(stage("{path: stages/dev, on-drift: blok}").encode()).problems
    assert (problem.code, problem.suggestion) == ("wrong-value", "block")


def test_a_duration_that_is_too_long_is_told_so_and_not_how_durations_are_written():
    (problem,) = parse(stage("{path: stages/dev, soak: 864000s}").encode()).problems
    assert problem.code == "bad-duration"
    assert "more than 5 digits" in problem.message
    assert not parse(stage("{path: stages/dev, soak: 10d}").encode()).problems
