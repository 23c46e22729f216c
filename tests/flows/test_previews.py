"""What merging a pull request would do to each stage, read from trees."""

from __future__ import annotations

from app.sandbox.demo.launch import SLUG
from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.proposing import propose

FILES = {
    "stagelock.yaml": ONE_BRANCH,
    "apps/web/index.html": "one",
    "apps/web/old.html": "old",
}


def summary(flow: Flow, head: str) -> str:
    run = flow.run(head, "plan")
    assert run is not None
    return run.summary or ""


def asked(flow: Flow, head: str) -> set[tuple[str, str, str]]:
    """
    What the App asked since *head* was pushed, page by page, with what tells one head from another
    out. How often is not counted: that depends on how many deliveries a look finds.
    """
    return {
        (e.method, e.path.replace(head, "HEAD"), e.query.get("page", "1"))
        for e in flow.sandbox.exchanges
        if e.caller == f"{SLUG}[bot]" and "access_tokens" not in e.path
    }


def test_deletions_changes_copies_and_what_is_ignored_stand_there_before_the_merge(flow: Flow):
    flow.repo(FILES)

    head = propose(
        flow,
        {
            "apps/web/index.html": "two",
            "apps/web/old.html": None,
            "apps/web/new.html": "new",
            "apps/web/notes.md": "hm",
        },
    )

    text = summary(flow, head)
    assert (
        "| `dev` | as soon as it is merged | automatically | 4 files: 1 deleted, 1 changed, 2"
        in text
    )
    assert "- deleted `stages/dev/web/old.html`" in text
    assert "- changed `stages/dev/web/index.html`" in text
    assert "- copied `stages/dev/web/new.html`" in text
    assert "- deleted `stages/prod/web/old.html`" not in text  # e2e is not verified: not there yet
    assert "| `apps/web/notes.md` | `paths-ignore: **/*.md` | 3 |" in text


def test_what_people_edited_there_is_named_with_who_did(flow: Flow):
    first = flow.repo(FILES)
    edit = {"stages/dev/web/index.html": "hot"}
    flow.world.push(REPO, "main", edit, author="mia", message="Hot fix")
    flow.settle()
    assert flow.landed("dev", first)

    head = propose(flow, {"apps/web/index.html": "two"})

    text = summary(flow, head)
    assert "### Hand edits already there\n\n`dev`: The next promotion waits until it is rev" in text
    assert "| `stages/dev/web/index.html` | Mia |" in text


def test_a_stage_that_it_edits_by_hand_is_not_promised_to(flow: Flow):
    """`dev` feeds `e2e`, so that hand edits block it; nothing comes further."""
    first = flow.repo(FILES)
    assert flow.landed("dev", first)

    head = propose(flow, {"apps/web/index.html": "two", "stages/dev/web/x": "by hand"})

    run = flow.run(head, "plan")
    assert run is not None
    assert run.title == "promotes nothing yet: dev is edited by hand"
    assert (
        "| `dev` | once it is merged, and its hand edits are reverted, or somebody comments "
        "`/promote dev` | automatically |" in (run.summary or "")
    )
    assert "1 file, once what is there may be replaced:" in (run.summary or "")


def test_what_its_steps_cannot_write_is_not_promised(flow: Flow):
    """rule R62: the title carries the answer."""
    first = flow.repo(FILES)
    assert flow.landed("dev", first)

    head = propose(flow, dict.fromkeys(n for n in FILES if n.startswith("apps/web/")))

    run = flow.shown(head, "plan")
    assert run.title == "promotes nothing yet: dev, e2e and prod cannot be written"
    assert "cannot be written: apps/web is not in web" in (run.summary or "")


LEAF = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev: {path: stages/dev, steps: [{uses: copy, with: {from: apps/web, to: web}}]}
"""


def test_what_it_edits_by_hand_is_kept_where_the_stage_keeps_it_and_else_in_conflict(flow: Flow):
    first = flow.repo({**FILES, "stagelock.yaml": LEAF})
    assert flow.landed("dev", first)

    kept = propose(flow, {"apps/web/index.html": "two", "stages/dev/web/x": "by hand"})
    run = flow.run(kept, "plan")
    assert run is not None
    assert run.title == "will promote to dev"
    assert "1 file: 1 changed" in (run.summary or "")
    assert "deleted" not in (run.summary or "")

    other: dict[str, str | bytes | None] = {
        "apps/web/index.html": "three",
        "stages/dev/web/index.html": "by hand",
    }
    run = flow.run(propose(flow, other, branch="other"), "plan")
    assert run is not None
    assert run.title == "promotes nothing yet: dev is edited by hand"
    assert "cannot be written: conflict with hand edits: stages/dev/web/ind" in (run.summary or "")


def test_a_change_that_takes_a_hand_edit_back_is_promised_as_if_there_had_been_none(flow: Flow):
    flow.repo(FILES)
    flow.world.push(REPO, "main", {"stages/dev/web/x": "hot"}, author="mia")
    flow.settle()

    head = propose(flow, {"apps/web/index.html": "two", "stages/dev/web/x": None})

    run = flow.run(head, "plan")
    assert run is not None
    assert run.title == "will promote to dev, then e2e, prod"


def test_a_stage_that_was_never_promoted_to_says_that_nothing_happens_there(flow: Flow):
    flow.repo({**FILES, "stages/prod/web/index.html": "by hand", "stages/prod/web/b": "b"})

    head = propose(flow, {"apps/web/index.html": "two"})

    text = summary(flow, head)
    assert "### First contact" in text
    assert (
        "- `prod` holds 2 files that no freight explains: nothing happens there until "
        "`/promote prod`." in text
    )


def test_what_was_merged_meanwhile_is_part_of_what_it_brings(flow: Flow):
    """The pull request begins at an older main: its merge has both changes."""
    flow.repo(FILES)
    old = flow.tip()
    flow.push({"apps/web/index.html": "two"})
    head = flow.world.push(REPO, "topic", {"apps/web/b": "b"}, author="bob", parent=old)
    flow.world.open_pull(REPO, "topic", by="bob")
    flow.settle()

    text = summary(flow, head)
    assert "| `dev` | as soon as it is merged | automatically | 1 file: 1 copied |" in text


def test_three_thousand_files_cost_no_more_calls_than_three(flow: Flow):
    """Also of a fork: its head is fetched by git, and everything is read from trees."""
    flow.repo(FILES)
    fork = flow.world.fork(REPO, "dora").full_name
    calls = []
    for count in (2, 3, 3_000):
        files: dict[str, bytes | str | None] = {f"apps/web/{count}/{n}": "x" for n in range(count)}
        flow.sandbox.exchanges.clear()
        parent = flow.tip(repo=fork)
        head = flow.world.push(fork, f"t{count}", files, author="dora", parent=parent)
        pull = flow.world.open_pull(REPO, f"dora:t{count}", by="dora")
        flow.settle()
        assert f"{count:,} files: {count:,} copied" in summary(flow, head)
        calls.append(asked(flow, head))
        flow.world.edit_pull(REPO, pull.number, state="closed")
        flow.settle()
    assert calls[2] <= calls[0] | calls[1]


def test_a_repository_at_rest_with_open_pull_requests_makes_no_write(flow: Flow):
    flow.repo(FILES)
    propose(flow, {"apps/web/index.html": "two"})
    before = len(flow.writes())

    flow.look()
    flow.sweep()
    flow.reboot()
    flow.look()

    assert flow.writes()[before:] == []


def test_more_pull_requests_than_a_look_reads_all_get_their_plan(flow: Flow):
    """A limit bounds one tick's work; the rest follows in the next, at once."""
    flow.repo(FILES)
    heads = []
    for n in range(28):
        branch = f"t{n}"
        head = flow.world.push(REPO, branch, {f"docs/{n}": "x"}, author="bob", parent=flow.tip())
        flow.world.open_pull(REPO, branch, by="bob")
        heads.append(head)
    flow.settle()
    assert [flow.state(head, "plan") for head in heads] == ["success"] * 28
