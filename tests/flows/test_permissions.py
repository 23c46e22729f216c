"""What the App was not granted: one title on every run concerned, and where it is granted."""

from __future__ import annotations

from app.sandbox.demo.launch import SLUG
from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.owning import installation_page

DEV = ONE_BRANCH.partition("  e2e:\n")[0]
ALONE = {"stagelock.yaml": DEV, "apps/web/index.html": "one"}
PIPELINE = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}


def said(flow: Flow, sha: str, stage: str) -> tuple[str, str, str]:
    """(state, title, summary) of a stage's run."""
    run = flow.run(sha, stage)
    assert run is not None, stage
    return run.conclusion or run.status, run.title or "", run.summary or ""


def test_a_permission_that_lacks_from_the_start_is_the_title_of_every_run_concerned(flow: Flow):
    flow.world.create_repo(REPO, files=PIPELINE)
    flow.world.set_permissions(SLUG, contents="read")
    flow.settle()
    first = flow.tip()

    for stage in ("dev", "e2e", "prod"):
        state, title, summary = said(flow, first, stage)
        assert (state, title) == ("queued", "blocked: the App lacks contents: write")
        assert installation_page(flow) in summary
        assert "**To do:** " in summary
    assert flow.requests() == ()
    assert [promotion for promotion in flow.promotions() if promotion.state == "writing"] == []


def test_it_goes_on_by_itself_when_an_owner_grants_it(flow: Flow):
    flow.world.create_repo(REPO, files=ALONE)
    flow.world.set_permissions(SLUG, contents="read")
    flow.settle()
    first = flow.tip()
    assert said(flow, first, "dev")[0] == "queued"

    flow.passes(hours=3)  # however long it takes: that is no failure
    assert said(flow, first, "dev")[0] == "queued"
    flow.world.accept_permissions(SLUG, contents="write")
    flow.passes(minutes=5)

    assert flow.landed("dev", first)
    assert flow.state(first, "dev") == "success"


def test_a_permission_that_was_taken_away_unheard_is_named_once_a_write_is_refused(flow: Flow):
    """GitHub tells nobody when an App asks for less than before: the refusal is what we hear."""
    flow.repo(ALONE)
    flow.world.set_permissions(SLUG, contents="read")

    second = flow.push({"apps/web/index.html": "two"})

    assert said(flow, second, "dev")[1] == "blocked: the App lacks contents: write"
    before = len(flow.sandbox.exchanges)
    flow.look()
    flow.look()
    assert len(flow.sandbox.exchanges) - before < 20
    flow.world.set_permissions(SLUG, contents="write")
    flow.sweep()
    flow.passes(minutes=6)
    assert flow.landed("dev", second)


def test_a_pull_request_needs_its_own_permission_and_others_go_on(flow: Flow):
    pipeline = ONE_BRANCH.replace(
        "    path: stages/prod\n", "    path: stages/prod\n    via: pull-request\n"
    )
    flow.world.create_repo(REPO, files={**PIPELINE, "stagelock.yaml": pipeline})
    flow.world.set_permissions(SLUG, pull_requests="read")
    flow.settle()
    freight = flow.newest()
    flow.finish(flow.landed("e2e", freight), "e2e")

    assert said(flow, freight, "prod")[1] == "blocked: the App lacks pull requests: write"
    assert flow.state(freight, "dev") == "success"


def test_what_is_awaited_cannot_be_seen_without_the_permission_to_read_it(flow: Flow):
    flow.world.create_repo(REPO, files=PIPELINE)
    flow.world.set_permissions(SLUG, statuses="none")
    flow.settle()
    first = flow.newest()

    assert flow.state(first, "dev") == "success"  # it awaits nothing
    assert said(flow, first, "e2e")[1] == "blocked: the App lacks statuses: read"


def test_an_optional_permission_keeps_nothing_from_going_on(flow: Flow):
    flow.world.create_repo(REPO, files=PIPELINE)
    flow.world.set_permissions(SLUG, actions="none", merge_queues="none")
    flow.settle()
    first = flow.newest()

    assert flow.state(first, "dev") == "success"
    assert "lacks" not in said(flow, first, "e2e")[1]


def test_the_sweep_knows_what_every_installation_grants_and_how_many_there_are(flow: Flow):
    flow.repo(ALONE)
    flow.world.set_permissions(SLUG, contents="read", statuses="none")
    flow.sweep()

    [one] = flow.app.store.installs.all()
    assert one.lacks == ("contents: write", "statuses: read")
    assert one.url == installation_page(flow)
    standing = flow.app.store.installs.standing()
    assert standing is not None
    assert (standing.app_id, standing.slug) == (flow.app_id, SLUG)
    assert (standing.accounts, standing.repositories, standing.refused) == (1, 1, "")
