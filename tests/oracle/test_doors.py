"""Jobs at environments, in histories made by hand: each wrong one beside the right one."""

from dataclasses import replace

from tests.oracle import doors
from tests.oracle.histories import job, line, moment, plan, request, row

COPY = [{"uses": "copy", "with": {"from": "apps", "to": "web"}}]
DEV = {"path": "stages/dev", "steps": COPY, "lock": ["e2e"], "verify": {"checks": ["t0"]}}
FILE = replace(plan({"dev": DEV}), doors={"env": "e2e"})
LINE = line("abcdefg")


def at(head="g", check="", *, attempt=1, waits=True, inside=False, environment="env"):
    return doors.Standing(7, attempt, environment, head, check, inside, waits)


def now(*directs, requests=(), rows=(), file=FILE):
    made = moment(file, LINE, requests=requests, rows=rows)
    return replace(made, records=replace(made.records, direct=directs))


def ids(wrong):
    return [words.split(":")[0] for words in wrong]


def owed(made, standing):
    return ids(words for _, words in doors.owing(made, [standing]))


def test_nobody_is_let_in_without_a_grant_of_that_run_and_attempt():
    assert ids(doors.let_in(now(job()), at())) == []
    assert ids(doors.let_in(now(), at())) == ["L19"]
    assert ids(doors.let_in(now(job("queued")), at())) == ["L19"]
    assert ids(doors.let_in(now(job(owner="8/1")), at())) == ["L19"]
    assert ids(doors.let_in(now(job()), at(attempt=2))) == ["L19"]


def test_where_the_file_names_the_environment_no_more_everybody_goes():
    assert ids(doors.let_in(now(), at(environment="elsewhere"))) == []
    assert owed(now(), at(environment="elsewhere")) == ["L21"]


def test_a_job_joins_what_its_stage_holds_where_it_is_awaited_on_what_landed():
    stage, landed = request("dev", "b"), row("dev", "b", "c", state="verifying", verified_at=None)
    holding = now(requests=[stage], rows=[landed])
    assert ids(doors.let_in(holding, at("c", "t0"))) == []
    assert ids(doors.let_in(holding, at("c", "other"))) == ["L19"]
    assert ids(doors.let_in(holding, at("a", "t0"))) == ["L19"]
    over = now(requests=[replace(stage, state="released")], rows=[landed])
    assert ids(doors.let_in(over, at("c", "t0"))) == ["L19"]


def test_a_grant_ends_with_the_last_job_that_was_let_in():
    assert ids(doors.gives_back(at(inside=True, waits=False), job())) == ["18"]
    assert ids(doors.gives_back(at(waits=False), job())) == []
    assert ids(doors.gives_back(at(inside=True), job("queued"))) == []


def test_the_answer_is_owed_to_who_has_the_grant_and_a_place_to_who_has_none():
    assert owed(now(job()), at()) == ["L47"]
    assert owed(now(), at()) == ["L47"]
    assert owed(now(job("queued")), at()) == []
    assert owed(now(job()), at(waits=False, inside=True)) == []


def test_a_run_that_is_over_leaves_the_queue_and_gives_back():
    assert owed(now(job()), at(waits=False)) == ["L20"]
    assert owed(now(), at(waits=False)) == []
