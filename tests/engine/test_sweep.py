import threading
from datetime import UTC, datetime, timedelta

import pytest

from app.core.model.facts import CommentFact, RepoFact
from app.core.model.installations import AppFact, InstallationFact
from app.core.model.names import Repo
from app.core.model.repository_change import RepoChange
from app.engine.deliveries.intake import Intake
from app.engine.deliveries.sweep import Sweep
from app.engine.queue.lease import Lease
from app.errors import Conflict, Denied, Missing, Rejected, Transient
from app.ports.store import Delivery

NOW = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
EVERY = timedelta(minutes=5)
TIP = "a" * 40
MOVED = "b" * 40


class Outside:
    """GitHub and its Git server as far as a sweep asks them: the state is in plain dicts."""

    def __init__(self):
        self.installed = {3: [("shop", 7), ("api", 8)]}
        self.suspended = set()
        self.granted = {"contents": "write"}
        self.archived = set()
        self.tips = {7: {"main": TIP}, 8: {"main": TIP}}
        self.failed = []
        self.redelivered = []
        self.asked_tips = []
        self.kept = []
        self.comments = {}
        self.troubles = {}
        self.listed = self.all_listed = lambda: None
        """Called between GitHub's answer and its arrival."""

    def app(self):
        self._maybe_fail("app")
        return AppFact(1, "stagelock")

    def installation(self, installation_id):
        self._maybe_fail(f"installation-{installation_id}")
        return InstallationFact(installation_id, "acme", False, self.granted)

    def installations(self):
        found = [
            InstallationFact(number, "acme", number in self.suspended, self.granted)
            for number in self.installed
        ]
        self.all_listed()
        return found

    def repositories(self, installation_id):
        self._maybe_fail(f"installation-{installation_id}")
        found = [
            RepoFact(Repo(number, "acme", name, installation_id), "main", number in self.archived)
            for name, number in self.installed.get(installation_id, [])
        ]
        self.listed()
        return found

    def ls_remote(self, repo):
        self.asked_tips.append(repo.id)
        self._maybe_fail(f"repo-{repo.id}")
        return self.tips[repo.id]

    def upkeep(self, known):
        self._maybe_fail("disk")
        self.kept.append(known)

    def comments_since(self, repo, since):
        return [c for c in self.comments.get(repo.id, []) if c.updated_at >= since]

    def failed_deliveries(self, since):
        self._maybe_fail("deliveries")
        return [(number, guid) for number, guid, at in self.failed if at >= since]

    def redeliver(self, delivery_id):
        self._maybe_fail(f"delivery-{delivery_id}")
        self.redelivered.append(delivery_id)

    def _maybe_fail(self, what):
        if what in self.troubles:
            raise self.troubles[what]


class House:
    def __init__(self, store):
        self.store = store
        self.outside = Outside()
        self.now = NOW
        self.stopping = threading.Event()
        self.sweep = self.new_process()

    def new_process(self):
        return Sweep(
            store=self.store,
            forge=self.outside,
            mirrors=self.outside,
            clock=lambda: self.now,
            intake=Intake(self.store, lambda: 1),
            every=EVERY,
        )

    def run(self):
        return self._under("sweep", self.sweep.everything)

    def sync(self, installation_id):
        return self._under(f"installation-{installation_id}", self.sweep.installation)

    def _under(self, key, handler):
        self.store.work.touch(key)
        claims = []
        while not claims or claims[-1].key != key:
            claims.append(self.store.work.claim("test", timedelta(seconds=30)))
        try:
            return handler(claims[-1], Lease(self.store.work, claims[-1], stopping=self.stopping))
        finally:
            for claim in claims:
                delay = None if claim is claims[-1] else timedelta()
                self.store.work.finish(claim, delay)

    def due(self):
        keys = set()
        while claim := self.store.work.claim("test", timedelta(seconds=30)):
            keys.add(claim.key)
            self.store.work.finish(claim, None)
        return keys

    def remember_tips(self):
        """What the ticks of both repositories would have stored."""
        for record in self.store.repos.all():
            tips = dict(self.outside.tips[record.id])
            self.store.repos.change(record.id, RepoChange(tips=tips))

    def why(self, repo_id):
        return self.store.repos.get(repo_id).unavailable


@pytest.fixture
def house(store):
    return House(store)


@pytest.fixture
def settled(house):
    """Both repositories are known and nothing is due."""
    house.run()
    house.remember_tips()
    house.due()
    house.outside.asked_tips.clear()
    return house


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
