"""The comments on jobs that wait at a GitHub environment; GitHub shows them beside the run."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.locks.queue import Board
from app.core.locks.quota import OverQuota
from app.core.model.group_names import spoken
from app.core.model.lock_requests import AnyRequest, DirectRequest
from app.core.model.names import GroupName
from app.core.planning.job_actions import Leave
from app.core.text import markup
from app.core.text.titles import queue_words

LONGEST = 1000
"""GitHub takes 1024 characters of a comment:
https://docs.github.com/actions/how-tos/deploy/configure-and-manage-deployments"""


def place(request: DirectRequest, board: Board) -> str:
    """Where the jobs stand in the queue, and behind whom."""
    group = request.groups[0]
    where = queue_words(
        board.place(request, group),
        board.holders(group),
        said=markup.escape,
        time=markup.moment,
    )
    return _cut(
        f"Queued for the lock {markup.code(spoken(group))}: {where}. These jobs continue "
        "automatically when it is their turn."
    )


def over_quota(group: GroupName, refused: OverQuota) -> str:
    """The jobs are not in the queue yet: the quota of their pull or repository is used up."""
    what = "pull request" if refused.what == "pull" else "repository"
    return (
        f"Not queued yet: there are already {refused.most} unfinished requests of this {what} for "
        f"{markup.code(spoken(group))}. Retried automatically as soon as one has ended."
    )


def answer(leave: Leave, environment: str, request: AnyRequest | None) -> str:
    """Why the jobs may run, or may not."""
    at = markup.code(environment, 80)
    held = _held(request) if request is not None else ""
    stage = markup.code(request.name) if request is not None else ""
    said: Mapping[Leave, str] = {
        "granted": f"Granted: {held}, until the last of these jobs has ended.",
        "joined": f"Granted: these jobs verify {stage}, which holds the lock: {held}.",
        "unnamed": f"No lock needed: no lock group in `stagelock.yaml` names the environment {at}.",
        "no-file": "No lock needed: the default branch has no `stagelock.yaml`.",
        "timed-out": (
            f"Refused: they waited for {_groups(request)} for longer than its `max-wait`. "
            "Re-run the jobs to queue again."
        ),
        "too-large": f"Refused: {_groups(request)} has too few permits for these jobs.",
    }
    return _cut(said[leave])


def _held(request: AnyRequest) -> str:
    return markup.listed(
        f"{markup.code(spoken(group))}, token {token}"
        + "".join(f", permit {markup.code(permit)}" for permit in request.permits.get(group, ()))
        for group, token in request.tokens.items()
    )


def _groups(request: AnyRequest | None) -> str:
    if request is None:
        return "the lock"
    return markup.listed(markup.code(spoken(group)) for group in request.groups)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
