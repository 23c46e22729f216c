"""Invariant 9: a step writes only inside its stage's outputs, whatever the trees and the steps."""

import tempfile

import pygit2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.core.model.names import FreightId, Sha, StageName, WarehouseName
from app.core.model.pipeline import Stage
from app.core.model.renders import Rendered, RenderRequest
from app.core.model.steps import Copy, Delete, Output, TakeTree
from app.core.paths.canonical import within
from app.git.objects import Objects
from app.git.render import render

names = st.sampled_from(["a", "b", "a.b", "é", "c"])
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
contents = st.sampled_from([b"1", b"2", b"3"])


def without_conflicts(files):
    """Keep what can stand together: no file below a file."""
    kept: dict[str, bytes] = {}
    for path in sorted(files):
        if not any(within(path, other) for other in kept):
            kept[path] = files[path]
    return kept


trees = st.dictionaries(paths, contents, max_size=8).map(without_conflicts)
steps = st.one_of(
    st.builds(Delete, paths),
    st.builds(
        lambda source, to, below: Copy(source, to, excepts=tuple(f"{to}/{b}" for b in below)),
        st.one_of(paths, st.just("")),
        paths,
        st.lists(paths, max_size=2, unique=True),
    ),
    st.builds(TakeTree, st.booleans(), st.lists(paths, max_size=2, unique=True).map(tuple)),
)


def outputs_of(step):
    match step:
        case Copy(_, to, _, excepts):
            return Output(to, excepts=excepts)
        case Delete(path):
            return Output(path)
        case TakeTree(_, excepts):
            return Output("", excepts=excepts)
        case _:
            raise AssertionError(f"where does it write? {step}")


@pytest.fixture(scope="module")
def store():
    with tempfile.TemporaryDirectory() as folder:
        repo = pygit2.init_repository(folder, bare=True)
        yield repo, Objects(repo, lambda shas: pytest.fail(f"fetched: {shas}"))


def committed(repo, files):
    index = pygit2.Index()
    for path, data in files.items():
        index.add(pygit2.IndexEntry(path, repo.create_blob(data), pygit2.enums.FileMode.BLOB))
    who = pygit2.Signature("A", "a@b", 0, 0)
    return Sha(str(repo.create_commit(None, who, who, "x", index.write_tree(repo), [])))


def files_of(objects, tree):
    found = objects.trees.changes(None, tree)
    return {p.decode(): objects.blob(objects.trees.find(tree, p).id) for p in found}


def is_output(path, outputs):
    return any(
        within(path, o.path) and not any(within(path, e) for e in o.excepts) for o in outputs
    )


@given(trees, trees, st.lists(steps, min_size=1, max_size=3))
@example({"a": b"1"}, {"b": b"1"}, [Copy("a", "b/c")])
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_outside_of_the_outputs_changes(store, freight, tip, steps):
    repo, objects = store
    outputs = tuple(outputs_of(step) for step in steps)
    stage = Stage(
        StageName("dev"), WarehouseName("web"), branch="x", steps=tuple(steps), outputs=outputs
    )
    request = RenderRequest(
        stage.name, FreightId(WarehouseName("web"), committed(repo, freight)), committed(repo, tip)
    )
    made = render(objects, request, stage, lambda path: not path.startswith(b"b"))
    if isinstance(made, Rendered):
        after = files_of(objects, made.tree)
        changed = {p for p in {*tip, *after} if tip.get(p) != after.get(p)}

        assert not [path for path in changed if not is_output(path, outputs)]
        assert made.changed_files == len(changed)
        assert (made.content == made.before) == (not changed)


@given(trees, trees, st.lists(steps, min_size=1, max_size=1))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_output_holds_exactly_what_the_step_says(store, freight, tip, steps):
    """Against the same rules written for dictionaries."""
    repo, objects = store
    [step] = steps
    output = outputs_of(step)
    stage = Stage(
        StageName("dev"), WarehouseName("web"), branch="x", steps=(step,), outputs=(output,)
    )
    request = RenderRequest(
        stage.name, FreightId(WarehouseName("web"), committed(repo, freight)), committed(repo, tip)
    )
    made = render(objects, request, stage, lambda path: not path.startswith(b"b"))
    if isinstance(made, Rendered):
        expected = {p: data for p, data in tip.items() if not is_output(p, [output])}
        expected |= {p: d for p, d in brought(step, freight).items() if is_output(p, [output])}
        assert files_of(objects, made.tree) == expected


def brought(step, freight):
    match step:
        case Copy(source, to):
            moved = {p: p[len(source) :].removeprefix("/") for p in freight if within(p, source)}
            return {"/".join(x for x in (to, m) if x): freight[p] for p, m in moved.items()}
        case TakeTree(watched_only):
            return {p: d for p, d in freight.items() if not (watched_only and p.startswith("b"))}
        case _:
            return {}
