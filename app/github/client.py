"""The one function through which every request to GitHub goes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import httpx
from githubkit import UnauthAuthStrategy

from app.core.model.names import Repo
from app.core.state.budget_shares import Importance
from app.errors import Transient
from app.github.credentials import Credentials, Scope, Sending
from app.github.endpoints import Endpoint
from app.github.etags import Etags, Kept
from app.github.http import Hub, QuietApp, way_to
from app.github.json_fields import page_of
from app.github.pauses import Pauses
from app.github.permissions import kind_for
from app.github.requests import GitHubAnswer, Params, Request
from app.github.translate import Call
from app.github.wire import Wire, read
from app.observe import Metrics
from app.ports import Budget, Clock
from app.settings import Secret
from app.settings.apiversions import NEWEST
from app.settings.outgoing import Outgoing

PAGE = 100
_MOST_PAGES = 100
_DIRECT = Outgoing()


class Client:
    """Requests as the App and as its installations, over githubkit."""

    def __init__(
        self,
        app_id: int,
        private_key: Secret,
        api_url: str,
        *,
        clock: Clock,
        budget: Budget,
        api_version: str | None = None,
        outgoing: Outgoing = _DIRECT,
        redact: Callable[[str], str] = str,
        learn: Callable[[str], None] = lambda _token: None,
        metrics: Metrics | None = None,
    ) -> None:
        way = way_to(api_url, outgoing)
        self.api_version = api_version or NEWEST
        self._app = Hub(QuietApp(app_id, private_key.reveal(), clock), api_url, way)
        self._installation = Hub(UnauthAuthStrategy(), api_url, way)
        self._budget = budget
        self._redact = redact
        self._metrics = metrics or Metrics()
        self._etags = Etags()
        self._pauses = Pauses(clock)
        self._wire = Wire(
            api_url,
            self.api_version,
            clock=clock,
            pauses=self._pauses,
            redact=redact,
            metrics=self._metrics,
        )
        self._credentials = Credentials(Sending(self.send, self._with_token, learn), clock)

    def git_token(self, repo: Repo) -> str:
        """A token for Git over HTTP in one repository."""
        return self._credentials.get(Scope("git", repo.installation_id, repo.id))

    def renewed_git_token(self, repo: Repo, token: str) -> str:
        """Another one than *token*, which was refused."""
        return self._credentials.renewed(Scope("git", repo.installation_id, repo.id), token)

    def seen(self, installation: int, granted: Mapping[str, str]) -> None:
        """GitHub said what that installation grants now; counts where it had refused a token."""
        self._credentials.seen(installation, granted)

    def close(self) -> None:
        """Close all connections."""
        self._app.close()
        self._installation.close()

    def as_app(
        self, endpoint: Endpoint, doing: str, params: Params | None = None, **parts: object
    ) -> Request:
        """A call as the App itself."""
        return Request(self._call(doing, endpoint), endpoint.at(**parts), None, params or {})

    def on(
        self,
        repo: Repo,
        endpoint: Endpoint,
        doing: str,
        *,
        params: Params | None = None,
        body: Mapping[str, Any] | None = None,
        importance: Importance = Importance.URGENT,
        **parts: object,
    ) -> Request:
        """A call on a repository, under the name that we know; GitHub redirects from old names."""
        path = endpoint.at(owner=repo.owner, repo=repo.name, **parts)
        call = self._call(f"{doing} in {repo.full_name}", endpoint)
        query = params or {}
        return Request(call, path, repo.installation_id, query, body, importance, repo.id)

    def send(self, request: Request) -> GitHubAnswer:
        """Make the call; raises the five errors and no others."""
        self._pauses.heed(request.installation, request.call)
        self._spend(request)
        key = (request.installation, f"{request.path}?{httpx.QueryParams(dict(request.params))}")
        kept = self._etags.get(key) if request.call.endpoint.method == "GET" else None
        response = self._send(request, {"If-None-Match": kept.etag} if kept else {})
        if response.status_code == 304 and kept is not None:
            return GitHubAnswer(json.loads(kept.body), kept.link)
        answer = read(request.call, response)
        etag = response.headers.get("etag", "")
        if request.call.endpoint.method == "GET" and etag:
            self._etags.put(key, Kept(etag, response.content, answer.link))
        return answer

    def pages(self, request: Request, key: str = "") -> Iterator[list[dict[str, Any]]]:
        """
        Every page of a list (below *key* where the answer is an object), in GitHub's order.

        The next page is what the Link header says; without one, the next number after a full page.
        """
        params: dict[str, str | int] = {"per_page": PAGE, **request.params}
        before: object = None
        for number in range(1, _MOST_PAGES + 1):
            answer = self.send(replace(request, params=params))
            listed = answer.data.get(key, []) if isinstance(answer.data, dict) else answer.data
            items = [item for item in listed or [] if isinstance(item, dict)]
            if items == before:  # a server that does not know `page` answers the same for ever
                return
            before = items
            yield items
            following = page_of(answer.link, "next")
            if following is None and (answer.link or len(items) < PAGE):
                return
            params = {**params, **(following or {"page": number + 1})}

    def pages_backward(self, request: Request) -> Iterator[list[dict[str, Any]]]:
        """The pages of a list from the last to the first, where the Link header names the last."""
        params = {"per_page": PAGE, **request.params}
        first = self.send(replace(request, params=params))
        last = (page_of(first.link, "last") or {}).get("page", "1")
        for number in range(int(last) if last.isdecimal() else 1, 1, -1):
            yield self.send(replace(request, params={**params, "page": number})).data or []
        yield first.data or []

    def items(self, request: Request, key: str = "") -> list[dict[str, Any]]:
        """All pages as one list."""
        return [item for page in self.pages(request, key) for item in page]

    def _call(self, doing: str, endpoint: Endpoint) -> Call:
        return Call(self._redact(doing), endpoint)

    def _spend(self, request: Request) -> None:
        if not request.call.endpoint.creates or request.installation is None:
            return
        wait = self._budget.spend(request.installation, request.importance)
        if wait > 0:
            self._metrics.budget_wait(request.installation)
            message = f"{request.call.doing}: put off for {wait:.0f} s, our content budget is used"
            raise Transient(message, retry_after=wait)

    def _send(self, request: Request, headers: Mapping[str, str]) -> httpx.Response:
        """Send, with one more try under a new token: a 401 means that nothing was done."""
        if request.installation is None:
            return self._wire.send(self._app, request, headers)
        scope = _scope(request, request.installation)
        token = self._credentials.get(scope)
        response = self._with_token(request, token, headers, spare=True)
        if response.status_code != 401:
            return response
        token = self._credentials.renewed(scope, token)
        return self._with_token(request, token, headers)

    def _with_token(
        self,
        request: Request,
        token: str,
        headers: Mapping[str, str] | None = None,
        *,
        spare: bool = False,
    ) -> httpx.Response:
        signed = {**(headers or {}), "Authorization": f"token {token}"}
        return self._wire.send(self._installation, request, signed, spare=spare)


def _scope(request: Request, installation: int) -> Scope:
    """The least that opens *request*."""
    kind = kind_for(request.call.endpoint)
    return Scope(kind, installation, None if kind == "account" else request.repo_id)
