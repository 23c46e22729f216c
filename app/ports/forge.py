"""GitHub, as far as we need it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from app.core.model.facts import (
    CheckFact,
    CommentFact,
    CommitChecks,
    PullFact,
    RepoFact,
    ReviewFact,
    Role,
    RunDraft,
)
from app.core.model.installations import AppFact, InstallationFact
from app.core.model.names import Repo, Sha
from app.core.model.people import Person, Standing
from app.core.state.budget_shares import Importance
from app.ports.workflow_runs import WorkflowRuns


class Forge(WorkflowRuns, Protocol):
    """GitHub, as far as we need it. Reads are conditional requests where GitHub supports them."""

    def app_slug(self) -> str:
        """Our App's slug; its bot's login is ``<slug>[bot]``."""
        ...

    def app_id(self) -> int:
        """The App's numeric id: identifies its own check runs."""
        ...

    def app(self) -> AppFact:
        """The App's registration as it is now. Denied or Missing if its key is not accepted."""
        ...

    def installations(self) -> Sequence[InstallationFact]: ...

    def installation(self, installation_id: int) -> InstallationFact: ...

    def repositories(self, installation_id: int) -> Sequence[RepoFact]: ...

    def repository(self, repo: Repo) -> RepoFact:
        """The repository by its numeric id, with the name that it has now."""
        ...

    def checks(self, repo: Repo, sha: Sha) -> CommitChecks:
        """Runs (all, not only the latest of a name), suites and statuses of one commit."""
        ...

    def create_run(self, repo: Repo, draft: RunDraft) -> int:
        """
        Create the run and return its id; over 50 annotations are appended in further requests.

        Not idempotent: after a doubtful answer look with `find_run` first.
        """
        ...

    def find_run(self, repo: Repo, sha: Sha, name: str, external_id: str) -> CheckFact | None:
        """Our own newest run with that natural key, whatever code follows it there."""
        ...

    def own_runs(self, repo: Repo, sha: Sha) -> Sequence[CheckFact]:
        """Every check run of this App on one commit, re-runs included, by rising id."""
        ...

    def update_run(self, repo: Repo, run_id: int, draft: RunDraft) -> None: ...

    def open_pulls(self, repo: Repo) -> Sequence[PullFact]: ...

    def pull(self, repo: Repo, number: int) -> PullFact: ...

    def pulls_from(self, repo: Repo, head: str) -> Sequence[PullFact]:
        """The newest 100 pull requests of the repository's own branch *head*, by rising number."""
        ...

    def pulls_of(self, repo: Repo, sha: Sha) -> Sequence[PullFact]:
        """The pull requests that brought in *sha*, or propose it."""
        ...

    def create_pull(self, repo: Repo, head: str, base: str, title: str, body: str) -> PullFact:
        """
        Open a pull request, or return the open one from *head* to *base*.

        Conflict where *head* has nothing that *base* lacks, or one of them is not there.
        """
        ...

    def update_pull(self, repo: Repo, number: int, title: str, body: str) -> None: ...

    def merge_pull(self, repo: Repo, number: int, head: Sha) -> Sha:
        """
        Merge if the head is still *head*; Conflict if it is not, Rejected with GitHub's reason.

        Uses the first method that the repository allows, of merge, squash, rebase.
        """
        ...

    def close_pull(self, repo: Repo, number: int) -> None: ...

    def reviews(self, repo: Repo, number: int) -> Sequence[ReviewFact]:
        """In the order they were submitted."""
        ...

    def required_reviews(self, repo: Repo, branch: str) -> int:
        """How many approving ones the rules of *branch* require, as far as GitHub tells us."""
        ...

    def comments_since(self, repo: Repo, since: datetime) -> Sequence[CommentFact]:
        """Comments on pull requests and commits updated at or after *since*, by rising id."""
        ...

    def is_ours(self, repo: Repo, comment: CommentFact) -> bool:
        """
        Our App wrote *comment*: told by numbers, whatever we or others are called. Transient where
        that cannot be known now.
        """
        ...

    def comments_on(self, repo: Repo, number: int) -> Sequence[CommentFact]:
        """Every comment on one pull request, by rising id."""
        ...

    def comment(self, repo: Repo, kind: str, comment_id: int) -> CommentFact: ...

    def create_comment(
        self, repo: Repo, on: int | Sha, body: str, importance: Importance = Importance.REPLY
    ) -> int:
        """Comment on a pull request (number) or on a commit; the comment's id."""
        ...

    def update_comment(self, repo: Repo, kind: str, comment_id: int, body: str) -> None: ...

    def react(self, repo: Repo, kind: str, comment_id: int, reaction: str) -> None:
        """Add our reaction (`eyes`, `rocket`, `-1`); a second time changes nothing."""
        ...

    def permission(self, repo: Repo, login: str) -> Role:
        """What that person may do there, asked now."""
        ...

    def standing(self, repo: Repo, person: Person) -> Standing:
        """What the person of that number may do there, asked now, and what they are called now."""
        ...

    def is_member(self, repo: Repo, team: str, login: str) -> bool:
        """Whether *team* (a slug) of the repository owner, or one below it, has that person."""
        ...

    def author(self, repo: Repo, sha: Sha) -> int:
        """The number of the account that GitHub takes the commit's author to be; 0: of none."""
        ...

    def read_file(self, repo: Repo, sha: Sha, path: str) -> bytes | None:
        """A small file at a commit that the mirror does not have (a fork's head)."""
        ...

    def rerun(self, repo: Repo, check: CheckFact) -> None:
        """Re-run the failed jobs of the check's workflow run, else re-request the check run."""
        ...

    def cancel_workflow(self, repo: Repo, check: CheckFact) -> bool:
        """Cancel the check's workflow run; False where we may not, or where it is none."""
        ...

    def failed_deliveries(self, since: datetime) -> Sequence[tuple[int, str]]:
        """Webhook deliveries that did not reach us, oldest first: (delivery id, guid)."""
        ...

    def redeliver(self, delivery_id: int) -> None: ...
