"""GitHub may refuse a token that it has just made: nobody hears of it, and nothing is shut."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import pytest

from app.sandbox.demo.launch import SLUG
from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.pipelines import MANUAL_FILES
from tests.flows.words import say

DEV = ONE_BRANCH.partition("  e2e:\n")[0]
FILES = {"stagelock.yaml": DEV, "apps/web/index.html": "one"}
STATUSES: list[Literal[401, 403, 404]] = [401, 403, 404]


def unavailable(flow: Flow) -> set[str]:
    """Why the App leaves its repositories alone."""
    return {record.unavailable for record in flow.app.store.repos.all()}


def later(flow: Flow) -> None:
    """The seconds pass that GitHub takes, a look at each."""
    for _ in range(5):
        flow.passes(seconds=2)


def texts(flow: Flow, repo: str = REPO) -> str:
    """All that we said in comments and runs."""
    hub = flow.world.hub
    said = [comment.body for comment in hub.comments_of(flow.world.repo(repo))]
    runs = [
        f"{run.title} {run.summary}" for run in list(hub.runs.values()) if run.app_id == flow.app_id
    ]
    return "\n".join(said + runs)


@pytest.mark.parametrize("status", STATUSES)
def test_a_maintainers_command_counts_though_new_tokens_are_refused(
    flow: Flow, status: Literal[401, 403, 404]
):
    first = flow.repo(MANUAL_FILES)
    flow.world.refuse_new_tokens(3, status)
    flow.reboot()  # its tokens lived in memory

    say(flow, first, "/promote prod")
    later(flow)

    assert flow.landed("prod", first)
    assert "you have none" not in texts(flow)
    assert unavailable(flow) == {""}


@pytest.mark.parametrize("status", STATUSES)
def test_neither_a_look_nor_a_sweep_shuts_a_repository_whose_token_is_new(
    flow: Flow, status: Literal[401, 403, 404]
):
    flow.repo(FILES)
    flow.world.refuse_new_tokens(3, status)
    flow.reboot()

    second = flow.push({"apps/web/index.html": "two"})
    flow.sweep()
    assert unavailable(flow) == {""}
    later(flow)

    assert flow.landed("dev", second)
    assert flow.state(second, "dev") == "success"
    assert unavailable(flow) == {""}


@pytest.mark.parametrize("kinds", ["all", "writing"])
def test_what_waits_for_a_token_does_not_fail(flow: Flow, kinds: str):
    flow.repo(FILES)
    flow.reboot()
    if kinds == "writing":
        flow.look()  # nothing is written now: the other tokens are made and proven
    flow.passes(seconds=25)
    flow.world.refuse_new_tokens(20)
    if kinds == "all":
        flow.reboot()

    second = flow.push({"apps/web/index.html": "two"})
    for _ in range(9):
        assert flow.state(second, "dev") not in {"failure", "cancelled"}
        flow.passes(seconds=10)

    assert flow.landed("dev", second)
    assert flow.state(second, "dev") == "success"


def test_a_repository_that_is_gone_is_left_alone_after_two_looks_a_minute_apart(flow: Flow):
    flow.repo(FILES)
    flow.world.weather.lost = lambda _: True
    flow.world.delete_repo(REPO)

    flow.look()
    flow.passes(seconds=50)
    assert unavailable(flow) == {""}

    flow.passes(seconds=10)
    assert unavailable(flow) != {""}


def test_a_repository_whose_tokens_are_refused_holds_up_no_other(flow: Flow):
    """Its tick is put off; that of the other repository is done in between."""
    flow.repo(FILES)
    flow.world.create_repo("umbrella/api", dict(FILES))
    flow.settle()
    flow.world.refuse_new_tokens(3)
    flow.world.hub.tokens.clear()

    flow.world.push(REPO, "main", {"apps/web/index.html": "two"})
    pushed = flow.world.push("umbrella/api", "main", {"apps/web/index.html": "two"})
    later(flow)

    assert flow.landed("dev", pushed, repo="umbrella/api")


def test_tokens_are_no_stronger_than_what_they_are_for(flow: Flow):
    """A token that leaks opens one repository, or the list of them and who is in a team."""
    flow.repo(FILES)
    flow.world.create_repo("umbrella/api", dict(FILES))
    flow.settle()
    tokens = list(flow.world.hub.tokens.values())
    numbers = {flow.world.repo(name).id for name in (REPO, "umbrella/api")}
    wide = [token for token in tokens if token.repo_ids is None]
    narrow = [token for token in tokens if token.repo_ids is not None]
    writing = [one for one in narrow if set(one.permissions.values()) & {"write"}]

    assert all(set(one.permissions) <= {"members", "metadata"} for one in wide)
    assert {frozenset(one.repo_ids or ()) for one in narrow} == {frozenset({n}) for n in numbers}
    assert all(
        set(one.permissions) <= {"contents", "metadata"} or "contents" not in one.permissions
        for one in writing
    )
    purposes = Counter((token.installation_id, *sorted(token.repo_ids or ())) for token in tokens)
    assert set(purposes.values()) == {1, 3}, "a list of each account, three of each repository"


def test_where_an_optional_permission_is_missing_tokens_live_as_long(flow: Flow):
    flow.repo(FILES)
    flow.world.set_permissions(SLUG, actions="none", members="none")
    flow.reboot()
    second = flow.push({"apps/web/index.html": "two"})
    flow.sweep()
    before = set(flow.world.hub.tokens)
    for _ in range(10):
        flow.sweep()
        flow.passes(seconds=60)
    third = flow.push({"apps/web/index.html": "three"})

    assert flow.state(second, "dev") == "success"
    assert flow.state(third, "dev") == "success"
    assert set(flow.world.hub.tokens) == before


def test_a_repository_that_moves_to_another_account_goes_on_there(flow: Flow):
    """Its number stays, and tokens go by number and installation."""
    flow.repo(FILES)
    flow.world.create_repo("umbrella/api", dict(FILES))
    flow.settle()
    number = flow.world.repo(REPO).id
    flow.world.transfer_repo(REPO, "umbrella")
    flow.settle()
    second = flow.world.push("umbrella/shop", "main", {"apps/web/index.html": "two"})
    flow.settle()

    assert flow.landed("dev", second, repo="umbrella/shop")
    there = flow.world.installation(SLUG, "umbrella").id
    tokens = list(flow.world.hub.tokens.values())
    assert {number} in [token.repo_ids for token in tokens if token.installation_id == there]
