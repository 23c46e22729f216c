"""
Every state that three jobs on two groups can get into, visited one by one.

A job asks, is granted, runs, may be lost (its grant turns suspect while it runs on), ends, and its
grant is ended only after that, or is forced by a person, who then answers for it.
"""

from dataclasses import dataclass, replace
from functools import partial

import pytest

from tests.core.exploring import explore
from tests.core.lock_requests import grantable, request

WANTS = (("x", "y"), ("y", "x"), ("y",))
PERMITS = {"x": 1, "y": 1}


@dataclass(frozen=True)
class Job:
    state: str = "idle"  # idle, queued, held, suspect, ended
    seq: int = 0
    running: bool = False
    forced: bool = False
    token: int = 0


def canonical(jobs):
    """Only the order of asking matters, and which of the tokens is newest."""
    places = sorted({job.seq for job in jobs})
    tokens = sorted({job.token for job in jobs})
    return tuple(
        replace(job, seq=places.index(job.seq), token=tokens.index(job.token)) for job in jobs
    )


def requests_of(jobs):
    return [
        replace(request(number, *WANTS[number], state=job.state), seq=job.seq)
        for number, job in enumerate(jobs)
        if job.state in {"queued", "held", "suspect"}
    ]


def moves(jobs, *, frees_suspects):
    """Name what each job may do next, and the jobs after it."""
    live = {one.id: one for one in requests_of(jobs)}
    newest = 1 + max(job.seq for job in jobs)
    token = 1 + max(job.token for job in jobs)
    for number, job in enumerate(jobs):
        match job.state:
            case "idle":
                yield "asks", number, replace(job, state="queued", seq=newest)
            case "queued":
                yield "is cancelled", number, Job("ended")
                if grantable(live[number], live.values(), PERMITS):
                    yield "is granted", number, replace(job, state="held", token=token)
            case "held" | "suspect":
                if not job.running and job.state == "held":
                    yield "starts", number, replace(job, running=True)
                    yield "is given back", number, replace(job, state="queued", seq=newest)
                if job.state == "held":
                    yield "is lost", number, replace(job, state="suspect")
                if job.state == "suspect":
                    yield "is seen alive", number, replace(job, state="held")
                    if frees_suspects:
                        yield "expires", number, replace(job, state="ended")
                if not job.running:
                    yield "is released", number, Job("ended")
                yield "is forced", number, replace(job, state="ended", forced=True)
            case _:
                assert job.state == "ended"
        if job.running:
            yield "ends", number, replace(job, running=False)


def explored(*, frees_suspects=False):
    start = (Job(),) * len(WANTS)
    return explore(start, partial(moves, frees_suspects=frees_suspects), check, canonical)


def check(jobs, way):
    for group, permits in PERMITS.items():
        running = [
            job
            for number, job in enumerate(jobs)
            if job.running and not job.forced and group in WANTS[number]
        ]
        assert len(running) <= permits, f"{len(running)} run with {group}: {way}"
    live = requests_of(jobs)
    if live and all(one.state == "queued" for one in live):
        assert any(grantable(one, live, PERMITS) for one in live), f"stuck: {way}"


def test_no_state_breaks_exclusion_or_is_stuck():
    assert explored() > 500


def test_the_model_sees_what_freeing_a_lapsed_grant_would_break():
    """The promise is not empty: the rule that other tools have is found out."""
    with pytest.raises(AssertionError, match="2 run with"):
        explored(frees_suspects=True)
