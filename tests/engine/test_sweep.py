""""""

from datetime import timedelta

import pytest

from app.core.model.facts import CommentFact
from app.core.model.repository_change import RepoChange
from app.errors import Conflict, Denied, Missing, Rejected, Transient
from app.ports.inbox import Delivery
from tests.engine.sweeping import EVERY, NOW, TIP

MOVED = "b" * 40


def test_it_finds_the_repositories_of_all_installations(house):
    assert house.run() == EVERY

    assert house.store.repos.get(7).name == "shop"
    assert house.store.repos.get(8).default_branch == "main"
    assert house.due() == {"repo-7", "repo-8"}


def test_at_rest_it_touches_nothing(settled):
    settled.run()

    assert settled.due() == set()


def test_a_push_whose_delivery_was_lost_is_found(settled):
    settled.outside.tips[7] = {"main": MOVED}

    settled.run()

    assert settled.due() == {"repo-7"}


def test_a_new_branch_is_found(settled):
    settled.outside.tips[8] = {"main": TIP, "env/prod": TIP}

    settled.run()

    assert settled.due() == {"repo-8"}


def test_jobs_that_wait_at_an_environment_unheard_are_looked_at_once(settled):
    settled.outside.at_environments[8] = [(41, "e2e")]

    settled.run()

    assert settled.due() == {"repo-8"}
    assert [one.run for one in settled.store.history.load(8).pending] == [41]


def test_what_is_awaited_is_looked_at_with_unmoved_tips(settled):
    """A lost check event moves no ref."""
    settled.store.repos.change(7, RepoChange(awaiting=True))

    settled.run()

    assert settled.due() == {"repo-7"}


@pytest.mark.parametrize("after", [60, 0, -1, -110])
@pytest.mark.parametrize(("is_bot", "due"), [(False, {"repo-7"}), (True, set())])
def test_a_comment_whose_delivery_was_lost_is_found_at_rest(settled, is_bot, due, after):
    """
    `/promote` must work where nothing else happens; our own replies touch nothing. GitHub's times
    are whole seconds, and its clock need not be ours.
    """
    settled.store.repos.change(7, RepoChange(comments_since=NOW))
    said = NOW + timedelta(seconds=after)
    comment = CommentFact(1, "issue", "/promote prod", "alice", is_bot, said, said, pull=1)
    settled.outside.comments[7] = [comment]

    settled.run()

    assert settled.due() == due


@pytest.mark.parametrize("error", [Missing("gone"), Denied("no")])
def test_a_repository_that_cannot_be_read_is_left_to_its_tick_to_explain(settled, error):
    settled.outside.troubles["repo-7"] = error

    settled.run()

    assert settled.due() == {"repo-7"}


@pytest.mark.parametrize("error", [Transient("no answer"), Rejected("422"), Conflict("409")])
def test_one_repositorys_trouble_does_not_stop_the_others(settled, error):
    settled.outside.troubles["repo-7"] = error
    settled.outside.tips[8] = {"main": MOVED}

    assert settled.run() == EVERY
    assert settled.due() == {"repo-8"}


def test_one_installations_trouble_does_not_stop_the_others(house):
    house.outside.installed[4] = [("other", 9)]
    house.outside.tips[9] = {"main": TIP}
    house.outside.troubles["installation-3"] = Transient("no answer")

    house.run()

    assert house.due() == {"repo-9"}


def test_a_rate_limit_ends_the_asking_for_that_installation_and_is_waited_for(settled):
    """Going on asking after a 429 gets an App banned."""
    settled.outside.troubles["repo-7"] = Transient("slow down", retry_after=900.0)

    assert settled.run() == timedelta(seconds=900)
    assert settled.outside.asked_tips == [7]


def test_a_renamed_repository_is_found_under_its_new_name(settled):
    settled.outside.installed[3][0] = ("store", 7)

    settled.run()

    assert settled.store.repos.get(7).name == "store"


def test_what_two_sweeps_find_no_longer_ours_is_left_alone_and_says_why(settled):
    """A list that is read in pages leaves one out at times, while others come and go."""
    settled.outside.installed[3] = [("api", 8)]
    settled.run()
    assert settled.why(7) == ""

    settled.outside.asked_tips.clear()
    settled.now += EVERY
    settled.run()
    assert "taken out" in settled.why(7)
    assert settled.outside.asked_tips == [8]

    settled.outside.installed = {}
    settled.run()
    assert settled.why(8) == ""

    settled.now += EVERY
    settled.run()
    assert "not installed" in settled.why(8)


def test_what_one_list_left_out_is_asked_for_again_within_a_minute(settled):
    listed = settled.outside.installed[3]
    settled.outside.installed[3] = [("api", 8)]
    assert settled.sync(3) == timedelta(minutes=1)

    settled.outside.installed[3] = listed
    settled.now += timedelta(minutes=1)
    assert settled.sync(3) is None
    assert settled.why(7) == ""

    settled.outside.installed[3] = [("api", 8)]
    assert settled.sync(3) == timedelta(minutes=1), "it was there in between"


def test_a_suspended_installation_is_left_alone_until_it_is_back(settled):
    settled.outside.suspended.add(3)
    settled.run()
    assert "suspended" in settled.why(7)
    assert settled.outside.asked_tips == []
    settled.due()

    settled.outside.suspended.clear()
    settled.run()
    assert settled.why(7) == ""
    assert settled.due() == {"repo-7", "repo-8"}


def test_an_archived_repository_is_left_alone(settled):
    settled.outside.archived.add(7)

    settled.run()

    assert "archived" in settled.why(7)


def test_failed_deliveries_are_asked_for_once(settled):
    settled.outside.failed = [(100, "guid-a", NOW), (101, "guid-b", NOW)]

    settled.run()
    settled.run()

    assert settled.outside.redelivered == [100, 101]


def test_a_delivery_that_cannot_be_had_again_stops_no_other(settled):
    settled.outside.failed = [(100, "guid-a", NOW), (101, "guid-b", NOW)]
    settled.outside.troubles["delivery-100"] = Rejected("it is too old")

    settled.run()
    settled.run()

    assert settled.outside.redelivered == [101]


def test_after_a_long_outage_it_catches_up_gently(settled):
    settled.outside.failed = [(number, f"guid-{number}", NOW) for number in range(120)]

    counts = []
    for _ in range(3):
        settled.run()
        counts.append(len(settled.outside.redelivered))

    assert counts == [50, 100, 120]


def test_mirrors_are_kept_of_the_repositories_that_are_ours(house):
    house.run()
    house.outside.installed = {3: [("shop", 7)]}
    house.run()
    house.now += timedelta(minutes=2)  # gone needs two looks
    house.run()

    assert house.outside.kept == [{7, 8}, {7, 8}, {7}]


def test_old_deliveries_are_forgotten(settled):
    inbox = settled.store.inbox
    for days in (1, 8):
        received = NOW - timedelta(days=days)
        inbox.record(Delivery(f"guid-{days}", "push", "", 7, 3, b"{}", received), None)
        inbox.done([f"guid-{days}"])

    settled.run()

    assert inbox.prune(NOW + timedelta(days=1)) == 1
