"""What GitHub said of commits: asked within a tick's limits, remembered as rows, asked again."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from app.core.model.facts import CheckFact, CommitChecks, SuiteFact
from app.core.model.names import Repo
from app.core.model.questions import MINTING, ChecksQuestion, HeardQuestion
from app.engine.deliveries.intake import Intake
from app.engine.survey.checks_heard import (
    FOR_A_PROMOTION,
    FOR_EARLIER,
    FOR_MINTING,
    Hearing,
    Memory,
)
from app.ports.forge import Forge
from tests.engine.arriving import APP, House

NOW = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
REPO = Repo(7, "acme", "shop", 3)
SWEEP = timedelta(minutes=5)


def sha(number):
    return f"{number:040x}"


class Github:
    """Says what it is told to say, and remembers what it was asked."""

    def __init__(self):
        self.asked, self.runs, self.suites = [], {}, {}

    def app_id(self):
        return APP

    def checks(self, repo, commit):
        self.asked.append(commit)
        return CommitChecks(commit, self.runs.get(commit, ()), self.suites.get(commit, ()))

    def say(self, commit, conclusion, number=1):
        status = "completed" if conclusion else "in_progress"
        at = NOW if conclusion else None
        run = CheckFact(number, "e2e", status, conclusion, "github-actions", 15368, 1, at)
        self.runs[commit] = (*self.runs.get(commit, ()), run)


class Ticks:
    """Each look is a new tick over the same store."""

    def __init__(self, store):
        self.store, self.github, self.now = store, Github(), NOW
        store.work.touch("repo-7")
        self.claim = store.work.claim("me", timedelta(hours=99))
        self.repeated = {}
        self.begin()

    def begin(self, **later):
        self.now += timedelta(**later)
        memory = Memory(self.store.checks, self.claim, SWEEP, self.repeated)
        self.hearing = Hearing(REPO, cast("Forge", self.github), memory)
        self.github.asked.clear()

    def ask(self, commit, within="", *, known=False):
        return self.hearing.answer(ChecksQuestion(commit, within, known), self.now)

    def hear(self, commit, turn=0):
        return self.hearing.remembered(HeardQuestion(commit, turn), self.now)


@pytest.fixture
def ticks(store):
    return Ticks(store)


def test_a_row_gives_back_exactly_what_was_said(ticks):
    ticks.github.say(sha(1), "success")
    ticks.github.suites[sha(1)] = (SuiteFact(1, "github-actions", 15368, "completed"),)
    said = ticks.ask(sha(1))
    ticks.begin()
    assert ticks.ask(sha(1), known=True) == said
    assert ticks.github.asked == []


def test_whoever_waits_for_an_answer_asks_at_each_look(ticks):
    ticks.github.say(sha(1), "success")
    ticks.ask(sha(1))
    ticks.begin(seconds=1)
    ticks.ask(sha(1))
    assert ticks.github.asked == [sha(1)]


def test_in_one_tick_a_commit_is_asked_about_once(ticks):
    ticks.ask(sha(1))
    ticks.ask(sha(1), "p")
    assert ticks.github.asked == [sha(1)]


@pytest.mark.parametrize(("seconds", "asked"), [(299, []), (300, [sha(1)])])
def test_the_sweep_asks_again(ticks, seconds, asked):
    ticks.github.say(sha(1), "success")
    ticks.ask(sha(1))
    ticks.begin(seconds=seconds)
    ticks.ask(sha(1), known=True)
    assert ticks.github.asked == asked


def test_after_14_days_without_a_change_only_a_delivery_makes_it_ask_again(ticks):
    ticks.github.say(sha(1), "success")
    ticks.ask(sha(1))
    ticks.begin(days=14)
    ticks.ask(sha(1), known=True)
    assert ticks.github.asked == []
    ticks.store.checks.outdate(7, [sha(1)])
    ticks.begin()
    ticks.ask(sha(1), known=True)
    assert ticks.github.asked == [sha(1)]


def test_what_goes_on_is_asked_about_at_each_look(ticks):
    ticks.github.say(sha(1), None)
    ticks.ask(sha(1), known=True)
    ticks.begin()
    ticks.ask(sha(1), known=True)
    assert ticks.github.asked == [sha(1)]


@pytest.mark.parametrize(("within", "most"), [("p", FOR_A_PROMOTION), (MINTING, FOR_MINTING)])
def test_a_tick_asks_only_so_much_and_the_next_ones_go_on(ticks, within, most):
    assert (FOR_A_PROMOTION, FOR_MINTING) == (2, 20)
    commits = [sha(n) for n in range(2 * most + 1)]
    seen = []
    for _ in range(3):
        for commit in commits:
            if ticks.ask(commit, within) is None:
                break
        seen.append(list(ticks.github.asked))
        ticks.begin(seconds=1)
    assert seen == [commits[:most], commits[most : 2 * most], commits[2 * most :]]


def test_each_promotion_has_a_limit_of_its_own(ticks):
    assert all(ticks.ask(sha(n), "p") for n in (1, 2))
    assert ticks.ask(sha(3), "p") is None
    assert ticks.ask(sha(4), "q") is not None
    assert ticks.ask(sha(5)) is not None


def test_asking_again_leaves_room_for_what_was_never_asked(ticks):
    for n in (1, 2):
        ticks.ask(sha(n), "p")
    ticks.begin(minutes=2)
    for n in (1, 2, 3):
        assert ticks.ask(sha(n), "p") is not None
    assert ticks.github.asked == [sha(1), sha(3)]


@pytest.mark.parametrize(
    ("turn", "asked"), [(0, []), (1, [1, 2, 3, 4, 5, 6]), (2, [2, 4, 6]), (3, [3, 6]), (9, [])]
)
def test_what_landed_earlier_is_asked_about_anew_in_the_sweeps_whose_turn_it_is(ticks, turn, asked):
    ticks.github.say(sha(1), "success")
    ticks.ask(sha(1))
    seen = []
    for sweep in range(1, 7):
        ticks.begin(minutes=5)
        assert ticks.hear(sha(1), turn) is not None
        seen += [sweep for _ in ticks.github.asked]
    assert seen == asked


@pytest.mark.parametrize("turn", [1, 3])
def test_what_is_asked_about_in_turn_says_when_its_turn_comes(ticks, turn):
    """rule L13: at rest nothing else would look."""
    ticks.github.say(sha(1), "success")
    ticks.ask(sha(1))
    ticks.begin(minutes=2)
    ticks.hear(sha(1), 0)
    assert ticks.hearing.next_turns == ()
    ticks.hear(sha(1), turn)
    (at,) = ticks.hearing.next_turns
    assert at - ticks.now == max(SWEEP * turn - timedelta(minutes=2), SWEEP)
    ticks.now = at
    ticks.begin()
    ticks.hear(sha(1), turn)
    assert ticks.github.asked == [sha(1)]
    assert ticks.hearing.next_turns == (at + SWEEP * turn,)


@pytest.mark.parametrize(("days", "wakes"), [(13, True), (14, False)])
def test_what_did_not_change_for_14_days_has_no_turn_any_more(ticks, days, wakes):
    """rule L13: only a delivery tells of it then."""
    ticks.github.say(sha(1), "success")
    ticks.ask(sha(1))
    ticks.begin(days=days)
    ticks.hear(sha(1), 1)
    assert bool(ticks.hearing.next_turns) == wakes


def test_of_what_landed_earlier_a_tick_asks_so_much_and_the_next_ones_go_on(ticks):
    commits = [sha(n) for n in range(2 * FOR_EARLIER + 1)]
    seen = []
    for _ in range(3):
        left = [commit for commit in commits if ticks.hear(commit, 1) is None]
        seen.append((len(ticks.github.asked), len(left)))
        ticks.begin(seconds=1)
    assert seen == [(FOR_EARLIER, FOR_EARLIER + 1), (FOR_EARLIER, 1), (1, 0)]


def test_what_we_had_run_again_is_asked_anew(ticks):
    ticks.github.say(sha(1), "failure", number=5)
    ticks.ask(sha(1))
    ticks.hearing.forget([5])
    ticks.github.say(sha(1), None, number=6)
    assert len(ticks.ask(sha(1), known=True).runs) == 2
    ticks.begin()
    ticks.ask(sha(1), known=True)
    assert ticks.github.asked == [sha(1)]


@pytest.mark.parametrize(
    ("event", "payload", "asked"),
    [
        ("check_run", {"check_run": {"head_sha": sha(1), "app": {"id": 9}}}, [sha(1)]),
        ("check_suite", {"check_suite": {"head_sha": sha(1), "app": {"id": 9}}}, [sha(1)]),
        ("status", {"sha": sha(1)}, [sha(1)]),
        ("check_run", {"check_run": {"head_sha": sha(1), "app": {"id": APP}}}, []),
        ("status", {"sha": sha(2)}, []),
    ],
)
def test_a_delivery_about_a_commit_makes_its_answer_outdated(ticks, event, payload, asked):
    ticks.github.say(sha(1), "success")
    ticks.ask(sha(1))
    house = House(ticks.store)
    assert isinstance(house.intake, Intake)
    house.deliver(event, {"action": "completed", **payload})
    house.intake.repository(7)
    ticks.begin()
    ticks.ask(sha(1), known=True)
    assert ticks.github.asked == asked


def test_the_same_said_again_is_no_news_and_no_row(ticks):
    """Rule I16: a look at rest reads, and writes nothing; who does not know asks once more."""
    ticks.github.say(sha(1), "success")
    ticks.ask(sha(1), known=True)
    [before] = ticks.store.checks.recall(7, [sha(1)]).values()

    ticks.begin(minutes=6)
    ticks.ask(sha(1), known=True)
    assert ticks.github.asked == [sha(1)]
    ticks.begin(minutes=1)
    ticks.ask(sha(1), known=True)
    assert ticks.github.asked == []
    assert list(ticks.store.checks.recall(7, [sha(1)]).values()) == [before]

    ticks.repeated.clear()  # another process
    ticks.begin(minutes=1)
    ticks.ask(sha(1), known=True)
    assert ticks.github.asked == [sha(1)]
    assert list(ticks.store.checks.recall(7, [sha(1)]).values()) == [before]
