"""Tokens of four kinds: made when used, tried before they are trusted, kept for 50 minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.model.facts import RunDraft
from app.core.model.names import Repo
from app.errors import Denied, Missing, OutsideError, Transient
from tests.adapters.github.scripted import BASE, NOW, REPO, SHA, TOKEN, Reply, Script, is_proof

DRAFT = RunDraft("stagelock / dev", SHA, "p1", "queued", None, "waits", "why")
NOT_FOUND = {"message": "Not Found"}
REFUSALS = [
    Reply(401, {"message": "Bad credentials"}),
    Reply(403, {"message": "Resource not accessible by integration"}),
    Reply(404, NOT_FOUND),
]


def asked(script: Script) -> list[dict]:
    """The bodies with which tokens were made."""
    return [call.body for call in script.calls("POST", script.token_path)]


def failing(call) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        call()
    return caught.value


def test_a_token_that_reads_opens_one_repository_and_writes_nothing(forge, answering):
    forge.pull(REPO, 3)
    forge.pull(REPO, 3)
    (one,) = asked(answering)
    assert one["repository_ids"] == [42]
    assert set(one["permissions"].values()) == {"read"}


def test_a_token_that_writes_opens_one_repository_but_its_contents(forge, answering):
    forge.create_run(REPO, DRAFT)
    forge.create_run(REPO, DRAFT)
    (one,) = asked(answering)
    assert one["repository_ids"] == [42]
    assert set(one["permissions"].values()) == {"write"}
    assert "contents" not in one["permissions"]


def test_the_token_of_a_whole_installation_opens_no_repository_but_their_list(forge, answering):
    """GitHub lists what a token opens, so the list is asked for with one that opens all."""
    answering.on("GET", "/orgs/acme/teams/ops/memberships/ana", data={"state": "active"})
    forge.repositories(9)
    assert forge.is_member(REPO, "ops", "ana")
    assert asked(answering) == [{"permissions": {"members": "read", "metadata": "read"}}]


def test_gits_token_opens_the_contents_of_one_repository_and_nothing_else(forge, answering):
    assert forge.git_token(REPO) == TOKEN
    assert asked(answering) == [{"permissions": {"contents": "write"}, "repository_ids": [42]}]


def test_a_merge_writes_contents_so_it_goes_with_gits_token(forge, answering):
    forge.merge_pull(REPO, 3, SHA)
    reading, merging = asked(answering)  # the methods that are allowed, then the merge
    assert set(reading["permissions"].values()) == {"read"}
    assert merging == {"permissions": {"contents": "write"}, "repository_ids": [42]}


def test_a_token_is_kept_for_fifty_minutes(forge, answering, time):
    forge.git_token(REPO)
    time.now += timedelta(minutes=49, seconds=59)
    forge.git_token(REPO)
    assert len(asked(answering)) == 1
    time.now += timedelta(seconds=1)
    forge.git_token(REPO)
    assert len(asked(answering)) == 2


def test_a_token_whose_life_is_short_is_replaced_before_its_end(forge, script, time):
    until = (NOW + timedelta(minutes=12)).isoformat()
    script.again("POST", script.token_path, Reply(201, {"token": "ghs_a", "expires_at": until}))
    forge.git_token(REPO)
    time.now += timedelta(minutes=10)
    script.again("POST", script.token_path, Reply(201, {"token": "ghs_b", "expires_at": until}))
    assert forge.git_token(REPO) == "ghs_b"


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: str(one.status))
def test_a_new_token_that_is_refused_is_tried_again_and_nothing_is_done_meanwhile(
    forge, answering, time, refusal
):
    answering.proofs = [refusal, refusal]
    waits = []
    for _ in range(2):
        error = failing(lambda: forge.create_run(REPO, DRAFT))
        assert isinstance(error, Transient)
        assert not error.maybe_done
        assert error.retry_after is not None
        waits.append(error.retry_after)
        time.now += timedelta(seconds=error.retry_after)
    assert waits == [1, 2]
    assert answering.calls("POST", f"{BASE}/check-runs") == []
    assert forge.create_run(REPO, DRAFT) == 5
    assert len(asked(answering)) == 1


def test_a_token_is_not_tried_before_its_time(forge, answering, time):
    answering.proofs = [REFUSALS[0]]
    failing(lambda: forge.pull(REPO, 3))
    time.now += timedelta(seconds=0.4)
    before = len(answering.seen)
    error = failing(lambda: forge.pull(REPO, 3))
    assert isinstance(error, Transient)
    assert error.retry_after == pytest.approx(0.6)
    assert len(answering.seen) == before


@pytest.mark.parametrize(
    ("refusal", "kind"), [*zip(REFUSALS, [Denied, Denied, Missing], strict=True)]
)
def test_after_a_minute_of_refusals_each_means_what_it_says(forge, script, time, refusal, kind):
    script.proofs = [refusal] * 7
    waits = []
    while isinstance(error := failing(lambda: forge.git_token(REPO)), Transient):
        assert error.retry_after is not None
        waits.append(error.retry_after)
        time.now += timedelta(seconds=error.retry_after)
    assert waits == [1, 2, 4, 8, 16, 32]
    assert isinstance(error, kind)
    assert forge.git_token(REPO) == TOKEN, "the next look begins with a token of its own"
    assert len(asked(script)) == 2


def test_a_proven_token_is_tried_once(forge, answering):
    for _ in range(3):
        forge.create_run(REPO, DRAFT)
    assert len([one for one in answering.seen if is_proof(one)]) == 1


def test_the_refusal_of_a_proven_token_means_what_it_says(forge, answering):
    forge.pull(REPO, 3)
    answering.again("GET", f"{BASE}/pulls/3", Reply(404, NOT_FOUND))
    assert isinstance(failing(lambda: forge.pull(REPO, 3)), Missing)


def test_an_error_while_a_token_is_tried_says_nothing_about_it(forge, answering):
    answering.proofs = [Reply(502), Reply(200)]
    error = failing(lambda: forge.pull(REPO, 3))
    assert isinstance(error, Transient)
    assert error.retry_after is None
    assert forge.pull(REPO, 3).number == 3


def test_a_token_proves_itself_also_where_a_server_knows_no_repository_by_number(forge, answering):
    answering.again("GET", "/repositories/42", Reply(404, NOT_FOUND))
    assert forge.create_run(REPO, DRAFT) == 5


def test_one_repository_that_waits_for_its_token_holds_up_no_other(forge, answering):
    answering.proofs = [Reply(404, NOT_FOUND)]
    assert isinstance(failing(lambda: forge.create_run(REPO, DRAFT)), Transient)
    assert forge.create_run(Repo(43, "acme", "shop", 9), DRAFT) == 5
