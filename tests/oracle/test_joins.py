"""Jobs that ask for their stage's lock, in histories made by hand: each wrong one beside the right one."""

from dataclasses import replace
from datetime import timedelta

from app.core.model.ci_jobs import JobRequest, RunAttempt
from app.core.model.lock_requests import DirectRequest
from app.core.model.names import GroupName, Sha
from tests.oracle import joins
from tests.oracle.histories import MINUTE, NOON, line, moment, plan, request, row

COPY = [{"uses": "copy", "with": {"from": "apps", "to": "web"}}]
DEV = {"path": "stages/dev", "steps": COPY, "lock": ["e2e"], "verify": {"checks": ["t0"]}}
QA = {**DEV, "path": "stages/qa", "verify": {"checks": ["t1"]}}
FILE = plan({"dev": DEV, "qa": QA})
LINE = line("abcdefg")
E2E = GroupName("e2e")
GRANT = replace(request("dev", "b"), tokens={E2E: 4})
LANDED = row("dev", "b", "c", state="verifying", verified_at=None)


def job(**more):
    return replace(joins.Asker(9, "e2e", 7, "c", "c", ("t0",), beside=frozenset({1})), **more)


def asks(state="queued", **more):
    made = DirectRequest(
        9, 1, "acme/shop", "client", "run:1/7/1", (E2E,), 2, state, NOON, timedelta(minutes=10),
        owner="x", read_at=NOON,
    )  # fmt: skip
    return replace(made, **more)


def part(joined=1, doubt="", *, judged=True):
    return JobRequest(9, RunAttempt(1, 7, 1), E2E, Sha("c"), 0, judged, joined, doubt)


def now(*directs, grants=(GRANT,), rows=(LANDED,), parts=(), file=FILE):
    made = moment(file, LINE, requests=grants, rows=rows)
    kept = replace(made.records, direct=directs, job_requests=tuple(parts))
    return replace(made, records=kept)


def ids(wrong):
    return [words.split(":")[0] for words in wrong]


def owed(made, *there):
    return ids(words for _, words in joins.owing(made, there))


def test_a_job_that_its_stage_awaits_on_what_landed_joins_and_no_other():
    shown = asks("released", tokens={E2E: 4})
    assert ids(joins.joined(now(), job(), part(), shown)) == []
    for other in (
        {"names": ("report",)}, {"head": "d"}, {"commit": "a", "head": "a"}, {"foreign": True},
        {"newest": False},
    ):  # fmt: skip
        assert ids(joins.joined(now(), job(**other), part(), shown)) == ["L58"], other
    taken = replace(GRANT, state="releasing", ended_by="max")
    assert ids(joins.joined(now(grants=[taken]), job(), part(), shown)) == ["L58"]


def test_it_is_told_the_token_of_the_grant():
    assert ids(joins.joined(now(), job(), part(), asks("released", tokens={E2E: 5}))) == ["L17"]


def test_nobody_joins_before_github_has_told_of_the_run():
    shown = asks("released", tokens={E2E: 4})
    assert ids(joins.joined(now(), job(answered=False), part(), shown)) == ["L62"]


def test_what_holds_beyond_the_permits_is_joined_when_the_others_have_gone():
    beyond = replace(GRANT, out_of_turn=True)
    other = request("qa", "a", number=2)
    shown = asks("released", tokens={E2E: 4})
    assert ids(joins.joined(now(grants=[beyond, other]), job(), part(), shown)) == ["L58"]
    assert ids(joins.joined(now(grants=[beyond]), job(), part(), shown)) == []
    assert owed(now(asks(), grants=[beyond, other]), job()) == []
    assert owed(now(asks(), grants=[beyond]), job()) == ["L17"]


def test_a_job_does_not_wait_for_its_own_stage():
    assert owed(now(asks()), job()) == ["L17"]
    assert owed(now(asks()), job(names=("report",))) == []
    assert owed(now(asks()), job(over=True)) == []
    assert owed(now(asks(), grants=[]), job()) == []


def test_nor_does_it_take_another_permit_than_its_stages():
    assert ids(joins.let_in(now(asks("held")), job())) == ["L17"]
    assert ids(joins.let_in(now(asks("held")), job(names=("report",)))) == []
    assert ids(joins.let_in(now(asks("held")), job(beside=frozenset()))) == []


def test_while_nobody_can_tell_a_job_gets_nothing_and_says_why():
    silent = job(names=("report",), answered=False, silent_since=NOON)
    assert ids(joins.let_in(now(asks("held")), silent)) == ["L62"]
    later = replace(silent, commit="d", head="d")
    assert ids(joins.let_in(now(asks("held")), later)) == []  # other outputs: nothing to be asked
    waits = part(None, judged=False)
    assert owed(now(asks(), parts=[waits]), replace(silent, names=("t0",))) == ["L62"]
    said = now(asks(reason="unknown"), parts=[replace(waits, doubt="unknown")])
    assert owed(said, replace(silent, names=("t0",))) == []


def test_a_job_on_a_commit_that_speaks_for_nobody_waits_for_no_answer():
    waits = part(None, judged=False)
    assert owed(now(asks(), parts=[waits]), job(commit="a", head="a")) == ["L62"]


def test_it_is_told_no_when_what_it_may_verify_has_ended_and_nobody_has_answered_for_5_minutes():
    no, over = asks("timed-out"), replace(LANDED, state="failed", ended_at=NOON)
    silent = job(silent_since=NOON)
    ended = joins.ended
    assert ids(ended(now(rows=[over]), silent, asks(), no, by_client=False)) == []
    assert ids(ended(now(), silent, asks(), no, by_client=False)) == ["L62"]
    soon = job(silent_since=NOON + 27 * MINUTE)
    assert ids(ended(now(rows=[over]), soon, asks(), no, by_client=False)) == ["L62"]
    said = part(None, "unknown", judged=False)
    waiting = now(asks(reason="unknown"), rows=[over], parts=[said])
    assert owed(waiting, silent) == ["L62"]
    assert owed(waiting, soon) == []


def test_a_job_that_died_without_a_word_is_suspect_and_not_free():
    held, late = asks("held"), NOON
    gone = asks("released", expires_at=late)
    assert ids(joins.ended(now(), job(), held, gone, by_client=False)) == ["L36"]
    assert ids(joins.ended(now(), job(run_over=True), held, gone, by_client=False)) == []
    assert ids(joins.ended(now(), job(), held, gone, by_client=True)) == []
    unread = replace(gone, read_at=None)
    assert ids(joins.ended(now(), job(), held, unread, by_client=False)) == []
    assert ids(joins.ended(now(), job(), asks(), asks("released"), by_client=False)) == ["L36"]


def test_a_grant_lasts_to_the_end_of_the_last_that_joined():
    assert ids(joins.gives_back(GRANT, [job(over=True), job()])) == ["L17"]
    assert ids(joins.gives_back(GRANT, [job(over=True)])) == []


def test_a_part_ends_with_its_job_by_its_own_word_or_with_a_grant_that_was_taken_away():
    assert ids(joins.part_over(now(), job(), GRANT, by_client=False)) == ["L17"]
    assert ids(joins.part_over(now(), job(over=True), GRANT, by_client=False)) == []
    assert ids(joins.part_over(now(), job(), GRANT, by_client=True)) == []
    forced = replace(GRANT, state="forced", ended_by="max")
    assert ids(joins.part_over(now(), job(), forced, by_client=False)) == []


def test_a_part_renews_with_the_grants_token_alone():
    assert joins.told("heartbeat", 4, GRANT, 200) == []
    assert ids(joins.told("heartbeat", 3, GRANT, 200)) == ["L37"]
    assert ids(joins.told("heartbeat", 4, GRANT, 409)) == ["L37"]
    assert ids(joins.told("release", 4, GRANT, 409)) == ["L17"]


def test_the_same_key_is_the_same_request_while_that_lives():
    assert joins.asked(9, 9, live=True) == []
    assert ids(joins.asked(9, 10, live=True)) == ["L35"]
    assert ids(joins.asked(9, 9, live=False)) == ["L35"]


def test_a_visitor_is_needless_only_where_all_that_runs_waits_for_all_that_it_takes():
    """rule L83"""
    over = row("dev", "b", "c", ended_at=NOON - MINUTE)
    visit = replace(GRANT, out_of_turn=True)
    other = replace(request("qa", "a", number=2), out_of_turn=True)

    def needless(*running, waits=("e2e",), grants=(visit, other), mine=visit, rows=(over,)):
        at = now(grants=grants, rows=rows)
        return joins.queues_itself(at, mine, running, {11: waits})

    assert needless(11)
    assert not needless()
    assert not needless(11, 12)
    assert not needless(11, waits=())
    assert not needless(11, grants=[visit])
    both = replace(visit, groups=(E2E, GroupName("db")))
    assert not needless(11, grants=[both, other], mine=both)
    assert needless(11, grants=[both, other], mine=both, waits=("db", "e2e"))
    assert not needless(11, rows=[LANDED])
    assert not needless(11, rows=[replace(over, ended_at=NOON + MINUTE)])
