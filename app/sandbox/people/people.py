"""What people do in the browser: pull requests, reviews, comments, buttons."""

from __future__ import annotations

from app.sandbox.github import checks, comments, events, merging, pulls, suites
from app.sandbox.github.git_store import Person
from app.sandbox.github.model import Comment, Pull, Refusal, Repo, Review, Run
from app.sandbox.github.pushes import writing
from app.sandbox.people.base import Verbs


class PeopleVerbs(Verbs):
    """Open, merge, review, comment, press."""

    def open_pull(
        self,
        repo: str,
        head: str,
        base: str = "main",
        title: str = "A change",
        body: str | None = None,
        by: str = "bob",
        *,
        draft: bool = False,
    ) -> Pull:
        fields = {"head": head, "base": base, "title": title, "body": body, "draft": draft}
        return pulls.open_pull(self.hub, self.hub.repo(repo), fields, self.hub.user(by))

    def pulls(self, repo: str, state: str = "all") -> list[Pull]:
        """Pull requests (`open`, `closed`, `all`), newest first."""
        return self.hub.pulls_of(self.hub.repo(repo), state)

    def edit_pull(self, repo: str, number: int, by: str = "bob", **fields: str) -> Pull:
        """Change `title`, `body`, `base` or `state` (`closed`, `open`)."""
        return pulls.edit(self.hub, self.hub.repo(repo), number, fields, self.hub.user(by))

    def merge(
        self,
        repo: str,
        number: int,
        method: str = "merge",
        by: str = "alice",
        sha: str | None = None,
    ) -> str:
        """Merge, squash or rebase; the base's new tip. Refusal 405 or 409 as GitHub has them."""
        fields = {"merge_method": method, "sha": sha}
        return pulls.merge(self.hub, self.hub.repo(repo), number, fields, self.hub.user(by))

    def update_branch(self, repo: str, number: int, by: str = "alice") -> None:
        """Press "Update branch"."""
        pulls.update_branch(self.hub, self.hub.repo(repo), number, None, self.hub.user(by))

    def review(
        self, repo: str, number: int, event: str = "APPROVE", body: str = "", by: str = "alice"
    ) -> Review:
        """APPROVE, REQUEST_CHANGES or COMMENT."""
        where = self.hub.repo(repo)
        return pulls.review(self.hub, where, number, event, body, self.hub.user(by))

    def dismiss_review(self, repo: str, review_id: int, by: str = "alice") -> Review:
        return pulls.dismiss(self.hub, self.hub.repo(repo), review_id, self.hub.user(by))

    def comment(self, repo: str, on: int | str, body: str, by: str = "alice") -> Comment:
        """Comment on a pull request (its number) or a commit (its full id)."""
        return comments.comment(self.hub, self.hub.repo(repo), on, body, self.hub.user(by))

    def edit_comment(self, repo: str, comment: Comment, body: str, by: str = "alice") -> None:
        comments.edit(self.hub, self.hub.repo(repo), comment, body, self.hub.user(by))

    def delete_comment(self, repo: str, comment: Comment, by: str = "alice") -> None:
        comments.delete(self.hub, self.hub.repo(repo), comment, self.hub.user(by))

    def comments(self, repo: str, on: int | str | None = None) -> list[Comment]:
        """Comments of a pull request, of a commit, or of the whole repository, oldest first."""
        comments = self.hub.comments_of(self.hub.repo(repo))
        return [
            comment for comment in comments if on is None or on in (comment.number, comment.sha)
        ]

    def press(
        self, repo: str, run: Run | tuple[str, str], identifier: str, by: str = "alice"
    ) -> None:
        """
        Press a button of a check run: the run, or (commit, name) for the newest of that name.

        Refusal 422 unless the run has completed and has that button.
        """
        where = self.hub.repo(repo)
        target = run if isinstance(run, Run) else self._newest(where, *run)
        checks.press(self.hub, where, target.id, identifier, self.hub.user(by))

    def rerequest(self, repo: str, run: Run | tuple[str, str], by: str = "alice") -> None:
        """Press "Re-run" of a check run; GitHub Actions' own runs really run again."""
        where = self.hub.repo(repo)
        target = run if isinstance(run, Run) else self._newest(where, *run)
        if target.app_id == self.ci.app.id:
            self.ci.rerun(where, target.suite_id, self.hub.user(by))
        else:
            checks.rerequest(self.hub, where, target.id, self.hub.user(by))

    def rerequest_suite(self, repo: str, suite_id: int, by: str = "alice") -> None:
        """Press "Re-run all checks"."""
        suites.rerequest(self.hub, self.hub.repo(repo), suite_id, self.hub.user(by))

    def _newest(self, repo: Repo, sha: str, name: str) -> Run:
        runs = [run for run in self.hub.runs_of(repo, sha) if run.name == name]
        if not runs:
            raise Refusal(404, f'no check run "{name}" on {sha[:7]}')
        return runs[-1]

    def enqueue(self, repo: str, number: int, by: str = "alice") -> str:
        """
        Put a pull request into the merge queue: a merge group's branch and event; its head.

        https://docs.github.com/webhooks/webhook-events-and-payloads#merge_group
        """
        where, who = self.hub.repo(repo), self.hub.user(by)
        pull = self.hub.pull(where, number)
        with writing(self.hub, where, who) as git:
            sha = merging.write_merge(self.hub, where, pull, "merge", who, None, None)
            git.set_ref(f"refs/heads/{_group(pull)}", sha)
        self._group_event(where, pull, sha, "checks_requested", by)
        return sha

    def leave_queue(
        self, repo: str, number: int, reason: str = "dequeued", by: str = "alice"
    ) -> None:
        """End a pull request's merge group: `merged` (its head becomes the base) or `dequeued`."""
        where, who = self.hub.repo(repo), self.hub.user(by)
        pull = self.hub.pull(where, number)
        with writing(self.hub, where, who) as git:
            sha = git.tip(_group(pull))
            if sha is None:
                raise Refusal(404, "Not Found")
            self._group_event(where, pull, sha, "destroyed", by, reason)
            if reason == "merged":
                git.set_ref(f"refs/heads/{pull.base}", sha)
            git.set_ref(f"refs/heads/{_group(pull)}", None)

    def _group_event(
        self, repo: Repo, pull: Pull, sha: str, action: str, by: str, reason: str | None = None
    ) -> None:
        info = self.hub.git(repo).commit(sha)

        def person(who: Person) -> dict[str, str]:
            return {"name": who.name, "email": who.email}

        body: dict[str, object] = {
            "action": action,
            "merge_group": {
                "head_sha": sha,
                "head_ref": f"refs/heads/{_group(pull)}",
                "base_sha": info.parents[0],
                "base_ref": f"refs/heads/{pull.base}",
                "head_commit": {
                    "id": sha,
                    "tree_id": info.tree,
                    "message": info.message,
                    "timestamp": info.committed_at.isoformat(),
                    "author": person(info.author),
                    "committer": person(info.committer),
                },
            },
        }
        if reason is not None:
            body["reason"] = reason
        with self.hub.lock:
            events.emit(self.hub, repo, "merge_group", body, self.hub.user(by))


def _group(pull: Pull) -> str:
    return f"gh-readonly-queue/{pull.base}/pr-{pull.number}-{pull.head_sha}"
