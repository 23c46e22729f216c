"""What a stage holds before we come, and what a force push leaves of what we did."""

from __future__ import annotations

from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import filled, pipeline
from tests.flows.words import say

LATER = "  prod: {needs: [dev], path: stages/prod}\n"
PIPELINE = pipeline(filled("dev") + LATER)


def promoted(flow: Flow, stage: str) -> list[str]:
    return [s for s in flow.subjects() if s.startswith("Promote") and s.endswith(f" to {stage}")]


def test_equal_content_is_adopted_without_a_commit(flow: Flow):
    """Both stages hold what the newest freight gives: nothing is written, new freight goes on."""
    first = flow.repo(
        {
            "stagelock.yaml": PIPELINE,
            "apps/web/a": "1",
            "stages/dev/web/a": "1",
            "stages/prod/web/a": "1",
        }
    )
    assert flow.subjects() == ["Initial commit"]
    assert flow.state(first, "dev") == flow.state(first, "prod") == "success"
    assert {p.landed for p in flow.promotions()} == {first}

    second = flow.push({"apps/web/a": "2"})
    assert flow.state(second, "prod") == "success"
    assert flow.world.tree(REPO, "main", "stages/prod") == {"stages/prod/web/a": b"2"}


def test_older_content_is_adopted_and_newer_freight_enters(flow: Flow):
    """An App installed late: what lies there is explained by an earlier commit."""
    flow.world.create_repo(
        REPO,
        files={"apps/web/a": "1", "stages/dev/web/a": "1", "stages/prod/web/a": "1"},
    )
    flow.world.push(REPO, "main", {"apps/web/a": "2"})
    flow.settle()
    flow.push({"stagelock.yaml": PIPELINE}, "Use Stagelock")

    assert flow.world.tree(REPO, "main", "stages") == {
        "stages/dev/web/a": b"2",
        "stages/prod/web/a": b"2",
    }
    assert len(promoted(flow, "dev")) == len(promoted(flow, "prod")) == 1


def test_foreign_content_waits_until_somebody_says_so(flow: Flow):
    """Content that no freight explains is nobody's to throw away; an empty stage just begins."""
    first = flow.repo(
        {"stagelock.yaml": PIPELINE, "apps/web/a": "1", "stages/prod/web/precious": "?"}
    )
    assert flow.state(first, "dev") == "success"
    run = flow.shown(first, "prod")
    assert run.status == "queued"
    assert run.title == "prod holds content no freight explains (1 file): /promote prod"
    assert "/promote prod" in (run.summary or "")
    flow.sweep()
    assert flow.world.tree(REPO, "main", "stages/prod") == {"stages/prod/web/precious": b"?"}

    say(flow, first, "/promote prod")

    assert flow.world.tree(REPO, "main", "stages/prod") == {"stages/prod/web/a": b"1"}
    assert flow.state(first, "prod") == "success"


def test_a_force_push_withdraws_freight_and_undoes_nothing(flow: Flow):
    """Prod's branch keeps what it holds; the withdrawn freight enters nothing more."""
    text = pipeline(
        filled("dev").replace("    path: stages/dev\n", "    branch: env/dev\n    path: here\n")
        + "  prod:\n    needs: [dev]\n    branch: env/prod\n    path: here\n    soak: 1h\n"
    )
    base = flow.repo({"stagelock.yaml": text, "apps/web/a": "1"})
    flow.passes(hours=2)
    assert flow.state(base, "prod") == "success"
    gone = flow.push({"apps/web/a": "2"})
    assert flow.state(gone, "dev") == "success"
    assert flow.state(gone, "prod") == "queued"

    flow.world.branch(REPO, "main", at=base)
    flow.settle()
    flow.passes(hours=2)

    assert flow.world.tree(REPO, "env/dev") == {"here/web/a": b"2"}
    assert flow.world.tree(REPO, "env/prod") == {"here/web/a": b"1"}
    assert flow.state(gone, "prod") == "cancelled"
    assert "withdrawn" in (flow.shown(gone, "prod").title or "")

    third = flow.push({"apps/web/a": "3"})
    flow.passes(hours=2)
    assert flow.state(third, "prod") == "success"
    assert flow.world.tree(REPO, "env/prod") == {"here/web/a": b"3"}


def test_a_force_push_that_drops_promotions_brings_newer_freight_in_again(flow: Flow):
    """In one branch our commits go with it: the stages are at what the branch shows now."""
    base = flow.repo({"stagelock.yaml": PIPELINE, "apps/web/a": "1"})
    kept = flow.tip()
    flow.push({"apps/web/a": "2"})
    flow.world.branch(REPO, "main", at=kept)
    flow.settle()
    assert flow.world.tree(REPO, "main", "stages/prod") == {"stages/prod/web/a": b"1"}
    assert flow.tip() == kept
    assert flow.state(base, "prod") == "success"

    third = flow.push({"apps/web/a": "3"})
    assert flow.state(third, "prod") == "success"
    assert flow.world.tree(REPO, "main", "stages/prod") == {"stages/prod/web/a": b"3"}


def test_a_value_that_no_freight_explains_waits_until_somebody_says_so(flow: Flow):
    """What production runs is not replaced because the pipeline file was merged."""
    stage = (
        "  prod:\n    path: stages/prod\n    steps:\n"
        "      - uses: yaml-set\n"
        '        with: {file: values.yaml, values: {newTag: "${{ freight.short }}"}}\n'
    )
    held = {"stages/prod/values.yaml": "newTag: v1.8.3\n"}
    first = flow.repo({"stagelock.yaml": pipeline(stage), "apps/web/a": "1", **held})
    run = flow.shown(first, "prod")
    assert run.status == "queued"
    assert run.title == "prod holds v1.8.3, which no freight explains: /promote prod"
    assert flow.world.tree(REPO, "main", "stages/prod") == {
        "stages/prod/values.yaml": b"newTag: v1.8.3\n"
    }

    say(flow, first, "/promote prod")
    assert flow.state(first, "prod") == "success"
    assert first[:7].encode() in flow.world.tree(REPO, "main")["stages/prod/values.yaml"]
