"""A world for the tests of check runs, and how they look at what is to be shown."""

from app.core.checkruns import targets
from app.core.model.names import Sha
from app.core.model.run_records import RunRecord
from app.core.model.snapshot import ConfigState, Proposal
from tests.core.saying import (
    AT,
    CONFIG,
    pipeline,
    plan,
    sha,
    snapshot,
)

QUIET = ConfigState("valid", None, Sha(CONFIG), pipeline())


def world(**more):
    """Without a run for the configuration, which most tests are not about."""
    return snapshot(**{"config": QUIET, **more})


def record(name, on=1, *, serial=1, status="queued", run_id=5, digest="d.t", **more):
    given = {"created_at": AT, "written_at": AT, "external_id": f"{name}:{serial}"}
    return RunRecord(
        name, sha(on), serial, run_id=run_id, status=status, digest=digest, **{**given, **more}
    )


def shown(found):
    return {(t.draft.name, t.draft.sha): t for t in found}


def one(found, name, on=1):
    return shown(found)[name, sha(on)]


def proposal(**more):
    return Proposal(**{"number": 4, "head": sha(60), "base": "main", "warehouses": (), **more})


def planned(**more):
    return one(targets(world(proposals=(proposal(**more),)), plan()), "stagelock / plan", 60).draft
