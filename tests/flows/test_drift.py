"""People edit by hand what we promote: kept, waited for, or replaced, and always named."""

from __future__ import annotations

import pytest

from app.sandbox.github.model import Run
from tests.flows.drifting import LINES, PATH, begun, edit
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import pipeline
from tests.flows.pushing import before_pushes
from tests.flows.words import replies, say


def there(flow: Flow) -> dict[str, bytes]:
    tree = flow.world.tree(REPO, "main", PATH)
    return {path.removeprefix(f"{PATH}/"): data for path, data in tree.items()}


def summary(run: Run) -> str:
    return run.summary or ""


def test_a_hotfix_is_shown_at_once_and_kept_over_three_promotions(flow: Flow):
    begun(flow, "merge")
    first = flow.newest()
    hot = LINES.replace("line 1\n", "hotfix\n")
    edit(flow, "a", hot)

    run = flow.shown(first, "prod")
    assert run.title == "verified; drift: a by Bob"
    assert f"`{PATH}/a`" in summary(run)
    assert run.conclusion == "success"
    writes = len(flow.writes())
    flow.look()
    assert len(flow.writes()) == writes

    sha = first
    for n in "234":
        sha = flow.push({"apps/web/a": LINES + f"more {n}\n", "apps/web/b": n})
        assert there(flow) == {"a": (hot + f"more {n}\n").encode(), "b": n.encode()}
        assert flow.shown(sha, "prod").title == "verified"
        assert "Kept" in summary(flow.shown(sha, "prod"))
        assert "Bob" in summary(flow.shown(sha, "prod"))
    assert flow.shown(first, "prod").title == "verified"

    edit(flow, "c", "new")
    edit(flow, "c", None)
    assert "drift" not in flow.title(sha, "prod")


def test_a_conflict_fails_with_file_and_name_and_retry_replaces(flow: Flow):
    begun(flow, "merge")
    edit(flow, "b", "hot")
    sha = flow.push({"apps/web/b": "2"})

    assert flow.state(sha, "prod") == "failure"
    assert f"{PATH}/b by Bob" in flow.promotions()[-1].detail
    assert there(flow)["b"] == b"hot"
    say(flow, sha, "/why prod")
    assert "Bob" in replies(flow, sha)[-1]

    say(flow, sha, "/retry prod", by="alice")
    assert f"It replaced these hand edits: `{PATH}/b` (Bob)." in replies(flow, sha)[-1]
    assert there(flow)["b"] == b"2"
    assert "Replaced" in summary(flow.shown(sha, "prod"))


def test_block_waits_and_promote_replaces(flow: Flow):
    begun(flow, "block", "  last: {needs: [prod], path: stages/last}\n")
    edit(flow, "b", "hot")
    sha = flow.push({"apps/web/a": "2"})

    assert flow.state(sha, "prod") == "queued"
    assert flow.title(sha, "prod").startswith("prod was edited by hand: /promote prod")
    say(flow, sha, "/stagelock status")
    assert f"edited by hand: `{PATH}/b` (Bob)" in replies(flow, sha)[-1]
    say(flow, sha, "/promote prod", by="alice")
    assert there(flow) == {"a": b"2", "b": b"1"}
    assert flow.state(sha, "last") == "success"
    run = flow.shown(sha, "prod")
    assert "Replaced" in summary(run)
    assert "Bob" in summary(run)


@pytest.mark.parametrize("rule", ["block", "overwrite"])
def test_promote_puts_back_what_the_stage_held(flow: Flow, rule: str):
    begun(flow, rule, "  last: {needs: [prod], path: stages/last}\n")
    sha = flow.newest()
    edit(flow, "b", "hot")
    assert there(flow)["b"] == b"hot"

    say(flow, sha, "/promote prod", by="alice")
    assert f"It replaced these hand edits: `{PATH}/b` (Bob)." in replies(flow, sha)[-1]
    assert there(flow)["b"] == b"1"
    run = flow.shown(sha, "prod")
    assert run.title == "verified"
    assert "Replaced" in summary(run)
    assert flow.state(sha, "last") == "success"

    say(flow, sha, "/promote prod", by="alice")
    assert "is already verified in prod" in replies(flow, sha)[-1]
    writes = len(flow.writes())
    flow.look()
    assert len(flow.writes()) == writes


def test_promote_puts_nothing_back_where_hand_edits_are_kept(flow: Flow):
    begun(flow, "merge")
    edit(flow, "b", "hot")
    say(flow, flow.newest(), "/promote prod", by="alice")
    assert "is already verified in prod" in replies(flow, flow.newest())[-1]
    assert there(flow)["b"] == b"hot"


def test_overwrite_replaces_and_says_what(flow: Flow):
    begun(flow, "overwrite")
    edit(flow, "b", "hot")
    sha = flow.push({"apps/web/a": "2"})

    assert there(flow) == {"a": b"2", "b": b"1"}
    assert f"`{PATH}/b`" in summary(flow.shown(sha, "prod"))


def test_the_same_key_edited_in_the_same_minute_is_not_lost(flow: Flow):
    """Between our look at the branch and our push somebody sets the same key."""
    stage = (
        "  prod:\n    path: stages/prod\n    steps:\n"
        "      - uses: yaml-set\n"
        '        with: {file: k.yaml, values: {tag: "${{ freight.short }}"}}\n'
    )
    # In quotes: where an id is all digits, a bare one would get them.
    files = {"stages/prod/k.yaml": 'tag: "" # set\nown: 1\n', "apps/web/a": "1"}
    flow.repo({"stagelock.yaml": pipeline(stage), **files})

    def person(number: int) -> None:
        if not number:
            text = 'tag: "mine" # set\nown: 1\n'
            flow.world.push(REPO, "main", {"stages/prod/k.yaml": text}, "bob")

    before_pushes(flow, person)
    sha = flow.push({"apps/web/a": "2"})
    tree = flow.world.tree(REPO, "main", "stages/prod")
    assert tree == {"stages/prod/k.yaml": b'tag: "mine" # set\nown: 1\n'}
    assert flow.promotions()[-1].detail == "stages/prod/k.yaml#tag by Bob"
    say(flow, sha, "/retry prod", by="alice")
    tree = flow.world.tree(REPO, "main", "stages/prod")
    assert tree == {"stages/prod/k.yaml": f'tag: "{sha[:7]}" # set\nown: 1\n'.encode()}
