"""Jobs at a GitHub environment: when the last has ended, what the file says, what they are told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.config import parse
from app.core.config.organization import parse_organization
from app.core.locks.direct import granted, lapsed, let_in
from app.core.locks.environments import all_ended
from app.core.locks.queue import Board
from app.core.model.deployments import ENDED_DEPLOYMENTS, Deployment, Job
from app.core.model.lock_requests import DirectRequest
from app.core.model.names import GroupName
from app.core.text import environments as words
from tests.core.locking import GUARDED
from tests.core.world import parsed

AT = datetime(2026, 11, 27, 14, 2, tzinfo=UTC)
RUN = 7
DONE, GOING = "completed", "in_progress"
OURS = Deployment(1, "success", RUN, 11)


@pytest.mark.parametrize(
    ("jobs", "deployments", "ended"),
    [
        pytest.param([("e2e", DONE)], [OURS], True, id="all have ended"),
        pytest.param([("e2e", GOING)], [OURS], False, id="its job goes on after its deployment"),
        pytest.param([("e2e", DONE), ("lint", GOING)], [OURS], True, id="another job goes on"),
        pytest.param(
            [("e2e", DONE)], [replace(OURS, state="in_progress")], False, id="a deployment goes on"
        ),
        pytest.param(
            [("e2e", DONE)], [replace(OURS, state="")], False, id="nothing said of it yet"
        ),
        pytest.param([("e2e", DONE)], [], False, id="nothing can be told"),
        pytest.param(
            [("e2e", DONE)], [replace(OURS, run=8)], False, id="only those of another run are there"
        ),
        pytest.param(
            [("e2e", DONE)],
            [OURS, Deployment(2, "queued")],
            False,
            id="one of which nobody says whose",
        ),
        pytest.param(
            [("e2e", DONE)],
            [OURS, Deployment(2, "in_progress", 8, 99)],
            True,
            id="another run goes on",
        ),
        pytest.param(
            [("e2e (1)", DONE), ("e2e (2)", "queued")], [OURS], False, id="a shard has not begun"
        ),
        pytest.param(
            [("e2e (1)", DONE), ("e2e (2)", DONE)], [OURS], True, id="all shards have ended"
        ),
        pytest.param(
            [("e2e (1)", DONE), ("e2e2 (2)", GOING)], [OURS], True, id="a matrix of another name"
        ),
    ],
)
def test_jobs_at_an_environment_have_ended_only_where_that_is_known(jobs, deployments, ended):
    found = [Job(11 + n, name, status) for n, (name, status) in enumerate(jobs)]
    assert all_ended(RUN, found, deployments) is ended


STATES = st.sampled_from(
    [*sorted(ENDED_DEPLOYMENTS), "queued", "in_progress", "pending", "", "new"]
)


@given(
    st.lists(st.tuples(STATES, st.sampled_from([RUN, 8, 0]), st.integers(0, 5)), max_size=6),
    st.lists(st.sampled_from([DONE, GOING, "queued", "waiting"]), max_size=5),
)
def test_whatever_is_seen_no_job_of_an_ended_environment_goes_on(said, statuses):
    there = [Deployment(n, *one) for n, one in enumerate(said)]
    jobs = [Job(n, f"job ({n})" if n % 2 else f"job{n}", s) for n, s in enumerate(statuses)]
    if not all_ended(RUN, jobs, there):
        return
    mine = [one for one in there if one.run == RUN]
    assert mine
    assert all(one.state in ENDED_DEPLOYMENTS for one in mine)
    at = {one.job for one in mine}
    assert all(job.status == DONE for job in jobs if job.id in at)


def test_the_organisations_group_names_environments_and_each_is_named_once():
    """rules F33, F53"""
    file = "version: 1\nlocks:\n  env: {environments: [e2e]}\n"
    groups = parse_organization(file.encode()).groups
    assert groups is not None
    assert groups[0].environments == ("e2e",)
    twice = parse_organization(f"{file}  other: {{environments: [E2E]}}\n".encode())
    assert [problem.code for problem in twice.problems] == ["duplicate-entry"]


def test_a_group_names_its_environments_and_case_is_nothing_there():
    pipeline = parsed(GUARDED % "[E2E, 'prod env']")
    assert pipeline.group_of("e2e") == "env"
    assert pipeline.group_of("Prod Env") == "env"
    assert pipeline.group_of("e2e-2") is None


@pytest.mark.parametrize(
    ("environments", "more", "words"),
    [
        ("[]", "", "`environments`"),
        ("e2e", "", "`environments`"),
        ("[e2e, E2E]", "", "the environment `E2E` is named twice"),
        ("[e2e]", "  db: {environments: [e2e]}\n", "the environment `e2e` is named twice"),
        ("['  ']", "", "`environments`"),
        (f"[{'x' * 256}]", "", "not a name of a GitHub environment"),
    ],
)
def test_environments_that_cannot_be_are_refused(environments, more, words):
    found = parse((GUARDED % environments + more).encode())
    assert found.pipeline is None
    assert any(words in problem.message for problem in found.problems), found.problems


def request(number=1, state="queued", **more):
    return DirectRequest(
        number, 1, "acme/shop", "job", "e2e", (GroupName("env"),), number, state, AT, timedelta(hours=2),
        owner=f"{40 + number}/1", **more,
    )  # fmt: skip


def test_a_place_of_jobs_never_lapses_and_their_grant_turns_suspect_never_free():
    waits = request()
    assert lapsed(waits, AT + timedelta(days=99)) == waits
    for held in (granted(waits, AT), let_in(granted(waits, AT), AT)):
        after = lapsed(held, AT + timedelta(hours=2))
        assert (after.state, after.reason) == ("suspect", "held-too-long")


def test_jobs_are_told_their_place_and_who_is_before_them():
    board = Board([granted(request(), AT), request(2), request(3)])
    said = words.place(request(3), board)
    assert "2nd of 2, held by e2e" in said.replace("\\", "")
    assert "run 41" in said


@pytest.mark.parametrize(
    ("leave", "words_of_it"),
    [
        ("granted", "token 17"),
        ("unnamed", "no lock group in `stagelock.yaml` names the environment `e2e`"),
        ("no-file", "has no `stagelock.yaml`"),
        ("timed-out", "`max-wait`"),
        ("too-large", "has too few permits"),
    ],
)
def test_each_answer_says_why_and_fits_what_github_takes(leave, words_of_it):
    held = replace(granted(request(), AT), tokens={GroupName("env"): 17})
    assert words_of_it in words.answer(leave, "e2e", held)
    assert len(words.answer(leave, "e" * 255, held)) <= 1000
