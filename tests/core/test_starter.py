"""The starter file, whatever names a repository holds: it lints clean, and nothing in it acts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.config.starter.assemble import starter
from app.core.config.starter.found import Listing
from app.core.config.starter.names import as_name, level_of
from app.core.config.starter.places import places, wanted
from app.core.model.names import is_name
from app.core.text.starter_file import starter_file
from app.core.text.starter_report import guessed, left_out

NAMES = st.one_of(
    st.sampled_from(["dev", "prod", "qa", "plan", "no", "1e5", "a..b", ".lock", "values", "-"]),
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=9
    ),
)
FOLDERS = st.sampled_from(
    ["overlays", "a/envs", "stages", "a/overlays/b/overlays", "charts/x", "values", ""]
)
FILES = st.sampled_from(["kustomization.yaml", "values.yaml", "main.tf"])
TEXTS = st.one_of(
    st.sampled_from(
        [
            b"images:\n- name: web\n  newTag: v1\n",
            b'images:\n- name: "]\'\\""\n  newTag: v1\n- name: x\n  newTag: v1\n',
            b"resources: [../../base]\n",
            b"image: {tag: x}\n",
            b"a.b: {image: {tag: x}}\n",
            b"a: &a {image: {tag: x}}\nb: *a\n",
            b"- - - ]",
            b"on: push\njobs: {e2e: {strategy: {matrix: {a: [1]}}}}\n",
            b"",
        ]
    ),
    st.binary(max_size=40),
)


@st.composite
def repositories(draw):
    files = {}
    for _ in range(draw(st.integers(0, 6))):
        folder, name = draw(FOLDERS), draw(NAMES)
        shapes = [
            f"{folder}/{name}/{draw(FILES)}",
            f"{folder}/values-{name}.yaml",
            f"{folder}/{name}.yaml",
        ]
        files[draw(st.sampled_from(shapes)).lstrip("/")] = draw(TEXTS)
    files |= dict.fromkeys(draw(st.sets(st.just("base/x"), max_size=1)), b"1")
    for name in draw(st.lists(NAMES, max_size=2)):
        files[f".github/workflows/{name}.yml"] = draw(TEXTS)
    return files, draw(st.lists(NAMES.map("env/{}".format), max_size=3))


@settings(max_examples=150, deadline=None)
@given(repositories())
def test_whatever_is_found_the_file_lints_clean_and_is_text_that_only_says_something(repository):
    files, branches = repository
    listing = Listing(tuple(sorted(files)), (), (), tuple(sorted(branches)))
    found = places(listing)
    contents = {path: files[path] for path in wanted(found)}

    made = starter(listing, found, contents, "main", starter_file)

    assert made.checked.problems == ()
    assert made.checked.pipeline is not None
    said = "".join((made.text, *guessed(made), *left_out(made)))
    assert all(c.isprintable() or c == "\n" for c in said)


@given(st.text(max_size=80), st.sets(st.sampled_from(["stage", "dev", "stage-plan"])))
def test_a_stages_name_is_always_one_and_never_taken(text, taken):
    name = as_name(text, taken)

    assert is_name(name)
    assert name not in taken


def test_well_known_names_have_an_order_and_others_none():
    ordered = ["dev", "int", "qa", "e2e", "uat", "staging", "pre-prod", "eu-prod-2"]

    levels = [level_of(name) for name in ordered]

    known = [level for level in levels if level is not None]
    assert known == levels
    assert levels == sorted(set(known))
    assert [level_of(name) for name in ("acme", "product", "devious", "latest")] == [None] * 4
