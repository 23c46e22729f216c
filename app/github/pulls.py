"""Pull requests and their reviews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.core.model.facts import PullFact, ReviewFact
from app.core.model.names import Repo, Sha, short
from app.errors import Denied, Missing, Rejected
from app.github import endpoints, parse
from app.github.base import Area
from app.github.drafts import cut_title
from app.github.json_fields import flag, number, obj, text
from app.github.meanings import Exists, OtherMethod
from app.github.requests import Params

_METHODS = ("merge", "squash", "rebase")
_ALLOWED = {
    "merge": "allow_merge_commit",
    "squash": "allow_squash_merge",
    "rebase": "allow_rebase_merge",
}


class Pulls(Area):
    """Ours and other people's pull requests."""

    def open_pulls(self, repo: Repo) -> Sequence[PullFact]:
        """All open ones."""
        return self._list(repo, {"state": "open"})

    def pull(self, repo: Repo, number: int) -> PullFact:
        """One pull request as it is now."""
        request = self._client.on(
            repo, endpoints.PULL, f"read pull request {number}", number=number
        )
        return self._placed(repo, parse.pull(self._client.send(request).data or {}))

    def pulls_from(self, repo: Repo, head: str) -> Sequence[PullFact]:
        """In whatever state; the newest page says it: each has the number of its opening."""
        params: Params = {"state": "all", "head": f"{repo.owner}:{head}"}
        doing = f"list pull requests of {head}"
        pages = self._client.pages(self._client.on(repo, endpoints.PULLS, doing, params=params))
        pulls = (parse.pull(fields) for fields in next(pages, []))
        own = (p for p in pulls if p.head_ref == head and p.head_repo_id in {None, repo.id})
        return tuple(sorted(own, key=lambda pull: pull.number))

    def pulls_of(self, repo: Repo, sha: Sha) -> Sequence[PullFact]:
        """Those that brought in *sha* or propose it; none where GitHub does not know the commit."""
        request = self._client.on(
            repo, endpoints.PULLS_OF, f"list pull requests of {short(sha)}", sha=sha
        )
        try:
            pulls = tuple(parse.pull(fields) for fields in self._client.items(request))
        except (Missing, Rejected):
            return ()
        return tuple(self._placed(repo, pull) for pull in pulls)

    def create_pull(self, repo: Repo, head: str, base: str, title: str, body: str) -> PullFact:
        """Open a pull request, or find the one that is open already."""
        narrow = {"state": "open", "head": f"{repo.owner}:{head}", "base": base}
        if (pull := self._between(repo, head, base, narrow)) is not None:
            return pull
        request = self._client.on(
            repo,
            endpoints.CREATE_PULL,
            f"open a pull request from {head} to {base}",
            body={
                "head": head,
                "base": base,
                "title": cut_title(title, 256),
                "body": self._said(body),
            },
        )
        try:
            return parse.pull(self._client.send(request).data or {})
        except Exists:
            # Raced, or the owner was renamed, which makes GitHub's `head` filter find nothing.
            if (pull := self._between(repo, head, base, {"state": "open"})) is None:
                raise
            return pull

    def update_pull(self, repo: Repo, number: int, title: str, body: str) -> None:
        """Replace title and text."""
        said = {"title": cut_title(title, 256), "body": self._said(body)}
        self._patch(repo, number, f"update pull request {number}", said)

    def close_pull(self, repo: Repo, number: int) -> None:
        """Close it; a closed one stays closed."""
        self._patch(repo, number, f"close pull request {number}", {"state": "closed"})

    def merge_pull(self, repo: Repo, number: int, head: Sha) -> Sha:
        """Merge by the first allowed method; a merge of this head that was done before counts."""
        refused: Rejected | None = None
        for method in self._methods(repo):
            try:
                return self._merge(repo, number, head, method)
            except OtherMethod as error:
                refused = error
            except Rejected:
                if (done := self._merged(repo, number, head)) is not None:
                    return done
                raise
        message = f"merge pull request {number} in {repo.full_name}: no merge method is allowed"
        raise refused or Rejected(message)

    def reviews(self, repo: Repo, number: int) -> Sequence[ReviewFact]:
        """In the order of their ids, which is that of submission."""
        request = self._client.on(
            repo, endpoints.REVIEWS, f"list reviews of pull request {number}", number=number
        )
        reviews = (parse.review(fields) for fields in self._client.items(request))
        return tuple(sorted(reviews, key=lambda review: review.id))

    def required_reviews(self, repo: Repo, branch: str) -> int:
        """
        The most that a ruleset requires: all of them apply at once. 0 where GitHub does not say it.

        Older servers do not know the call, and no branch protection is in its answer:
        https://docs.github.com/rest/repos/rules#get-rules-for-a-branch
        """
        doing = f"read the rules of {branch}"
        request = self._client.on(repo, endpoints.BRANCH_RULES, doing, branch=branch)
        try:
            rules = self._client.items(request)
        except (Denied, Missing, Rejected):
            return 0
        wanted = (obj(rule, "parameters") for rule in rules if text(rule, "type") == "pull_request")
        return max(
            (number(parameters, "required_approving_review_count") for parameters in wanted),
            default=0,
        )

    def _merge(self, repo: Repo, number: int, head: Sha, method: str) -> Sha:
        request = self._client.on(
            repo,
            endpoints.MERGE_PULL,
            f"merge pull request {number} at {short(head)}",
            body={"sha": head, "merge_method": method},
            number=number,
        )
        sha = text(self._client.send(request).data, "sha")
        return Sha(sha) if sha else self.pull(repo, number).merge_sha or head

    def _merged(self, repo: Repo, number: int, head: Sha) -> Sha | None:
        now = self.pull(repo, number)
        return now.merge_sha if now.merged and now.head_sha == head else None

    def _placed(self, repo: Repo, pull: PullFact) -> PullFact:
        """
        A merged pull request with the commit that it became.

        Every version of the API says it in the event of the merge; in the pull request itself only
        those before 2026-03-10: https://docs.github.com/rest/about-the-rest-api/breaking-changes
        """
        if not pull.merged:
            return pull
        doing = f"list events of pull request {pull.number}"
        request = self._client.on(repo, endpoints.ISSUE_EVENTS, doing, number=pull.number)
        events = self._client.items(request)
        merges = (text(event, "commit_id") for event in events if text(event, "event") == "merged")
        merged = next((sha for sha in merges if sha), None)
        return replace(pull, merge_sha=Sha(merged)) if merged else pull

    def _methods(self, repo: Repo) -> list[str]:
        answer = self._client.send(
            self._client.on(repo, endpoints.REPOSITORY, "read the merge methods")
        )
        return [method for method in _METHODS if flag(answer.data, _ALLOWED[method], default=True)]

    def _list(self, repo: Repo, params: Params) -> tuple[PullFact, ...]:
        request = self._client.on(repo, endpoints.PULLS, "list pull requests", params=params)
        pulls = (parse.pull(fields) for fields in self._client.items(request))
        return tuple(pull for pull in pulls if pull.state == "open")

    def _between(self, repo: Repo, head: str, base: str, params: Params) -> PullFact | None:
        for pull in self._list(repo, params):
            own = pull.head_repo_id in {None, repo.id}
            if own and (pull.head_ref, pull.base_ref) == (head, base):
                return pull
        return None

    def _patch(self, repo: Repo, number: int, doing: str, body: dict[str, str]) -> None:
        request = self._client.on(repo, endpoints.UPDATE_PULL, doing, body=body, number=number)
        self._client.send(request)
