"""Which stage awaits which end-to-end tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.core.config.starter.found import Notice, Remark
from app.core.config.starter.names import LAST
from app.core.config.starter.proposal import Part, StarterStage
from app.core.config.starter.workflows import Job, awaited

LOCK = "e2e-env"
"""What stages share that such tests run in."""


def verified(
    parts: Sequence[Part], jobs: Sequence[Job], default_branch: str
) -> tuple[tuple[Part, ...], tuple[Remark, ...]]:
    """*parts* with the end-to-end tests that their stages await; and what is said of the tests."""
    remarks: list[Remark] = []
    used: set[Job] = set()
    done = []
    for part in parts:
        stages = list(part.stages)
        for at, stage in enumerate(stages):
            jobs_here = () if stage.branch else awaited(jobs, stage.folder, default_branch)
            mine = [job for job in jobs_here if job.paths or stage is _best(part.stages)]
            if mine:
                used.update(mine)
                checks = tuple(dict.fromkeys(job.check for job in mine))
                stages[at] = replace(stage, checks=checks)
                remarks.append(Remark(Notice.VERIFIES, (stage.name, *checks)))
        done.append(replace(part, stages=tuple(stages)))
    for job in dict.fromkeys(job for job in jobs if job not in used):
        notice = Notice.WHICH_STAGE if job.check else Notice.ODD_CHECK
        notice = notice if job.on_push else Notice.NOT_ON_PUSH
        remarks.append(Remark(notice, (job.file, job.check)))
    return tuple(done), tuple(remarks)


def _best(stages: Sequence[StarterStage]) -> StarterStage | None:
    """The stage in which tests of everything run: the last one before production."""
    before = [s for s in stages if s.level is not None and s.level < LAST]
    return before[-1] if before else None
