"""Workflow runs, and what their jobs wait for at environments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from typing import Any

from app.core.model.deployments import Deployment, Job, WorkflowRun
from app.core.model.names import Repo, Sha
from app.errors import Missing
from app.github import endpoints
from app.github.base import Area
from app.github.json_fields import flag, number, obj, text
from app.github.requests import Request

_JOB_IN_URL = re.compile(r"/actions/runs/(\d+)/job/(\d+)(?:[/?#]|\Z)")
_WAITING = ("waiting",)
_GOING_ON = ("waiting", "in_progress", "queued", "pending")


class Environments(Area):
    """Runs as they are now, and the answer to those of their jobs that wait for ours."""

    def workflow_run(self, repo: Repo, run: int) -> WorkflowRun:
        """That run as it is now."""
        request = self._client.on(repo, endpoints.WORKFLOW_RUN, f"read workflow run {run}", run=run)
        return workflow_run(self._client.send(request).data)

    def jobs(self, repo: Repo, run: int, attempt: int) -> Sequence[Job]:
        """The jobs of one attempt."""
        doing = f"list the jobs of workflow run {run}"
        request = self._client.on(repo, endpoints.JOBS, doing, run=run, attempt=attempt)
        jobs = self._client.items(request, "jobs")
        return tuple(Job(number(job, "id"), text(job, "name"), text(job, "status")) for job in jobs)

    def deployments(self, repo: Repo, head: Sha, environment: str) -> Sequence[Deployment]:
        """Those of the commit to the environment; whose they are stands in their newest status."""
        doing = f"list deployments to {environment}"
        params = {"sha": head, "environment": environment}
        request = self._client.on(repo, endpoints.DEPLOYMENTS, doing, params=params)
        ids = (number(deployment, "id") for deployment in self._client.items(request))
        return tuple(self._deployment(repo, deployment) for deployment in ids)

    def _deployment(self, repo: Repo, deployment: int) -> Deployment:
        doing = f"read what became of deployment {deployment}"
        at = endpoints.DEPLOYMENT_STATUSES
        said = self._client.items(self._client.on(repo, at, doing, deployment=deployment))
        newest = max(said, key=lambda status: number(status, "id"), default={})
        urls = chain.from_iterable(
            (text(status, "log_url"), text(status, "target_url")) for status in said
        )
        match = next(filter(None, map(_JOB_IN_URL.search, urls)), None)
        run, job = (int(match[1]), int(match[2])) if match else (0, 0)
        return Deployment(deployment, text(newest, "state"), run, job)

    def answer_jobs(
        self,
        repo: Repo,
        run: int,
        environment: str,
        comment: str,
        *,
        leave: bool | None = None,
    ) -> None:
        """Approve, reject, or only comment."""
        body = {"environment_name": environment, "comment": comment}
        doing = f"answer the jobs of run {run} that wait at {environment}"
        at = endpoints.REVIEW_JOBS
        state = {"state": "approved" if leave else "rejected"} if leave is not None else {}
        self._client.send(self._client.on(repo, at, doing, body={**body, **state}, run=run))

    def waiting(self, repo: Repo, *, everywhere: bool) -> Sequence[tuple[int, str]]:
        """Of each unfinished run the environments that wait, and whose rule is ours."""
        ours: dict[str, bool] = {}
        waiting: dict[tuple[int, str], None] = {}
        for status in _GOING_ON if everywhere else _WAITING:
            for run in self._client.items(self._runs(repo, status), "workflow_runs"):
                for name in self._pending(repo, number(run, "id")):
                    if name not in ours:
                        ours[name] = self._asks_us(repo, name)
                    if ours[name]:
                        waiting[number(run, "id"), name] = None
        return tuple(waiting)

    def _runs(self, repo: Repo, status: str) -> Request:
        doing = f"list workflow runs that are {status}"
        return self._client.on(repo, endpoints.WORKFLOW_RUNS, doing, params={"status": status})

    def _pending(self, repo: Repo, run: int) -> list[str]:
        doing = f"list what workflow run {run} waits for"
        request = self._client.on(repo, endpoints.PENDING_DEPLOYMENTS, doing, run=run)
        with suppress(Missing):
            return [
                text(obj(deployment, "environment"), "name")
                for deployment in self._client.items(request)
            ]
        return []

    def _asks_us(self, repo: Repo, environment: str) -> bool:
        doing = f"read the protection rules of {environment}"
        at = endpoints.PROTECTION_RULES
        request = self._client.on(repo, at, doing, environment=environment)
        with suppress(Missing):
            rules = self._client.items(request, "custom_deployment_protection_rules")
            return any(
                number(obj(rule, "app"), "id") == self._app_id and flag(rule, "enabled")
                for rule in rules
            )
        return False


def workflow_run(data: Any) -> WorkflowRun:
    """A run as REST shows it."""
    return WorkflowRun(
        number(data, "id"),
        number(data, "run_attempt", 1),
        text(data, "status"),
        text(data, "conclusion") or None,
        Sha(text(data, "head_sha")),
        text(data, "path").partition("@")[0],
        text(data, "name"),
        text(data, "display_title"),
        number(data, "check_suite_id"),
        url=text(data, "html_url"),
        foreign=number(obj(data, "head_repository"), "id") != number(obj(data, "repository"), "id"),
        actor=number(obj(data, "triggering_actor"), "id") or number(obj(data, "actor"), "id"),
        of_pull=text(data, "event").startswith("pull_request"),
    )
