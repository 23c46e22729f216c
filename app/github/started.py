"""Workflows that we start, and the runs that came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.core.model.deployments import WorkflowRun
from app.core.model.names import Repo
from app.github import endpoints
from app.github.access import Access
from app.github.client import PAGE
from app.github.environments import workflow_run
from app.github.json_fields import number, obj, text
from app.github.meanings import UnknownField
from app.settings.apiversions import OLDEST


class Started(Access):
    """
    Runs that requests start: https://docs.github.com/rest/actions/workflows

    The newest version of the API always answers with the run; before, it does so where it is asked
    to, and GitHub Enterprise Server up to 3.19 never.
    """

    def started_runs(self, repo: Repo, file: str, branch: str) -> Sequence[WorkflowRun]:
        """GitHub lists the newest first; a run may be missing in the first seconds."""
        request = self._client.on(
            repo,
            endpoints.STARTED_RUNS,
            f"list the runs of {file} on {branch}",
            params={"event": "workflow_dispatch", "branch": branch, "per_page": PAGE},
            file=file,
        )
        runs_listed = next(self._client.pages(request, "workflow_runs"), [])
        own = self.own_account(repo) if runs_listed else None
        runs = (
            replace(workflow_run(run), ours=own is not None and own.is_that_of(obj(run, "actor")))
            for run in runs_listed
        )
        return sorted(runs, key=lambda run: run.id)

    def start_workflow(
        self, repo: Repo, file: str, branch: str, inputs: Mapping[str, str]
    ) -> WorkflowRun:
        """Where the server does not know what we ask to be told, nothing was done: asked again."""
        body: dict[str, Any] = {"ref": branch, "inputs": dict(inputs)}
        if self._client.api_version != OLDEST:
            return self._start(repo, file, branch, body)
        try:
            return self._start(repo, file, branch, {**body, "return_run_details": True})
        except UnknownField:
            return self._start(repo, file, branch, body)

    def _start(self, repo: Repo, file: str, branch: str, body: Mapping[str, Any]) -> WorkflowRun:
        doing = f"start {file} on {branch}"
        request = self._client.on(repo, endpoints.START_WORKFLOW, doing, body=body, file=file)
        said = self._client.send(request).data or {}
        return WorkflowRun(number(said, "workflow_run_id"), url=text(said, "html_url"))
