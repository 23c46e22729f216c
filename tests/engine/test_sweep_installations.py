"""The sweep over installations: what they list, grant and refuse, and which are gone."""

from datetime import timedelta

import pytest

from app.errors import Conflict, Denied, Missing, Transient
from tests.engine.sweeping import EVERY, TIP, House


def test_asked_to_stop_it_stops_between_two_repositories(settled):
    settled.stopping.set()

    with pytest.raises(Conflict):
        settled.run()


def test_an_installation_is_synchronised_when_it_is_touched(house):
    assert house.sync(3) is None

    assert house.due() == {"repo-7", "repo-8"}


@pytest.mark.parametrize("error", [Missing("no such installation"), Denied("it is suspended")])
def test_an_installation_that_refuses_us_twice_in_a_minute_is_left_alone_with_its_reason(
    settled, error
):
    """Once may be a token that is too fresh."""
    settled.outside.troubles["installation-3"] = error

    assert settled.sync(3) == timedelta(minutes=1)
    settled.now += timedelta(seconds=40)
    assert settled.sync(3) == timedelta(seconds=20)
    assert settled.why(7) == ""

    settled.now += timedelta(seconds=20)
    assert settled.sync(3) is None
    assert settled.why(7) == error.message


def test_a_repository_follows_the_installation_that_lists_it(settled):
    """Uninstalled and installed again."""
    settled.outside.installed = {5: settled.outside.installed[3]}

    settled.sync(5)

    record = settled.store.repos.get(7)
    assert (record.installation_id, record.unavailable) == (5, "")


def test_a_list_that_is_older_than_a_move_does_not_undo_it(settled):
    """The old installation was asked before the repository was transferred."""
    settled.outside.installed[5] = []

    def transferred():
        if settled.outside.installed[3]:
            settled.outside.installed = {3: [], 5: settled.outside.installed[3]}
            settled.sync(5)

    settled.outside.listed = transferred
    settled.sync(3)

    assert settled.store.repos.get(7).installation_id == 5
    assert settled.why(7) == ""


def test_a_sweep_closes_no_installation_that_began_while_it_asked(settled):
    def installed():
        settled.outside.installed[9] = [("new", 9)]
        settled.outside.tips[9] = {"main": TIP}
        settled.sync(9)

    settled.outside.all_listed = installed

    settled.run()

    assert settled.why(9) == ""


class Unforgetting:
    """A store that can delete no old rows now."""

    def __init__(self, store):
        self._store = store

    def __getattr__(self, name):
        return getattr(self._store, name)

    def forget(self, now):
        raise Transient("the database is busy")


def test_a_failure_of_clean_up_concerns_nothing_else_in_the_sweep(store):
    house = House(Unforgetting(store))

    assert house.run() == EVERY
    assert house.due() == {"repo-7", "repo-8"}


def test_what_an_installation_grants_is_kept_and_its_repositories_look_when_that_changes(house):
    house.run()
    house.due()
    house.remember_tips()
    assert [one.permissions for one in house.store.installs.all()] == [{"contents": "write"}]

    house.run()
    quiet = house.due()
    house.outside.granted = {"contents": "read"}
    house.run()

    assert not {"repo-7", "repo-8"} <= quiet
    assert {"repo-7", "repo-8"} <= house.due()
    assert house.store.installs.get(3).permissions == {"contents": "read"}


def test_what_github_says_of_us_is_kept_and_each_answer_is_counted(house):
    house.run()
    house.run()

    standing = house.store.installs.standing()
    assert (standing.slug, standing.accounts, standing.repositories) == ("stagelock", 1, 2)
    assert (standing.answers, standing.refused) == (2, "")


def test_that_github_does_not_know_us_any_more_is_kept_until_it_does(house):
    house.run()
    house.outside.troubles["app"] = Denied("read our App: 401")
    with pytest.raises(Denied):
        house.run()

    standing = house.store.installs.standing()
    assert (standing.answers, standing.refused) == (1, "read our App: 401")
    del house.outside.troubles["app"]
    house.run()
    assert house.store.installs.standing().refused == ""


def test_a_github_that_is_away_is_greeted_again_soon(house):
    house.outside.troubles["app"] = Transient("no answer")

    assert house.run() == timedelta(seconds=10)
    assert house.store.installs.standing() is None


def test_an_installation_that_is_gone_is_forgotten(house):
    house.run()
    house.outside.installed = {}
    house.run()

    assert house.store.installs.all() == []
