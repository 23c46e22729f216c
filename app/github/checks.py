"""Check runs, suites and statuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from app.core.model.check_names import is_same_run
from app.core.model.facts import Annotation, CheckFact, CommitChecks, RunDraft, SuiteFact
from app.core.model.names import Repo, Sha, short
from app.core.state.budget_shares import Importance
from app.errors import Missing, OutsideError, Rejected, Transient
from app.github import endpoints, parse
from app.github.base import Area
from app.github.drafts import batches, output, run_body
from app.github.json_fields import number, obj
from app.github.requests import Request


class Checks(Area):
    """What was said about commits, and our own runs there."""

    def checks(self, repo: Repo, sha: Sha) -> CommitChecks:
        """Everything about one commit; where a server has no suites, they are made of the runs."""
        request = self._about(repo, endpoints.CHECK_RUNS, "list check runs", sha, filter="all")
        runs = [parse.run(run) for run in self._known(request, "check_runs")]
        try:
            request = self._about(repo, endpoints.CHECK_SUITES, "list check suites", sha)
            suites = [parse.suite(suite) for suite in self._client.items(request, "check_suites")]
        except Missing:
            suites = _suites_of(runs)
        said = sorted((*runs, *self._statuses(repo, sha)), key=lambda fact: fact.id)
        return CommitChecks(sha, tuple(said), tuple(suites))

    def create_run(self, repo: Repo, draft: RunDraft) -> int:
        """
        Create the run; where only its later annotations fail, that is told as a doubtful answer.

        So the run is looked for before it is made again, and `update_run` adds what is missing.
        """
        first = draft.annotations[:50]
        body = run_body(draft, self._public_url)
        body |= {"head_sha": draft.sha, "output": output(draft, self._public_url, first)}
        if not body["actions"]:
            del body["actions"]
        doing = f"create check run {draft.name} on {short(draft.sha)}"
        importance = Importance.URGENT if draft.urgent else Importance.BEGINNING
        request = self._client.on(
            repo, endpoints.CREATE_RUN, doing, body=body, importance=importance
        )
        answer = self._client.send(request)
        run_id = number(answer.data, "id")
        if not run_id:
            raise Transient(f"{doing}: GitHub's answer holds no id", maybe_done=True)
        try:
            self._annotate(repo, run_id, draft, draft.annotations[50:])
        except OutsideError as error:
            after = error.retry_after if isinstance(error, Transient) else None
            raise Transient(error.message, retry_after=after, maybe_done=True) from error
        return run_id

    def find_run(self, repo: Repo, sha: Sha, name: str, external_id: str) -> CheckFact | None:
        """Our newest run with that natural key, whatever its code."""
        runs = self._own_runs(repo, sha, f"look for check run {name}", check_name=name)
        ours = [
            run
            for run in runs
            if run.name == name and is_same_run(name, run.external_id, external_id)
        ]
        return max(ours, key=lambda run: run.id, default=None)

    def own_runs(self, repo: Repo, sha: Sha) -> Sequence[CheckFact]:
        """Every run of ours on one commit, by rising id; none where GitHub knows no such commit."""
        try:
            runs = self._own_runs(repo, sha, "list our check runs")
        except Missing:
            return ()
        return sorted(runs, key=lambda run: run.id)

    def _own_runs(self, repo: Repo, sha: Sha, doing: str, **params: str) -> list[CheckFact]:
        """GitHub's own filters only make the list shorter: whose runs they are is looked at."""
        request = self._about(
            repo, endpoints.CHECK_RUNS, doing, sha, app_id=self._app_id, filter="all", **params
        )
        runs = (parse.run(run) for run in self._known(request, "check_runs"))
        return [run for run in runs if run.app_id == self._app_id]

    def update_run(self, repo: Repo, run_id: int, draft: RunDraft) -> None:
        """Make the run say what *draft* says; only annotations that it does not have are added."""
        doing = f"update check run {draft.name} on {short(draft.sha)}"
        body = run_body(draft, self._public_url)
        request = self._client.on(repo, endpoints.UPDATE_RUN, doing, body=body, run=run_id)
        self._client.send(request)
        if draft.annotations:
            request = self._client.on(repo, endpoints.RUN, f"read check run {run_id}", run=run_id)
            there = number(obj(self._client.send(request).data, "output"), "annotations_count")
            self._annotate(repo, run_id, draft, draft.annotations[there:])

    def _annotate(
        self, repo: Repo, run_id: int, draft: RunDraft, annotations: Sequence[Annotation]
    ) -> None:
        for batch in batches(annotations):
            request = self._client.on(
                repo,
                endpoints.UPDATE_RUN,
                f"annotate check run {draft.name} on {short(draft.sha)}",
                body={"output": output(draft, self._public_url, batch)},
                run=run_id,
            )
            self._client.send(request)

    def _statuses(self, repo: Repo, sha: Sha) -> list[CheckFact]:
        """Every status of each context: a pending one does not undo what was said before it."""
        request = self._about(repo, endpoints.STATUSES, "list statuses", sha)
        try:
            return [parse.status(status) for status in self._client.items(request)]
        except Missing:
            return []

    def _about(
        self, repo: Repo, endpoint: endpoints.Endpoint, doing: str, sha: Sha, **params: str | int
    ) -> Request:
        return self._client.on(repo, endpoint, f"{doing} of {short(sha)}", params=params, sha=sha)

    def _known(self, request: Request, key: str) -> list[dict[str, Any]]:
        """A commit's list; GitHub answers 422 where it does not know the commit (yet)."""
        try:
            return self._client.items(request, key)
        except Rejected as error:
            if "No commit found" in error.message:
                raise Missing(error.message) from error
            raise


def _suites_of(runs: Sequence[CheckFact]) -> list[SuiteFact]:
    """Suites as the runs show them: finished when all their runs are."""
    in_suites = sorted((run for run in runs if run.suite_id), key=lambda run: run.suite_id)
    suites = []
    for suite_id, group in groupby(in_suites, key=lambda run: run.suite_id):
        members = list(group)
        done = all(run.status == "completed" for run in members)
        suite = SuiteFact(suite_id, members[0].app, members[0].app_id, "in_progress", None)
        status = "completed" if done else "in_progress"
        suites.append(replace(suite, status=status, runs=len(members)))
    return suites
