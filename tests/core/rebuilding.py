"""What is left of a repository: commits, heads and runs to make records of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.core.model.check_names import external_id
from app.core.model.facts import CheckFact, Commit
from app.core.model.names import GroupName, Sha
from app.core.model.pipeline import CheckRule
from app.core.model.promotion_ids import promotion_id
from app.core.rebuild import Finds, Landing, Trailers, restored
from tests.core.saying import AT, CONFIG, REPO, freight, pipeline, sha

PIPELINE = pipeline(
    e2e={"locks": ("e2e-env",), "verify": (CheckRule("e2e"),)},
    dev={"verify": (CheckRule("dev"),)},
    prod={"auto": False, "via": "pull-request", "locks": ("e2e-env",)},
)


E2E = "stagelock / e2e"


LOCK = "stagelock / lock / e2e-env"


def pid(stage="e2e", number=1, attempt=1):
    return promotion_id(REPO.id, stage, freight(number), attempt)


def said(stage="e2e", number=1, attempt=1, **tokens):
    named = {GroupName(group): token for group, token in tokens.items()}
    return Trailers(stage, freight(number), pid(stage, number, attempt), attempt, named)


def run(number, name, about, conclusion=None, title="", serial=1, code="", **more):
    status = "completed" if conclusion else "in_progress"
    key = external_id(name, about, serial, code)
    ended = AT + timedelta(minutes=number) if conclusion else None
    fact = CheckFact(number, name, status, conclusion, "stagelock", 5, 1, ended, key)
    return replace(fact, title=title, **{"started_at": AT, **more})


def landing(stage="e2e", number=1, *, minutes=0, runs=(), tokens=(), attempt=1):
    at = AT + timedelta(minutes=minutes)
    commit = Commit(sha(1000 + number), (sha(999),), sha(2000 + number), "Promote", (), at)
    written = ((f"stages/{stage}", f"040000:{sha(number)}"),)
    return Landing(said(stage, number, attempt, **dict(tokens)), commit, written, tuple(runs))


BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""A time at which the clock keeps no counter from being low."""


def rebuilt(*landings, seen=(), heads=(), running=(), tokens=(), more=(), now=AT, **asked):
    runs = {found.commit.sha: found.runs for found in landings}
    runs |= {head.commit.sha: head.runs for head in heads}
    runs |= {found.freight.sha: found.runs for found in seen} | dict(more)
    found = Finds(now, REPO, PIPELINE, Sha(CONFIG), tuple(landings), tuple(heads), tuple(seen))
    found = replace(found, **asked)
    return restored(replace(found, running=frozenset(running), tokens=dict(tokens), runs=runs))
