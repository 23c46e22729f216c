"""What the steps of a stage make of the files of a tip, and what they say when they cannot run."""

import pytest

from app.core.model.names import StageName
from app.core.model.renders import Rendered, StepProblem
from app.core.model.steps import Copy, Delete, Output, TakeTree, Value, YamlSet
from app.errors import Rejected
from app.git.render import LOOK_BACK


def test_a_folder_is_replaced_by_the_freights(origin, render, files):
    """What was in the target before and is not in the freight is gone; the rest stays."""
    tip = origin.commit(
        {"app/a": b"1", "app/x/b": b"2", "stages/dev/web/old": b"0", "stages/dev/values": b"v"}
    )
    made = render(Copy("app", "stages/dev/web"), freight=tip, onto=tip)

    assert files(made) == {
        b"app/a": b"1",
        b"app/x/b": b"2",
        b"stages/dev/values": b"v",
        b"stages/dev/web/a": b"1",
        b"stages/dev/web/x/b": b"2",
    }
    assert made.changed_files == 3
    assert not made.in_sync


def test_the_same_again_changes_nothing(origin, render):
    tip = origin.commit({"app/a": b"1", "stages/dev/a": b"1"})
    made = render(Copy("app", "stages/dev"), freight=tip, onto=tip)

    assert made.in_sync
    assert made.changed_files == 0
    assert made.tree == origin.git("rev-parse", f"{tip}^{{tree}}")


def test_the_freights_commit_is_copied_not_the_tip(origin, render, files):
    freight = origin.commit({"app/a": b"1"})
    tip = origin.commit({"app/a": b"2"})
    made = render(Copy("app", "stages/dev"), freight=freight, onto=tip)

    assert files(made) == {b"app/a": b"2", b"stages/dev/a": b"1"}


def test_a_file_is_copied_with_its_mode(origin, render, files):
    tip = origin.commit({"run": ("100755", b"x")})
    made = render(Copy("run", "stages/dev/run"), freight=tip, onto=tip)

    assert files(made)[b"stages/dev/run"] == b"x"
    only = render(Copy("run", "r"), freight=tip, onto=tip, outputs=(Output("r"),))
    assert only.content == (("r", f"100755:{origin.git('rev-parse', f'{tip}:run')}"),)


def test_excepted_files_stay_as_they_are_in_the_target(origin, render, files):
    """Also where the freight has a file there, and where the target has none."""
    tip = origin.commit(
        {"app/a": b"1", "app/local": b"freight", "app/d/mine": b"freight",
         "stages/dev/local": b"ours", "stages/dev/gone": b"0"}
    )  # fmt: skip
    excepts = ("stages/dev/local", "stages/dev/d/mine")
    output = Output("stages/dev", excepts=excepts)
    made = render(
        Copy("app", "stages/dev", excepts=excepts), freight=tip, onto=tip, outputs=(output,)
    )
    below = {k: v for k, v in files(made).items() if k.startswith(b"stages/")}

    assert below == {b"stages/dev/a": b"1", b"stages/dev/local": b"ours"}


def test_excepted_files_do_not_count_as_content(origin, repo):
    output = Output("s", excepts=("s/local", "s/x/y"))
    one = origin.commit({"s/a": b"1", "s/local": b"1"})
    other = origin.commit({"s/local": b"2", "s/x/y": b"3"})
    third = origin.commit({"s/a": b"2"})
    only = origin.commit({"s/a": None})

    assert repo.content(one, [output]) == repo.content(other, [output])
    assert repo.content(third, [output]) != repo.content(other, [output])
    assert repo.content(only, [output]) == (("s", ""),) == repo.content(None, [output])


def test_files_are_counted_below_paths_only(origin, repo):
    tip = origin.commit({"s/a": b"1", "s/x/y": b"1", "s/local": b"1", "f": b"1", "k.yaml": b"a: 1"})
    outputs = [Output("s", excepts=("s/local",)), Output("f"), Output("k.yaml", "a"), Output("no")]

    assert repo.files_in(tip, outputs) == 3
    assert repo.files_in(None, outputs) == 0


def test_a_copy_from_a_stage_takes_what_was_written_there(origin, render, files):
    wrote = origin.commit({"stages/dev/a": b"verified"})
    tip = origin.commit({"stages/dev/a": b"edited"})
    made = render(
        Copy("stages/dev", "stages/e2e", StageName("dev")),
        freight=tip,
        onto=tip,
        upstreams={"dev": wrote},
    )
    assert files(made)[b"stages/e2e/a"] == b"verified"


def test_a_whole_tree_stage_becomes_the_freights_tree_but_for_github(origin, render, files):
    freight = origin.commit({"a": b"1", ".github/w": b"main's", "b/c": b"2"})
    env = origin.commit({"old": b"0", ".github/w": b"own"}, "env/prod", parents=[])
    step = TakeTree(watched_only=False, excepts=(".github",))
    made = render(step, freight=freight, onto=env, outputs=(Output("", excepts=(".github",)),))

    assert files(made) == {b".github/w": b"own", b"a": b"1", b"b/c": b"2"}
    first = render(step, freight=freight, onto=None)
    assert files(first) == {b"a": b"1", b"b/c": b"2"}
    assert first.changed_files == 2


def test_a_tree_of_the_watched_paths_only(origin, render, files):
    tip = origin.commit({"app/a": b"1", "app/b.md": b"2", "doc/x": b"3", b"app/\xff\t\n": b"4"})
    step = TakeTree(watched_only=True)
    watched = lambda path: path.startswith(b"app/") and not path.endswith(b".md")  # noqa: E731
    made = render(step, freight=tip, onto=None, watched=watched)

    assert files(made) == {b"app/a": b"1", b"app/\xff\t\n": b"4"}


def test_names_that_are_no_text_survive_an_edit_beside_them(origin, render, files):
    odd: dict[str | bytes, bytes] = {
        b"\xff": b"1",
        b't\tn\n"\\': b"2",
        "é/ü": b"3",
        "a.b": b"4",
        "a/x": b"5",
        "a0": b"6",
    }
    tip = origin.commit(odd)
    made = render(Copy("é", "a/new"), freight=tip, onto=tip)
    expected = {k if isinstance(k, bytes) else k.encode(): v for k, v in odd.items()}

    assert files(made) == expected | {"a/new/ü".encode(): b"3"}


def test_deleting_the_last_file_of_a_folder_removes_the_folder(origin, render, files):
    tip = origin.commit({"a": b"1", "stages/dev/x/y": b"2"})

    assert files(render(Delete("stages/dev/x/y"), freight=tip, onto=tip)) == {b"a": b"1"}
    assert render(Delete("stages/dev/none/at/all"), freight=tip, onto=tip).changed_files == 0
    assert render(Delete("a/below/a/file"), freight=tip, onto=tip).changed_files == 0


@pytest.mark.parametrize(
    ("what", "word"), [(("120000", b"a"), "symlink"), (("160000", "12" * 20), "submodule")]
)
def test_links_are_promoted_only_if_the_stage_says_so(origin, render, files, what, word):
    """A symlink could point out of the checkout of whoever deploys it."""
    first = origin.commit({"app/a": b"1", "app/deep/er/link": what})
    tip = origin.commit({"other": b"1"})
    problem = render(Copy("app", "stages/dev"), freight=tip, onto=tip)

    assert isinstance(problem, StepProblem)
    assert word in problem.message
    assert (problem.file, problem.commit) == ("app/deep/er/link", first)
    made = render(Copy("app", "stages/dev"), freight=tip, onto=tip, allow_links=True)
    assert files(made)[b"stages/dev/deep/er/link"] == oct(int(what[0], 8))
    alone = render(Copy("app/deep/er/link", "stages/dev"), freight=tip, onto=tip)
    assert alone.file == "app/deep/er/link"


def test_links_that_are_not_promoted_disturb_nobody(origin, render):
    tip = origin.commit({"app/a": b"1", "link": ("120000", b"a"), "stages/dev/l": ("120000", b"a")})

    assert isinstance(render(Copy("app", "stages/dev/web"), freight=tip, onto=tip), Rendered)


def test_a_file_on_the_way_is_not_overwritten(origin, render):
    tip = origin.commit({"app/a": b"1", "stages": b"a file"})
    problem = render(Copy("app", "stages/dev"), freight=tip, onto=tip)

    assert isinstance(problem, StepProblem)
    assert (problem.file, problem.commit) == ("stages", tip)
    assert problem.fingerprint.startswith("100644:")


def test_a_file_does_not_replace_a_folder_with_excepted_files(origin, render):
    tip = origin.commit({"app": b"1", "stages/dev/keep": b"2"})
    step = Copy("app", "stages/dev", excepts=("stages/dev/keep",))

    assert isinstance(render(step, freight=tip, onto=tip), StepProblem)


def test_a_missing_source_names_the_commit_that_took_it_away(origin, render):
    origin.commit({"app/a": b"1", "b": b"2"})
    took = origin.commit({"app/a": None})
    tip = origin.commit({"b": b"3"})
    problem = render(Copy("app", "stages/dev"), freight=tip, onto=tip)

    assert isinstance(problem, StepProblem)
    assert (problem.file, problem.commit, problem.is_source) == ("app", took, True)
    assert problem.message == f"app is not in web {tip[:7]}"


def test_what_the_branch_lacks_is_no_fault_of_the_source(origin, render):
    tip = origin.commit({"b": b"1"})
    step = YamlSet("stages/dev/k.yaml", (("tag", Value("v2")),))

    assert not render(step, freight=tip, onto=tip).is_source


def test_another_file_that_is_missing_is_another_problem(origin, render):
    tip = origin.commit({"b": b"1"})
    both = [
        render(YamlSet(f"stages/dev/{name}", (("tag", Value("v2")),)), freight=tip, onto=tip)
        for name in ("k.yaml", "l.yaml")
    ]

    assert both[0].fingerprint != both[1].fingerprint


def test_a_change_too_long_ago_to_be_looked_for_is_not_said_to_be_none(origin, render):
    origin.commit({"stages/dev/k.yaml": b"tags: v1\n"})
    first = origin.commit({"b": b"0"})
    tip = first
    for n in range(LOOK_BACK - 1):
        tip = origin.commit({"b": b"%d" % (n + 1)})
    problem = render(YamlSet("stages/dev/k.yaml", (("tag", Value("v2")),)), freight=tip, onto=tip)

    assert (problem.commit, problem.unchanged_since) == (None, first)


def test_of_what_never_was_there_no_commit_is_named(origin, render):
    origin.commit({"b": b"1"})
    tip = origin.commit({"b": b"2"})
    problem = render(Copy("app", "stages/dev"), freight=tip, onto=tip)

    assert (problem.commit, problem.unchanged_since) == (None, None)


def test_trees_are_written_as_git_writes_them(origin, repo):
    tip = origin.commit({"a.b": b"1", "a/x": b"2", "a0": b"3", "run": ("100755", b"4")})
    objects = repo._objects
    root = objects.tree_of(tip)

    assert objects.trees.write(objects.trees.read(root)) == root
    assert repo.empty_tree() == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_a_hostile_nest_of_folders_is_refused(origin, repo, render):
    """A thousand levels would exhaust the stack of whoever rewrites them."""
    tip = origin.commit({"/".join("a" * 1500) + "/f": b"1"})

    for walk in (
        lambda: render(Copy("a", "stages/dev"), freight=tip, onto=tip),
        lambda: render(TakeTree(watched_only=True), freight=tip, onto=None),
    ):
        with pytest.raises(Rejected, match="nested"):
            walk()
