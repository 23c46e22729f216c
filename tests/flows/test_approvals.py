"""
`approve`, `/approve` and `/unapprove`: nothing enters the stage without so many people's leave.

Alice (maintain) writes what is promoted; bob and dora may write, carol may read.
"""

from __future__ import annotations

import pytest

from app.errors import Transient
from tests.flows.around import stand_beside
from tests.flows.harness import REPO, Flow
from tests.flows.test_deaf import due
from tests.flows.words import ours, replies, say

DEV = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
"""
PROD = "  prod:\n    needs: [dev]\n    path: stages/prod\n"
REVIEWED = f"{PROD}    via: pull-request\n"


def files(*keys: str, stage: str = PROD) -> dict[str, str]:
    """The pipeline with these keys of prod, and what alice wrote."""
    return {
        "stagelock.yaml": DEV + stage + "".join(f"    {key}\n" for key in keys),
        "apps/web/index.html": "one",
    }


def begun(flow: Flow, *keys: str, stage: str = PROD) -> str:
    first = flow.repo(files(*keys, stage=stage))
    flow.world.set_role(REPO, "dora", "write")
    return first


def prod(flow: Flow) -> bytes | None:
    return flow.world.tree(REPO, "main", "stages/prod").get("stages/prod/web/index.html")


def titled(flow: Flow, sha: str) -> str:
    run = flow.run(sha, "prod")
    assert run is not None
    return run.title or ""


def told(flow: Flow, sha: str) -> str:
    run = flow.run(sha, "prod")
    assert run is not None
    return run.summary or ""


def answer(flow: Flow, on: int | str, text: str, by: str = "bob") -> str:
    say(flow, on, text, by=by)
    return replies(flow, on)[-1]


def test_freight_waits_for_an_approval_and_enters_with_it(flow: Flow):
    first = begun(flow, "approve: {count: 1}")
    assert prod(flow) is None
    assert flow.state(first, "prod") == "queued"
    title = titled(flow, first)
    assert title.startswith("waiting: ")
    assert title.endswith(": /approve prod")
    assert len(title) <= 70
    assert "**To do:** " in told(flow, first)

    text = answer(flow, first, "/approve prod")

    assert text.startswith("Done: ")
    assert f"web {first[:7]}" in text
    assert prod(flow) == b"one"
    assert flow.state(first, "prod") == "success"


def test_why_has_the_gate_its_answer_and_what_to_type(flow: Flow):
    first = begun(flow, "approve: {count: 2}")
    say(flow, first, "/hold prod because")
    text = answer(flow, first, "/approve prod\n/why prod")

    assert "| approval | **wait** |" in text
    assert "`/approve prod`" in text
    assert "**To do:** " in text
    text = answer(flow, first, "/stagelock status", by="carol")
    assert text.startswith("**To do:** ")
    assert "/approve prod" in text
    text = answer(flow, first, "/approve prod\n/why prod", by="dora")
    assert "| approval | pass |" in text


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


def test_where_it_is_to_be_started_too_the_title_says_what_is_missing(flow: Flow):
    """`/promote` alone would not bring it in: it is not ready."""
    first = begun(flow, "auto: false", "approve: {count: 2}")
    assert titled(flow, first) == "waiting: needs 2 approvals: /approve prod"
    assert flow.state(first, "prod") == "queued"

    say(flow, first, "/approve prod")
    assert titled(flow, first) == "waiting: needs 1 more approval: /approve prod"
    say(flow, first, "/unapprove prod")
    assert titled(flow, first) == "waiting: needs 2 approvals: /approve prod"
    say(flow, first, "/approve prod")
    say(flow, first, "/approve prod", by="dora")

    assert titled(flow, first) == "ready for prod: /promote prod"
    assert flow.state(first, "prod") == "neutral"
    say(flow, first, "/promote prod")
    assert prod(flow) == b"one"


def test_what_was_given_by_whoever_may_not_any_more_makes_nothing_ready(flow: Flow):
    first = begun(flow, "auto: false", "approve: {count: 1}")
    say(flow, first, "/approve prod")
    assert titled(flow, first) == "ready for prod: /promote prod"
    flow.world.set_role(REPO, "bob", "read")

    flow.passes(minutes=6)
    say(flow, first, "/why prod", by="carol")

    assert "needs an approval" in replies(flow, first)[-1]


@pytest.mark.parametrize(
    ("keys", "title"),
    [
        (("auto: false", "soak: 1h"), "soaking"),
        (("auto: false",), "ready for prod: /promote prod"),
    ],
)
def test_it_is_ready_only_where_promote_is_all_that_is_missing(flow: Flow, keys, title):
    first = begun(flow, *keys)

    assert titled(flow, first).startswith(title)
    assert ("neutral" if title.startswith("ready") else "queued") == flow.state(first, "prod")


def test_an_approval_is_of_one_freight(flow: Flow):
    first = begun(flow, "approve: {count: 1}", "auto: false")
    say(flow, first, "/approve prod")
    second = flow.push({"apps/web/index.html": "two"})

    say(flow, second, "/promote prod")
    assert prod(flow) is None
    assert titled(flow, second).endswith(": /approve prod")
    say(flow, first, f"/promote prod {first[:12]}")
    assert prod(flow) == b"one"
    say(flow, second, "/approve prod")
    assert prod(flow) == b"two"


def test_what_was_taken_back_counts_no_more_and_can_be_given_again(flow: Flow):
    first = begun(flow, "approve: {count: 2}")
    say(flow, first, "/approve prod")

    text = answer(flow, first, "/unapprove prod")

    assert text.startswith("Done: ")
    assert f"web {first[:7]}" in text
    say(flow, first, "/approve prod", by="dora")
    assert prod(flow) is None
    assert answer(flow, first, "/unapprove prod").startswith("Not done: ")
    say(flow, first, "/approve prod")
    assert prod(flow) == b"one"


def test_unapprove_takes_back_what_is_not_used_yet_of_that_person_alone(flow: Flow):
    first = begun(flow, "approve: {count: 1}")
    say(flow, first, "/approve prod")
    assert prod(flow) == b"one"
    second = flow.push({"apps/web/index.html": "two"})
    flow.push({"stagelock.yaml": files("approve: {count: 2}")["stagelock.yaml"]})
    say(flow, second, "/approve prod")
    say(flow, second, "/approve prod", by="dora")
    assert prod(flow) == b"two"
    third = flow.push({"apps/web/index.html": "three"})
    say(flow, third, "/approve prod")

    text = answer(flow, third, "/unapprove prod")

    assert f"web {third[:7]}" in text
    assert second[:7] not in text
    assert first[:7] not in text


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


def test_a_stage_that_asks_for_none_says_so(flow: Flow):
    first = begun(flow, "auto: false")
    text = answer(flow, first, "/approve prod")
    assert text.startswith("Not done: ")
    assert "`approve`" in text


def test_what_is_there_already_needs_no_approval(flow: Flow):
    first = begun(flow, "approve: {count: 1}")
    say(flow, first, "/approve prod")
    text = answer(flow, first, f"/approve prod {first[:12]}", by="dora")
    assert text.startswith("Not done: ")
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


def test_an_edit_of_the_file_counts_at_once(flow: Flow):
    first = begun(flow, "approve: {count: 2}")
    say(flow, first, "/approve prod")
    assert prod(flow) is None
    flow.push({"stagelock.yaml": files("approve: {count: 1}")["stagelock.yaml"]})
    assert prod(flow) == b"one"


def test_approvals_outlive_a_restart(flow: Flow):
    first = begun(flow, "approve: {count: 2}")
    say(flow, first, "/approve prod")
    flow.reboot()
    say(flow, first, "/approve prod", by="dora")
    assert prod(flow) == b"one"


def test_an_edited_and_a_quoted_approval_are_none(flow: Flow):
    first = begun(flow, "approve: {count: 1}")
    made = say(flow, first, "hello")
    flow.world.edit_comment(REPO, made, "/approve prod", by="bob")
    flow.settle()
    say(flow, first, "> /approve prod")
    say(flow, first, "`/approve prod`")
    assert prod(flow) is None


def test_a_pull_request_is_opened_before_and_mergeable_after_its_approval(flow: Flow):
    first = begun(flow, "approve: {count: 1}", stage=REVIEWED)
    pull = ours(flow)
    assert flow.state(pull.head_sha, "plan") == "queued"
    assert titled(flow, first).endswith(": /approve prod")

    say(flow, pull.number, "/approve prod")

    assert flow.state(pull.head_sha, "plan") == "success"
    say(flow, pull.number, "/unapprove prod")
    assert flow.state(pull.head_sha, "plan") == "queued"


def test_merge_auto_waits_for_the_approvals(flow: Flow):
    begun(flow, "approve: {count: 1}", "merge: auto", stage=REVIEWED)
    pull = ours(flow)
    flow.passes(minutes=3)
    assert pull.state == "open"
    say(flow, pull.number, "/approve prod")
    assert pull.state == "closed"
    assert prod(flow) == b"one"


def test_newer_freight_waits_behind_an_approved_pull_request(flow: Flow):
    first = begun(flow, "approve: {count: 2}", stage=REVIEWED)
    pull = ours(flow)
    say(flow, pull.number, "/approve prod")
    head = pull.head_sha

    second = flow.push({"apps/web/index.html": "two"})

    assert pull.head_sha == head
    assert flow.state(second, "prod") == "queued"
    say(flow, pull.number, "/approve prod", by="dora")
    assert f"web {first[:7]}" in replies(flow, pull.number)[-1]
    assert flow.state(head, "plan") == "success"


def test_it_moves_on_when_the_only_approval_is_taken_back(flow: Flow):
    begun(flow, "approve: {count: 1}", stage=REVIEWED)
    pull = ours(flow)
    say(flow, pull.number, "/approve prod")
    second = flow.push({"apps/web/index.html": "two"})
    assert pull.title.endswith("to prod")
    assert second[:7] not in pull.title

    say(flow, pull.number, "/unapprove prod")

    assert second[:7] in pull.title
    assert flow.state(pull.head_sha, "plan") == "queued"


def test_an_approval_just_after_the_head_moved_has_to_name_its_freight(flow: Flow):
    begun(flow, "approve: {count: 1}", stage=REVIEWED)
    pull = ours(flow)
    second = flow.push({"apps/web/index.html": "two"})

    text = answer(flow, pull.number, "/approve prod")

    assert "within the minute before" in text
    assert f"`/approve prod {second[:12]}`" in text
    assert flow.state(pull.head_sha, "plan") == "queued"
