"""What a pull request is told of what merging it would do: the worst first, never too long."""

from app.core.model.hand_edits import HandEdit
from app.core.model.names import StageName
from app.core.model.previews import FileChange, FileChanges, Held, Ignored, StagePreview
from app.core.text import previews
from tests.core.running import planned
from tests.core.saying import freight
from tests.golden import matches

DEV = StagePreview(
    StageName("dev"),
    freight(),
    "main:stages/dev",
    FileChanges.of(
        [
            FileChange("deleted", "stages/dev/web/old.html"),
            FileChange("changed", "stages/dev/web/index.html"),
            FileChange("copied", "stages/dev/web/new.html"),
        ]
    ),
)
E2E = StagePreview(
    StageName("e2e"), freight(), "main:stages/e2e", None, problem="no key `tag` in `k.yaml`"
)
PROD = StagePreview(
    StageName("prod"),
    freight(),
    "main:stages/prod",
    FileChanges.of([FileChange("changed", "stages/prod/web/index.html")]),
    foreign=Held(("v1.8.3",)),
    edited=(HandEdit("stages/prod/web/index.html", ("Li",)),),
    on_drift="block",
)
IGNORED = (
    Ignored("apps/web/notes.md", "paths-ignore: **/*.md", 4),
    Ignored("stages/dev/x", "outputs of stage dev", 6),
)


def test_the_plan_of_a_pull_request_says_the_worst_first():
    summary = planned(
        warehouses=("web",), stages=(DEV, E2E, PROD), ignored=IGNORED, ignored_count=7
    ).summary

    assert matches("plan-of-a-pull-request.md", summary)
    heads = [line for line in summary.splitlines() if line.startswith("### ")]
    assert heads == [
        "### Deleted",
        "### First contact",
        "### Hand edits already there",
        "### Changed and copied",
        "### Ignored",
    ]
    assert "holds `v1.8.3`, which no freight explains: nothing happens there until" in summary


def test_however_many_files_and_however_long_their_names_it_fits_and_links_to_the_rest():
    """GitHub counts bytes, not characters: https://docs.github.com/rest/checks/runs."""
    names = [FileChange("copied", f"stages/dev/{'ж' * 90}/{n}") for n in range(3000)]
    many = FileChanges.of(names)
    stages = tuple(
        StagePreview(StageName(name), freight(), f"main:stages/{name}", many)
        for name in ("dev", "e2e", "prod")
    )

    summary = planned(warehouses=("web",), stages=stages).summary

    size = len(summary.encode())
    assert 60_000 < size <= 65_535
    assert "3,000 files: 3,000 copied" in summary
    assert (
        "more ([all files](https://github.com/acme/api/pull/4/files); in a clone "
        "`stagelock plan --ref COMMIT` names them)\n" in summary
    )
    assert "The rest does not fit here" not in summary


def test_every_list_is_shown_whole_where_all_of_them_fit():
    files = FileChanges.of([FileChange("copied", f"stages/dev/{n}") for n in range(400)])
    edits = tuple(HandEdit(f"stages/dev/k{n}", ("Li",)) for n in range(90))
    one = StagePreview(StageName("dev"), freight(), "main:stages/dev", files, edited=edits)
    ignored = tuple(Ignored(f"docs/{n}.md", "paths-ignore: **/*.md", 4) for n in range(120))
    by_hand = ((StageName("dev"), tuple(f"stages/dev/h{n}" for n in range(80)), 80),)

    summary = planned(
        warehouses=("web",), stages=(one,), ignored=ignored, ignored_count=120, outputs=by_hand
    ).summary

    named = [summary.count(row) for row in ("- copied", "stages/dev/k", "docs/", "- `stages/dev/h")]
    assert named == [400, 90, 120, 80]
    assert " more (" not in summary


def test_what_does_not_fit_is_shared_by_the_long_lists_and_the_short_ones_are_whole():
    files = FileChanges.of([FileChange("copied", f"stages/dev/{n:0>40}") for n in range(1500)])
    one = StagePreview(
        StageName("dev"),
        freight(),
        "main:stages/dev",
        files,
        edited=(HandEdit("stages/dev/mine", ("Li",)),),
    )
    ignored = tuple(Ignored(f"docs/{n:0>40}", "paths-ignore: **/*.md", 4) for n in range(1500))

    summary = planned(
        warehouses=("web",), stages=(one,), ignored=ignored, ignored_count=5000
    ).summary

    copied, left_out = summary.count("- copied "), summary.count("| `docs/")
    assert copied == left_out
    assert f"- and {1500 - copied:,} more (" in summary
    assert f"| and {5000 - left_out:,} more (" in summary
    assert "| `stages/dev/mine` | Li |" in summary
    assert 64_500 < len(summary.encode()) <= 65_535, "as many as fit"


def test_a_short_list_of_each_of_many_stages_is_shown_whole_where_they_fit():
    """No room is kept for rows of the rest that nobody needs."""
    files = FileChanges.of([FileChange("copied", name) for name in ("a", "b")])
    stages = tuple(
        StagePreview(StageName(f"s{n}"), freight(), f"main:s{n}", files) for n in range(400)
    )

    summary = planned(warehouses=("web",), stages=stages).summary

    assert summary.count("- copied") == 800
    assert " more (" not in summary


def test_of_a_merge_group_the_rest_is_where_it_is_compared_with_its_base():
    many = FileChanges.of([FileChange("copied", f"stages/dev/{n:0>40}") for n in range(1400)])
    one = StagePreview(StageName("dev"), freight(), "main:stages/dev", many)

    summary = planned(number=0, warehouses=("web",), stages=(one,)).summary

    assert f"/compare/main...{'0' * 38}3c)" in summary


def test_foreign_names_are_shown_as_they_are_and_do_nothing():
    """GitHub shows a backslash before a `|` in code, but in a table's cell."""
    name = "a|b`c @octocat #1 <img src=x>\n::stop"
    one = StagePreview(
        StageName("dev"),
        freight(),
        "main:stages/dev",
        FileChanges.of([FileChange("deleted", name)]),
    )

    summary = planned(
        warehouses=("web",), stages=(one,), ignored=(Ignored(name, "docs/", 3),), ignored_count=1
    ).summary

    assert "- deleted ``a|b`c @octocat #1 <img src=x>\\n::stop``\n" in summary
    assert "| ``a\\|b`c @octocat #1 <img src=x>\\n::stop`` | `docs/` | 3 |" in summary
    assert "deleted a|b`c" in "\n".join(previews.lines([one]))


def test_no_two_names_look_the_same():
    names = ("a b", "a\nb", "a\tb", "a  b", "a\u200bb", "ab", " a ", "a")
    changes = FileChanges.of([FileChange("copied", name) for name in names])
    one = StagePreview(StageName("dev"), freight(), "main:stages/dev", changes)

    summary = planned(warehouses=("web",), stages=(one,)).summary

    rows = [line for line in summary.splitlines() if line.startswith("- copied")]
    assert len(set(rows)) == len(names)
    assert "- copied `  a  `" in rows  # one blank on each side is not part of the code


def test_a_terminal_shows_the_same_facts():
    found = "\n".join(previews.lines((DEV, E2E, PROD)))

    assert matches("plan-in-a-terminal.txt", f"{found}\n")
    assert "web 0000000 -> main:stages/dev: 3 files: 1 deleted, 1 changed, 1 copied" in found
    assert "prod holds v1.8.3, which no freight explains" in found
