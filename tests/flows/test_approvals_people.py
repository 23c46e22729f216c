"""Who may approve or command a stage: roles, names in the file, authors, and who they are by now."""

from __future__ import annotations

from app.errors import Transient
from tests.flows.approving import answer, begun, prod, titled, told
from tests.flows.around import stand_beside
from tests.flows.deaf import due
from tests.flows.harness import REPO, Flow
from tests.flows.words import replies, say


def test_who_may_not_write_may_not_approve(flow: Flow):
    first = begun(flow, "approve: {count: 1}")

    text = answer(flow, first, "/approve prod", by="carol")

    assert text.startswith("Not done: `/approve prod` needs *write*; you have *read*. ")
    assert prod(flow) is None
    assert flow.state(first, "prod") == "queued"


def test_with_names_in_the_file_only_those_people_may_whatever_their_role(flow: Flow):
    first = begun(flow, "approve: {users: [Carol]}")

    text = answer(flow, first, "/approve prod")

    assert text.startswith("Not done: ")
    assert "`/approve prod`" in text
    assert "Carol" in text, "who can"
    assert prod(flow) is None
    assert answer(flow, first, "/approve prod", by="carol").startswith("Done: ")
    assert prod(flow) == b"one"


def test_the_freights_only_author_may_not_and_is_told_who_may(flow: Flow):
    first = begun(flow, "approve: {count: 1}")

    text = answer(flow, first, "/approve prod", by="alice")

    assert text.startswith("Not done: ")
    assert "only author" in text
    assert "`/approve prod " in text
    assert prod(flow) is None


def test_its_author_may_where_the_file_says_so(flow: Flow):
    first = begun(flow, "approve: {allow-author: true}")
    assert answer(flow, first, "/approve prod", by="alice").startswith("Done: ")
    assert prod(flow) == b"one"


def test_one_of_two_authors_may(flow: Flow):
    """The freight holds what both wrote since what the stage is at."""
    first = begun(flow, "approve: {count: 1}")
    say(flow, first, "/approve prod")
    flow.world.push(REPO, "main", {"apps/web/index.html": "two"}, author="alice")
    third = flow.world.push(REPO, "main", {"apps/web/index.html": "three"}, author="bob")
    flow.settle()

    assert answer(flow, third, "/approve prod", by="bob").startswith("Done: ")
    assert prod(flow) == b"three"


def test_two_approvals_are_two_peoples(flow: Flow):
    first = begun(flow, "approve: {count: 2}")
    say(flow, first, "/approve prod")
    assert prod(flow) is None
    text = answer(flow, first, "/approve prod")
    assert text.startswith("Not done: ")
    assert "already" in text
    assert prod(flow) is None

    say(flow, first, "/approve prod", by="dora")
    assert prod(flow) == b"one"


def test_what_was_given_by_whoever_may_not_any_more_makes_nothing_ready(flow: Flow):
    first = begun(flow, "auto: false", "approve: {count: 1}")
    say(flow, first, "/approve prod")
    assert titled(flow, first) == "ready for prod: /promote prod"
    flow.world.set_role(REPO, "bob", "read")

    flow.passes(minutes=6)
    say(flow, first, "/why prod", by="carol")

    assert "needs an approval" in replies(flow, first)[-1]


def test_who_lost_the_right_before_it_starts_counts_no_more(flow: Flow):
    first = begun(flow, "approve: {count: 1}", "auto: false")
    say(flow, first, "/approve prod")
    flow.world.set_role(REPO, "bob", "read")
    flow.passes(minutes=6)

    say(flow, first, "/promote prod", by="dora")

    assert prod(flow) is None
    assert "bob" in told(flow, first)
    say(flow, first, "/approve prod", by="dora")
    assert prod(flow) == b"one"


def test_whoever_has_that_name_now_is_not_who_gave_it(flow: Flow):
    """People are their numbers: a name that passes on to somebody else takes no approval along."""
    first = begun(flow, "approve: {count: 1}", "auto: false")
    say(flow, first, "/approve prod")
    flow.world.rename_user("bob", "robert")
    flow.world.set_role(REPO, "robert", "none")
    flow.world.set_role(REPO, "bob", "admin")  # somebody else
    flow.passes(minutes=6)

    say(flow, first, "/promote prod", by="dora")

    assert prod(flow) is None


def test_who_is_called_otherwise_now_still_counts(flow: Flow):
    first = begun(flow, "approve: {count: 1}", "auto: false")
    say(flow, first, "/approve prod")
    flow.world.rename_user("bob", "robert")
    flow.passes(minutes=6)

    say(flow, first, "/promote prod", by="dora")

    assert prod(flow) == b"one"


def test_where_nobody_can_say_whether_they_may_nothing_opens(flow: Flow):
    first = begun(flow, "approve: {count: 1}", "auto: false")
    say(flow, first, "/approve prod")
    flow.passes(minutes=6)
    down = [True]

    def beside(when: str, call: str) -> None:
        if when == "before" and call == "standing" and down[0]:
            raise Transient("GitHub does not answer")

    stand_beside(flow, beside)
    say(flow, first, "/promote prod", by="alice")
    assert prod(flow) is None
    assert flow.state(first, "prod") == "queued"
    left = due(flow)
    assert left is not None
    assert left.total_seconds() <= 300

    down[0] = False
    flow.passes(seconds=left.total_seconds() + 1)
    assert prod(flow) == b"one"


def test_only_those_in_allow_command_the_stage(flow: Flow):
    first = begun(flow, "auto: false", "allow: {users: [alice]}")

    for command in ("/promote prod", "/hold prod because", "/cancel prod", "/retry prod"):
        text = answer(flow, first, command)
        assert text.startswith("Not done: "), command
        assert "@alice" in text.replace("\u200b", ""), command
        assert f"`{command.split()[0]} prod" in text, command
    assert prod(flow) is None
    assert "| gate |" in answer(flow, first, "/why prod", by="carol"), "who may read may ask"
    say(flow, first, "/promote prod", by="alice")
    assert prod(flow) == b"one"


def test_a_button_is_for_those_in_allow_too(flow: Flow):
    first = begun(flow, "auto: false", "allow: {users: [alice]}")
    run = flow.run(first, "prod")
    assert run is not None
    flow.world.press(REPO, run, "promote", by="bob")
    flow.settle()
    assert prod(flow) is None
    assert "alice" in told(flow, first)
    run = flow.run(first, "prod")
    assert run is not None
    flow.world.press(REPO, run, "promote", by="alice")
    flow.settle()
    assert prod(flow) == b"one"


def test_whoever_commands_the_stage_approves_where_the_file_names_nobody_else(flow: Flow):
    first = begun(flow, "approve: {count: 1}", "allow: {users: [dora]}")
    assert answer(flow, first, "/approve prod").startswith("Not done: ")
    assert answer(flow, first, "/approve prod", by="dora").startswith("Done: ")
    assert prod(flow) == b"one"
