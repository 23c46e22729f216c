"""Other people's checks: run them again, cancel them."""

from __future__ import annotations

import re

from app.core.model.facts import CheckFact
from app.core.model.names import Repo
from app.errors import Conflict, Denied, Missing, Rejected
from app.github import endpoints
from app.github.base import Area
from app.github.json_fields import number

_RUN_IN_URL = re.compile(r"/actions/runs/(\d+)(?:[/?#]|\Z)")
_ACTIONS = "github-actions"


class Workflows(Area):
    """The workflow runs behind checks."""

    def rerun(self, repo: Repo, check: CheckFact) -> None:
        """Re-run the failed jobs of its workflow; another App is asked for a new run."""
        if not check.suite_id:
            message = f"{check.name} is a commit status: only who posted it can post a new one"
            raise Rejected(message)
        run_id = self._workflow_run(repo, check)
        if run_id is not None:
            doing = f"re-run the failed jobs of {check.name}"
            try:
                self._client.send(self._client.on(repo, endpoints.RERUN_FAILED, doing, run=run_id))
            except Missing:
                run_id = None
        if run_id is None:
            doing = f"ask for a new run of {check.name}"
            self._client.send(self._client.on(repo, endpoints.REREQUEST, doing, run=check.id))

    def cancel_workflow(self, repo: Repo, check: CheckFact) -> bool:
        """Cancel it; a run that has ended already (409) counts as cancelled."""
        try:
            run_id = self._workflow_run(repo, check)
            if run_id is None:
                return False
            doing = f"cancel the workflow of {check.name}"
            self._client.send(self._client.on(repo, endpoints.CANCEL_RUN, doing, run=run_id))
        except Conflict:
            return True
        except (Denied, Missing):
            return False
        return True

    def _workflow_run(self, repo: Repo, check: CheckFact) -> int | None:
        """Its id stands in the check's address; where it does not, the suite leads there."""
        if match := _RUN_IN_URL.search(check.url):
            return int(match.group(1))
        if check.app != _ACTIONS or not check.suite_id:
            return None
        request = self._client.on(
            repo,
            endpoints.WORKFLOW_RUNS,
            f"look for the workflow of {check.name}",
            params={"check_suite_id": check.suite_id},
        )
        try:
            runs = self._client.items(request, "workflow_runs")
        except Missing:
            return None
        ids = [
            number(run, "id")
            for run in runs
            if number(run, "check_suite_id", check.suite_id) == check.suite_id
        ]
        return max(ids, default=None)
