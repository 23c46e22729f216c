"""What holds for every file: the parser never raises, and what it accepts cannot loop or collide."""

from __future__ import annotations

import itertools
import json

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.config import ParseResult, parse, yamldoc
from app.core.config.outputs import may_overlap, outputs_of
from app.core.model.steps import Copy, CopyKey, Delete, TakeTree, YamlSet
from app.core.paths.canonical import within
from app.core.paths.watch_rules import compile_rules
from app.core.yamledit.key_paths import format_key, parse_key
from tests.core.pipelines import documents
from tests.core.world import parsed

PIECES = st.sampled_from(
    [
        "version: 1\n", "warehouses:", "stages:", "locks:", "\n", "  ", "    ", "\t", "- ", "[", "]",
        "{", "}", ", ", ": ", "&a ", "*a", "!!str ", "<<", "---\n", "...\n", "%YAML 1.1\n", "? ",
        "|\n", ">-\n", "'", '"', "\\", '"\\UFFFFFFFF"', '"\\ud800"', "\ufeff", "\x85", "\u2028",
        "needs", "needs-any", "steps", "uses", "copy", "with", "from", "to", "path", "branch", "web",
        "dev", "e2e", "freight", "paths", "regex:(", "**", "verify", "checks", "lock", "${{", "~",
        "null", "1", "2h", "true", ".", "..", "#", "@", "`", "é", "\U0001f512", "\r\n", "\r",
    ]
)  # fmt: skip
YAMLISH = st.lists(PIECES, max_size=60).map("".join)


def holds_together(result: ParseResult) -> None:
    places = [(p.mark.line, p.mark.column) for p in result.problems]
    assert (result.pipeline is None) == bool(result.problems)
    assert places == sorted(places)
    assert all(line >= 1 and column >= 1 for line, column in places)
    for problem in result.problems:
        assert len(problem.message) < 600
        assert "\n" not in problem.message


@given(st.binary(max_size=300))
@example(b"\xef\xbb\xbf")
@example(b"\x00")
def test_no_bytes_raise(data):
    holds_together(parse(data))


@given(YAMLISH)
@example('"\\UFFFFFFFF"')
@example('version: 1\nwarehouses: {"\\ud800": {}}\n')
def test_no_text_raises(text):
    holds_together(parse(text.encode(errors="surrogatepass")))


@given(YAMLISH)
def test_no_text_raises_without_the_c_parser(text):
    """PyYAML has no C parser on every machine; its pure parser fails in other ways."""
    fast, yamldoc._LOADER = yamldoc._LOADER, yaml.SafeLoader
    try:
        holds_together(parse(text.encode(errors="surrogatepass")))
    finally:
        yamldoc._LOADER = fast


@given(documents(), st.data())
def test_no_half_broken_document_raises(document, data):
    text = json.dumps(document, indent=1)
    cut = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(cut, min(len(text), cut + 40)))
    holds_together(parse((text[:cut] + data.draw(YAMLISH) + text[end:]).encode(errors="replace")))


PLACES = st.sampled_from(["stages", "stages/s0", "stages/s0/a", "stages/s1", "apps/web"])


@given(documents(), st.data())
def test_outputs_of_two_stages_never_overlap_on_one_branch(document, data):
    for stage in document["stages"].values():
        if "path" in stage and data.draw(st.booleans()):
            stage["path"] = data.draw(PLACES)
    pipeline = parse(json.dumps(document).encode()).pipeline
    if pipeline is None:
        return
    for one, other in itertools.combinations(pipeline.stages.values(), 2):
        if one.branch == other.branch:
            assert not any(may_overlap(a, b) for a in one.outputs for b in other.outputs)
            assert not any(may_overlap(b, a) for a in one.outputs for b in other.outputs)


@given(documents(), st.sampled_from(["x", "README.md", "a/b.txt", "web/é"]))
def test_no_warehouse_watches_a_path_within_an_output_on_its_branch(document, name):
    """Invariant 3, its static part: a promotion commit never mints freight."""
    pipeline = parse(json.dumps(document).encode(), "main").pipeline
    if pipeline is None:
        return
    rules = compile_rules(pipeline, "main")
    for stage in pipeline.stages.values():
        for output in stage.outputs:
            below = "/".join(part for part in (output.path, name) if part)
            for path in {output.path or below, below}:
                watched = rules.watched(path.encode())
                branches = {pipeline.warehouses[w].branch or "main" for w in watched}
                assert (stage.branch or "main") not in branches


@given(documents())
def test_steps_write_only_within_the_stages_outputs_and_path(document):
    """Invariant 9, its static part."""
    pipeline = parsed(json.dumps(document))
    for stage in pipeline.stages.values():
        for step in stage.steps:
            for written in targets(step):
                assert within(written, stage.path or "")
                assert any(within(written, output.path) for output in stage.outputs)
        assert stage.outputs == outputs_of(stage.steps)


def targets(step):
    match step:
        case Copy():
            return [step.to]
        case CopyKey() | YamlSet():
            return [step.file]
        case Delete():
            return [step.path]
        case TakeTree():
            return [""]
        case _:
            raise AssertionError(f"where does it write? {step}")


@given(documents())
def test_upstreams_come_before_those_they_feed(document):
    pipeline = parsed(json.dumps(document))
    names = list(pipeline.stages)
    for stage in pipeline.stages.values():
        assert all(names.index(u) < names.index(stage.name) for u in stage.upstreams)


@given(st.text(alphabet="ab.[]=\"'\\ #0é", max_size=30))
def test_every_key_path_has_one_spelling(text):
    try:
        segments = parse_key(text)
    except ValueError:
        return
    assert parse_key(format_key(segments)) == segments
