"""Teams in `approve` and `allow`: asked of GitHub person by person, with a permission of its own."""

from __future__ import annotations

from app.sandbox.demo.launch import SLUG
from tests.flows.approving import answer, begun, files, prod, titled, told
from tests.flows.harness import REPO, Flow
from tests.flows.owning import installation_page
from tests.flows.words import replies, say

RELEASE = "approve: {teams: [release]}"


def test_who_is_in_the_team_approves_and_nobody_else(flow: Flow):
    flow.world.join_team("release", "carol")
    first = begun(flow, RELEASE)

    text = answer(flow, first, "/approve prod")

    assert text.startswith("Not done: ")
    assert "acme/release" in text
    assert "comment `/approve prod`" in text
    assert prod(flow) is None
    assert "acme/release" in told(flow, first)
    assert answer(flow, first, "/approve prod", by="carol").startswith("Done: ")
    assert prod(flow) == b"one"


def test_a_team_of_hundreds_is_no_other(flow: Flow):
    flow.world.join_team("release", *(f"person-{number}" for number in range(250)), "carol")
    first = begun(flow, RELEASE)
    assert answer(flow, first, "/approve prod", by="carol").startswith("Done: ")
    assert prod(flow) == b"one"


def test_who_was_only_invited_is_not_in_it(flow: Flow):
    flow.world.join_team("release", "bob", state="pending")
    first = begun(flow, RELEASE)
    assert answer(flow, first, "/approve prod").startswith("Not done: ")


def test_who_has_left_the_team_since_counts_no_more(flow: Flow):
    flow.world.join_team("release", "bob", "dora")
    first = begun(flow, RELEASE, "auto: false")
    say(flow, first, "/approve prod")
    flow.world.leave_team("release", "bob")
    flow.passes(minutes=6)

    say(flow, first, "/promote prod", by="alice")

    assert prod(flow) is None
    assert "bob" in told(flow, first)
    say(flow, first, "/approve prod", by="dora")
    assert prod(flow) == b"one"


def test_a_team_commands_the_stage(flow: Flow):
    flow.world.join_team("ops", "dora")
    first = begun(flow, "auto: false", "allow: {teams: [ops]}")
    assert "acme/ops" in answer(flow, first, "/promote prod")
    assert prod(flow) is None
    say(flow, first, "/promote prod", by="dora")
    assert prod(flow) == b"one"


def test_that_the_app_may_not_see_teams_is_said_where_a_team_approves(flow: Flow):
    flow.world.join_team("release", "bob")
    flow.world.create_repo(REPO, files=files(RELEASE))
    flow.world.set_permissions(SLUG, members="none")
    flow.settle()
    first = flow.newest()

    assert titled(flow, first) == "blocked: the App lacks members: read"
    assert installation_page(flow) in told(flow, first)
    assert "**To do:** " in told(flow, first)
    text = answer(flow, first, "/approve prod")
    assert text.startswith("Not done: ")
    assert "members: read" in text
    assert installation_page(flow) in text
    flow.world.accept_permissions(SLUG, members="read")
    flow.passes(minutes=6)
    assert answer(flow, first, "/approve prod").startswith("Done: ")
    assert prod(flow) == b"one"


def test_where_no_team_is_named_it_is_missed_nowhere(flow: Flow):
    flow.world.create_repo(REPO, files=files("approve: {users: [bob]}"))
    flow.world.set_permissions(SLUG, members="none")
    flow.settle()
    first = flow.newest()

    assert titled(flow, first).startswith("waiting: ")
    say(flow, first, "/approve prod")
    assert prod(flow) == b"one"


def test_whoever_is_named_as_a_person_needs_no_team(flow: Flow):
    flow.world.create_repo(REPO, files=files("auto: false", "allow: {teams: [ops], users: [bob]}"))
    flow.world.set_permissions(SLUG, members="none")
    flow.settle()
    first = flow.newest()

    assert "members: read" in answer(flow, first, "/promote prod", by="alice")
    assert prod(flow) is None
    say(flow, first, "/promote prod")
    assert prod(flow) == b"one"
    assert len(replies(flow, first)) == 2
