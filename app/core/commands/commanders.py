"""Whom a stage's file names for a command, instead of everybody with *write*."""

from __future__ import annotations

from app.core.commands.spec import Command
from app.core.model.names import StageName
from app.core.model.people import People
from app.core.model.pipeline import Pipeline
from app.core.state.rights import approvers

ABOUT_APPROVALS = frozenset({"approve", "unapprove"})


def commanders(command: Command, pipeline: Pipeline | None) -> tuple[str, People] | None:
    """
    The key of the stage and who it names; None: the role of *command* decides alone.

    Where a command needs more than *write*, its role is needed as well.
    """
    stage = pipeline.stages.get(StageName(command.stage)) if pipeline is not None else None
    if stage is None or command.role == "read":
        return None
    people = approvers(stage) if command.verb in ABOUT_APPROVALS else stage.allow
    if not people.named:
        return None
    return ("allow" if people is stage.allow else "approve"), people
