"""A small GitHub in this process: check runs, pull requests, comments; GitHub's rules, our faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.core.model.check_names import is_same_run
from app.core.model.facts import (
    CheckFact,
    CommentFact,
    CommitChecks,
    PullFact,
    RepoFact,
    ReviewFact,
    RunDraft,
    SuiteFact,
)
from app.core.model.installations import InstallationFact
from app.core.model.names import Repo, Sha
from app.core.model.people import Person, Standing
from app.errors import Conflict, Missing, Rejected
from tests.simulation.accounts import NUMBERS, TEAMS
from tests.simulation.dispatching import Started
from tests.simulation.github import CI_APP, OWN_APP, SLUG, Run
from tests.simulation.working import Working

GRANTED = {
    "checks": "write", "contents": "write", "pull_requests": "write", "statuses": "read",
    "members": "read", "actions": "write", "deployments": "write",
}  # fmt: skip


class SimForge(Working):
    """Implements `Forge`, as far as ticks use it."""

    account = InstallationFact(1, "acme", suspended=False, permissions=GRANTED)
    """Where the App is installed."""

    # --- what is read ---

    def app_slug(self) -> str:
        return SLUG

    def app_id(self) -> int:
        return OWN_APP

    def installation(self, installation_id: int) -> InstallationFact:
        self.faults.before("forge.installation", writes=False)
        return self.account

    def repository(self, repo: Repo) -> RepoFact:
        self.faults.before("forge.repository", writes=False)
        return RepoFact(self.repo, "main")

    def checks(self, repo: Repo, sha: Sha) -> CommitChecks:
        self.faults.before("forge.checks", writes=False)
        return self.checks_now(sha)

    def checks_now(self, sha: Sha) -> CommitChecks:
        runs = tuple(fact for run in self.at.get(sha, ()) for fact in run.facts())
        suites = {r.suite_id: self._suite(r.suite_id, runs) for r in runs if r.app_id == CI_APP}
        if self.started:
            suites |= self.started_suites(sha)
        return CommitChecks(sha, runs, tuple(suites[number] for number in sorted(suites)))

    def _suite(self, number: int, runs: Sequence[CheckFact]) -> SuiteFact:
        mine = [r for r in runs if r.suite_id == number]
        done = all(r.conclusion is not None for r in mine)
        status = "completed" if done else "in_progress"
        return SuiteFact(number, "github-actions", CI_APP, status, runs=len(mine))

    def find_run(self, repo: Repo, sha: Sha, name: str, external_id: str) -> CheckFact | None:
        self.faults.before("forge.find_run", writes=False)
        ours = [r for r in self.at.get(sha, ()) if (r.app_id, r.name) == (OWN_APP, name)]
        found = [r for r in ours if is_same_run(name, r.external_id, external_id)]
        return found[-1].fact() if found else None

    def own_runs(self, repo: Repo, sha: Sha) -> Sequence[CheckFact]:
        self.faults.before("forge.own_runs", writes=False)
        return [run.fact() for run in self.at.get(sha, ()) if run.app_id == OWN_APP]

    def open_pulls(self, repo: Repo) -> Sequence[PullFact]:
        self.faults.before("forge.open_pulls", writes=False)
        return [p for p in self.pulls.values() if p.state == "open"]

    def pull(self, repo: Repo, number: int) -> PullFact:
        self.faults.before("forge.pull", writes=False)
        if number not in self.pulls:
            raise Missing(f"there is no pull request {number}")
        found = self.pulls[number]
        base = self.server.tips.get(found.base_ref)
        torn = base is not None and self.server.merged_tree(base, found.head_sha) is None
        dirty = torn and found.state == "open"
        return replace(found, dirty=dirty, mergeable=not dirty and not self.lacks_review(number))

    def pulls_from(self, repo: Repo, head: str) -> Sequence[PullFact]:
        self.faults.before("forge.pulls_from", writes=False)
        return [p for _, p in sorted(self.pulls.items()) if p.head_ref == head]

    def pulls_of(self, repo: Repo, sha: Sha) -> Sequence[PullFact]:
        self.faults.before("forge.pulls_of", writes=False)
        return []

    def reviews(self, repo: Repo, number: int) -> Sequence[ReviewFact]:
        self.faults.before("forge.reviews", writes=False)
        return tuple(self.reviewed.get(number, ()))

    def required_reviews(self, repo: Repo, branch: str) -> int:
        self.faults.before("forge.required_reviews", writes=False)
        return self.required if branch == "main" and self.told else 0

    def comments_since(self, repo: Repo, since: datetime) -> Sequence[CommentFact]:
        self.faults.before("forge.comments_since", writes=False)
        return [c for c in self.comments.values() if c.updated_at >= since]

    def is_ours(self, repo: Repo, comment: CommentFact) -> bool:
        self.faults.before("forge.is_ours", writes=False)
        return comment.app_id == OWN_APP

    def comments_on(self, repo: Repo, number: int) -> Sequence[CommentFact]:
        self.faults.before("forge.comments_on", writes=False)
        return [c for c in self.comments.values() if c.pull == number]

    def comment(self, repo: Repo, kind: str, comment_id: int) -> CommentFact:
        self.faults.before("forge.comment", writes=False)
        return self.comments[comment_id]

    def permission(self, repo: Repo, login: str):
        self.faults.before("forge.permission", writes=False)
        return self.accounts.role(login)

    def standing(self, repo: Repo, person: Person) -> Standing:
        self.faults.before("forge.standing", writes=False)
        login = next((name for name, number in NUMBERS.items() if number == person.id), "")
        return Standing(login or person.login, self.accounts.role(login or person.login))

    def is_member(self, repo: Repo, team: str, login: str) -> bool:
        self.faults.before("forge.is_member", writes=False)
        return login in TEAMS.get(team, ())

    def author(self, repo: Repo, sha: Sha) -> int:
        self.faults.before("forge.author", writes=False)
        return NUMBERS[self.server.author(sha)]

    def read_file(self, repo: Repo, sha: Sha, path: str) -> bytes | None:
        self.faults.before("forge.read_file", writes=False)
        return None

    # --- what we write ---

    def create_run(self, repo: Repo, draft: RunDraft) -> int:
        def effect() -> int:
            run = Run(self.next_id(), draft.sha, draft.name, OWN_APP, draft.status, suite=2)
            self._fill(run, draft)
            self.runs[run.id] = run
            self.at.setdefault(run.sha, []).append(run)
            return run.id

        return self._write(f"forge.create_run {draft.name}", effect, once=True)

    def update_run(self, repo: Repo, run_id: int, draft: RunDraft) -> None:
        def effect() -> None:
            run = self.runs.get(run_id)
            if run is None:
                raise Missing(f"there is no run {run_id}")
            if run.status == "completed" and draft.status != "completed":
                if self.faults.late:
                    return  # and GitHub does not
                self.wrong(f"{run.name} on {run.sha[:7]} was completed and is to be reopened")
            self._fill(run, draft)

        try:
            self._write(f"forge.update_run {draft.name}", effect)
        except Missing:
            self._gone(run_id)
            raise

    def _gone(self, run_id: int) -> None:
        """Where GitHub says that a run is not there, it is not (a check suite was deleted)."""
        run = self.runs.pop(run_id, None)
        if run is not None:
            self.at[run.sha].remove(run)

    def _fill(self, run: Run, draft: RunDraft) -> None:
        if len(draft.title) >= 70:
            self.wrong(f"a title of {len(draft.title)} characters: {draft.title}")
        if (draft.conclusion is None) == (draft.status == "completed"):
            self.wrong(f"{draft.name} is {draft.status} and concludes {draft.conclusion}")
        run.status, run.conclusion = draft.status, draft.conclusion
        run.title, run.summary = draft.title, draft.summary
        run.external_id = draft.external_id
        run.buttons = tuple(b.identifier for b in draft.buttons)
        run.completed_at = self.now() if draft.conclusion else None

    def create_pull(self, repo: Repo, head: str, base: str, title: str, body: str) -> PullFact:
        def effect() -> PullFact:
            for pull in self.pulls.values():
                if (pull.state, pull.head_ref, pull.base_ref) == ("open", head, base):
                    return pull
            tip, onto = self.server.tips.get(head), self.server.tips.get(base)
            if tip is None or onto is None or self.server.objects.is_ancestor(tip, onto):
                raise Conflict(f"No commits between {base} and {head}")
            number = self.next_id()
            bot = f"{SLUG}[bot]"
            self.pulls[number] = PullFact(
                number, "open", False, head, tip, repo.id, base, bot, title
            )
            return self.pulls[number]

        return self._write("forge.create_pull", effect)

    def update_pull(self, repo: Repo, number: int, title: str, body: str) -> None:
        def effect() -> None:
            self.pulls[number] = replace(self.pulls[number], title=title)

        self._write("forge.update_pull", effect)

    def merge_pull(self, repo: Repo, number: int, head: Sha) -> Sha:
        def effect() -> Sha:
            pull = self.pulls[number]
            if pull.head_sha != head:
                raise Conflict("Head branch was modified")
            if pull.base_ref != self.base_of(pull.head_ref):
                self.wrong(f"4: #{number} is merged into {pull.base_ref} by us")
            return self.merge(number, "merge", f"{SLUG}[bot]")

        return self._write("forge.merge_pull", effect)

    def close_pull(self, repo: Repo, number: int) -> None:
        self._write("forge.close_pull", lambda: self.close(number, f"{SLUG}[bot]"))

    def create_comment(
        self, repo: Repo, on: int | Sha, body: str, importance: object = None
    ) -> int:
        def effect() -> int:
            said = self.say(on, body, f"{SLUG}[bot]")
            self.replied.append(said)
            return said.id

        return self._write("forge.create_comment", effect, once=True)

    def update_comment(self, repo: Repo, kind: str, comment_id: int, body: str) -> None:
        def effect() -> None:
            old = self.comments[comment_id]
            self.comments[comment_id] = replace(old, body=body, updated_at=self.now())
            self.replied.append(self.comments[comment_id])

        self._write("forge.update_comment", effect)

    def react(self, repo: Repo, kind: str, comment_id: int, reaction: str) -> None:
        self._write("forge.react", lambda: self.eyes.append(comment_id))

    def rerun(self, repo: Repo, check: CheckFact) -> None:
        def effect() -> None:
            old = self.runs[check.id]
            if not old.suite:
                raise Rejected(f"{old.name} is a commit status: only who posted it can do it again")
            newest = [r for r in self.at[old.sha] if r.name == old.name][-1]
            if newest.conclusion is not None:  # GitHub refuses to re-run what is running
                self.start(old.sha, old.name, old.suite)

        self._write("forge.rerun", effect)

    def cancel_workflow(self, repo: Repo, check: CheckFact) -> bool:
        def effect() -> bool:
            if (started := self._of_page(check)) is not None:
                return self.end_started(started)
            run = self.runs[check.id]
            may = bool(run.id % 2 and run.suite)
            if run.conclusion is None and may:
                self.conclude(run, "cancelled")
            return may

        return self._write("forge.cancel_workflow", effect)

    def _of_page(self, check: CheckFact) -> Started | None:
        """The workflow run whose page *check* names. Missing."""
        if "/actions/runs/" not in check.url:
            return None
        found = self.started[int(check.url.rpartition("/")[2])]
        if found.gone:
            raise Missing(f"there is no run {found.id}")
        return found
