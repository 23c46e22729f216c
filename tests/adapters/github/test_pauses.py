"""Once GitHub has asked to wait, nobody is asked before that is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.errors import Transient
from app.github import endpoints
from app.github.pauses import Pauses
from app.github.translate import Call

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Watch:
    now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def pauses(watch):
    return Pauses(watch)


def call(endpoint):
    return Call("do it", endpoint)


def limited(pauses, endpoint, seconds=30, installation=7):
    words = "do it: 403 You have exceeded a secondary rate limit. (again in 30 s)"
    pauses.told(installation, call(endpoint), Transient(words, retry_after=seconds))


def test_nothing_is_asked_before_the_time_has_passed(pauses, watch):
    limited(pauses, endpoints.PULL)
    watch.now += timedelta(seconds=10)
    for endpoint in (endpoints.PULL, endpoints.CHECK_RUNS, endpoints.UPDATE_RUN):
        with pytest.raises(Transient) as caught:
            pauses.heed(7, call(endpoint))
        assert caught.value.retry_after == 20
        assert not caught.value.maybe_done
    with pytest.raises(Transient) as caught:
        pauses.heed(7, call(endpoints.UPDATE_RUN))
    assert caught.value.message == (
        "do it: GitHub asks us to wait until 12:00:30 UTC "
        "(403 You have exceeded a secondary rate limit.)"
    )
    watch.now += timedelta(seconds=20)
    pauses.heed(7, call(endpoints.PULL))


def test_other_installations_are_not_concerned(pauses):
    limited(pauses, endpoints.PULL)
    pauses.heed(8, call(endpoints.PULL))
    pauses.heed(None, call(endpoints.APP))


def test_what_waits_for_a_creation_may_be_told_on_the_runs_there_are(pauses):
    limited(pauses, endpoints.CREATE_RUN)
    pauses.heed(7, call(endpoints.UPDATE_RUN))
    with pytest.raises(Transient):
        pauses.heed(7, call(endpoints.PULL))
    limited(pauses, endpoints.UPDATE_RUN)
    with pytest.raises(Transient):
        pauses.heed(7, call(endpoints.UPDATE_RUN))


def test_the_longest_of_several_pauses_counts(pauses, watch):
    limited(pauses, endpoints.PULL, seconds=60)
    limited(pauses, endpoints.CHECK_RUNS, seconds=5)
    watch.now += timedelta(seconds=30)
    with pytest.raises(Transient):
        pauses.heed(7, call(endpoints.PULL))


def test_an_error_that_names_no_time_is_no_pause(pauses):
    pauses.told(7, call(endpoints.PULL), Transient("502"))
    pauses.heed(7, call(endpoints.PULL))
