"""What happens to a person's and to a client's lock request: every event, in every state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.locks.direct import (
    asked_again,
    granted,
    lapsed,
    left,
    next_lapse,
    place_until,
    read,
    released,
    renewed,
)
from app.core.locks.foreign import foreign
from app.core.locks.protocol import Outdated
from app.core.locks.quota import OverQuota, Quota, over
from app.core.model.ci_jobs import RunAttempt
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import HOLDING, DirectRequest

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def person(state="queued", **more):
    return _request("person", "mia", state, ttl=HOUR, **{"asker_id": 4, **more})


def client(state="queued", **more):
    return _request("client", "ci", state, ttl=MINUTE, owner="run-7", **more)


def _request(kind, asker, state, *, ttl, number=1, groups=("e2e",), **more):
    one = DirectRequest(
        number, 7, "acme/web", kind, asker, groups, number, "queued", AT, ttl, **more
    )
    one = replace(one, expires_at=place_until(one, AT))
    if state == "queued":
        return one
    held = read(granted(replace(one, tokens=dict.fromkeys(groups, 17)), AT), AT)
    return held if state == "held" else lapsed(held, AT + ttl)


class TestTime:
    def test_a_persons_place_lasts_until_they_leave_it(self):
        assert next_lapse(person()) is None
        assert lapsed(person(), AT + 1000 * HOUR) == person()

    def test_a_clients_place_lasts_for_its_ttl(self):
        assert lapsed(client(), AT + MINUTE - SECOND) == client()
        gone = lapsed(client(), AT + MINUTE)
        assert (gone.state, gone.reason) == ("cancelled", LockReason.NOT_ASKED_AGAIN)
        assert gone.ended_at == AT + MINUTE

    def test_a_client_that_asks_keeps_its_place(self):
        again = read(client(), AT + 50 * SECOND)
        assert lapsed(again, AT + MINUTE) == again
        assert lapsed(again, AT + 50 * SECOND + MINUTE).state == "cancelled"

    def test_a_persons_lock_runs_from_the_grant_and_is_overdue_after_it(self):
        held = granted(person(), AT + 5 * HOUR)
        assert (held.granted_at, held.expires_at) == (AT + 5 * HOUR, AT + 6 * HOUR)
        assert lapsed(held, AT + 6 * HOUR - SECOND) == held
        late = lapsed(held, AT + 6 * HOUR)
        assert (late.state, late.reason) == ("suspect", LockReason.OVERDUE)
        assert late.ended_at is None, "it blocks on"

    def test_a_lapsed_grant_of_a_client_turns_suspect_never_free(self):
        late = lapsed(client("held"), AT + MINUTE)
        assert (late.state, late.reason) == ("suspect", LockReason.LAPSED)
        assert late.tokens == {"e2e": 17}
        assert lapsed(late, AT + 100 * HOUR) == late
        assert next_lapse(late) is None

    def test_a_grant_that_its_client_never_read_is_given_back_not_suspect(self):
        unread = granted(client(), AT)
        gone = lapsed(unread, AT + MINUTE)
        assert (gone.state, gone.reason) == ("released", LockReason.UNREAD)

    @pytest.mark.parametrize("one", [person(), client()])
    @pytest.mark.parametrize("state", ["released", "cancelled", "forced", "rejected"])
    def test_what_has_ended_lapses_no_more(self, one, state):
        over = replace(one, state=state, expires_at=AT)
        assert lapsed(over, AT + HOUR) == over
        assert next_lapse(over) is None


class TestAskingAgain:
    def test_a_person_who_holds_prolongs_from_now(self):
        later = AT + 30 * MINUTE
        again = asked_again(person("held"), replace(person(), purpose="more", ttl=2 * HOUR), later)
        assert (again.state, again.expires_at) == ("held", later + 2 * HOUR)
        assert (again.purpose, again.tokens) == ("more", {"e2e": 17})

    def test_a_person_who_is_overdue_holds_again(self):
        again = asked_again(person("suspect"), person(), AT + 3 * HOUR)
        assert (again.state, again.suspect_at, again.reason) == ("held", None, "")
        assert again.expires_at == AT + 4 * HOUR

    @pytest.mark.parametrize("make", [person, client])
    def test_a_queued_one_keeps_its_place(self, make):
        again = asked_again(make(), replace(make(number=9), ttl=5 * MINUTE), AT + MINUTE)
        assert (again.id, again.seq, again.state) == (1, 1, "queued")
        assert again.ttl == 5 * MINUTE

    def test_a_client_is_told_of_its_grant_and_renews_nothing_by_asking(self):
        held = granted(replace(client(), tokens={"e2e": 17}), AT)
        again = asked_again(held, client(), AT + 30 * SECOND)
        assert (again.read_at, again.expires_at) == (AT + 30 * SECOND, AT + MINUTE)
        late = asked_again(client("suspect"), client(), AT + HOUR)
        assert late.state == "suspect"


class TestTokens:
    @pytest.mark.parametrize("state", ["held", "suspect"])
    def test_a_heartbeat_with_the_newest_token_holds_again_from_now(self, state):
        again = renewed(client(state), 17, AT + HOUR)
        assert (again.state, again.expires_at) == ("held", AT + HOUR + MINUTE)
        assert (again.suspect_at, again.reason) == (None, "")

    def test_a_heartbeat_may_change_the_ttl(self):
        again = renewed(client("held"), 17, AT, 5 * MINUTE)
        assert (again.ttl, again.expires_at) == (5 * MINUTE, AT + 5 * MINUTE)

    @pytest.mark.parametrize("token", [16, 18, 0])
    @pytest.mark.parametrize("state", ["held", "suspect"])
    def test_any_other_token_is_outdated(self, token, state):
        with pytest.raises(Outdated, match=r"outdated: the grant has e2e=17"):
            renewed(client(state), token, AT)
        with pytest.raises(Outdated):
            released(client(state), token, AT)

    @pytest.mark.parametrize("state", ["queued", "released", "cancelled", "forced"])
    def test_who_holds_nothing_renews_nothing(self, state):
        one = replace(client("held"), state=state)
        with pytest.raises(Outdated, match="holds nothing"):
            renewed(one, 17, AT)

    @pytest.mark.parametrize("state", ["held", "suspect"])
    def test_a_release_with_the_token_ends_the_grant_once(self, state):
        gone = released(client(state), 17, AT + HOUR)
        assert (gone.state, gone.ended_at) == ("released", AT + HOUR)
        assert released(gone, 17, AT + 2 * HOUR) == gone

    def test_a_forced_grant_is_released_by_nobody(self):
        with pytest.raises(Outdated, match="forced"):
            released(replace(client("held"), state="forced"), 17, AT)

    def test_without_a_token_only_the_queue_is_left(self):
        gone = released(client(), None, AT)
        assert (gone.state, gone.reason) == ("cancelled", LockReason.LEFT)
        assert released(gone, None, AT + HOUR) == gone
        for state in ("held", "suspect"):
            with pytest.raises(Outdated):
                released(client(state), None, AT)

    @pytest.mark.parametrize("state", ["queued", "held", "suspect"])
    def test_a_person_leaves_or_gives_back(self, state):
        gone = left(person(state), AT, "mia")
        assert gone.state == ("released" if person(state).state in HOLDING else "cancelled")
        assert (gone.ended_by, gone.ended_at) == ("mia", AT)
        assert left(gone, AT + HOUR, "bob") == gone


class TestQuota:
    def test_so_many_of_a_repository_in_a_group(self):
        there = [_of(n) for n in range(20)]
        assert over(Quota(), _of(99), there) == OverQuota("repository", 20)
        assert over(Quota(), _of(99), there[1:]) is None
        assert over(Quota(), replace(_of(99), groups=("other",)), there) is None

    def test_of_a_group_of_the_organisation_each_repository_has_its_own_share(self):
        there = [_job(n, repository=9) for n in range(20)]
        assert over(Quota(), _job(99, repository=9), there) == OverQuota("repository", 20)
        assert over(Quota(), _job(99, repository=8), there) is None

    def test_so_many_of_a_pull_request_in_a_group(self):
        there = [replace(_of(n), pull=3) for n in range(5)]
        assert over(Quota(), replace(_of(9), pull=3), there) == OverQuota("pull", 5)
        assert over(Quota(), replace(_of(9), pull=4), there) is None
        assert over(Quota(), _of(9), there) is None

    def test_so_many_of_a_token_in_all_groups(self):
        there = [_client(n, f"group-{n}") for n in range(200)]
        assert over(Quota(), _client(999, "x"), there) == OverQuota("token", 200)
        assert over(Quota(), _client(999, "x"), there[1:]) is None
        assert over(Quota(), replace(_client(999, "x"), asker="other"), there) is None

    def test_what_has_ended_and_what_is_asked_for_again_do_not_count(self):
        there = [_of(n) for n in range(20)]
        assert over(Quota(), _of(3), there) is None
        done = [replace(one, state="released") for one in there]
        assert over(Quota(), _of(99), done) is None


def _of(number):
    return replace(person(number=number), asker=f"user-{number}", asker_id=100 + number)


def _job(n, repository):
    """A CI job of *repository* in a group that `.github` (its number is 7) keeps."""
    return replace(_client(n, "e2e"), repo_id=7, asker=str(RunAttempt(repository, n, 1)))


def _client(number, group):
    return replace(client(number=number, groups=(group,)), owner=f"job-{number}")


def test_in_another_repository_a_job_is_told_to_be_one():
    """However it asks: with GitHub's token its row is a client's, whose times it has."""
    at_environment = _request("job", "e2e", "held", ttl=HOUR, owner="12/1")
    with_token = replace(client("held"), asker=str(RunAttempt(7, 12, 1)))
    for request, kind in ((at_environment, "job"), (with_token, "job"), (client(), "client")):
        assert request.holder_kind == kind
        assert foreign(request, "").kind == kind
