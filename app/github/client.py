"""The one function through which every request to GitHub goes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx
from githubkit import UnauthAuthStrategy
from githubkit.exception import GitHubException, RequestError, RequestFailed
from githubkit.versions import LATEST_VERSION

from app.core.names import Repo
from app.core.shares import Importance
from app.errors import Denied, Missing, Rejected, Transient
from app.github import endpoints
from app.github.endpoints import Endpoint
from app.github.etags import Etags, Kept
from app.github.hub import Hub, QuietApp, tls
from app.github.pauses import Pauses
from app.github.reading import moment, page_of, sendable, text
from app.github.telling import told
from app.github.tokens import Token, Tokens
from app.github.translate import Call, Failure, from_answer, from_exception, said, unreadable
from app.observe import Metrics
from app.ports import Budget, Clock
from app.settings import Secret

PAGE = 100
_MOST_PAGES = 100
_MOST_HOPS = 3

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Request:
    """One call with all it needs; *installation* None: as the App itself."""

    call: Call
    path: str
    installation: int | None = None
    params: Params = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    importance: Importance = Importance.URGENT


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: its JSON (None where there is no content) and its Link header."""

    data: Any
    link: str = ""


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
        redact: Callable[[str], str] = str,
        learn: Callable[[str], None] = lambda _token: None,
        metrics: Metrics | None = None,
    ) -> None:
        context = tls()
        self._app = Hub(QuietApp(app_id, private_key.reveal(), clock), api_url, context)
        self._installation = Hub(UnauthAuthStrategy(), api_url, context)
        self._base = httpx.URL(api_url)
        self._version = api_version or LATEST_VERSION
        self._clock = clock
        self._budget = budget
        self._redact = redact
        self._learn = learn
        self._metrics = metrics or Metrics()
        self._etags = Etags()
        self._pauses = Pauses(clock)
        self._tokens = Tokens(self._mint, clock)

    def token_for(self, installation_id: int) -> str:
        """An installation's token, for Git over HTTP as well."""
        return self._tokens.get(installation_id)

    def renewed(self, installation_id: int, token: str) -> str:
        """Another token than *token*, which was refused."""
        self._tokens.drop(installation_id, token)
        return self._tokens.get(installation_id)

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
        return Request(call, path, repo.installation_id, params or {}, body, importance)

    def send(self, request: Request) -> Answer:
        """Make the call; raises the five errors and no others."""
        self._pauses.heed(request.installation, request.call)
        self._spend(request)
        key = (request.installation, f"{request.path}?{httpx.QueryParams(dict(request.params))}")
        kept = self._etags.get(key) if request.call.endpoint.method == "GET" else None
        response = self._send(request, {"If-None-Match": kept.etag} if kept else {})
        if response.status_code == 304 and kept is not None:
            return Answer(json.loads(kept.body), kept.link)
        answer = self._read(request.call, response)
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
            found = answer.data.get(key, []) if isinstance(answer.data, dict) else answer.data
            items = [one for one in found or [] if isinstance(one, dict)]
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
            return self._hop(self._app, request, headers)
        token = self._tokens.get(request.installation)
        response = self._hop(self._installation, request, _signed(headers, token), spare=True)
        if response.status_code != 401:
            return response
        token = self.renewed(request.installation, token)
        return self._hop(self._installation, request, _signed(headers, token))

    def _hop(
        self, hub: Hub, request: Request, headers: Mapping[str, str], *, spare: bool = False
    ) -> httpx.Response:
        """Follow redirects on this host, the request repeated as it was (GitHub asks for that)."""
        url = httpx.URL(self._base).copy_with(
            raw_path=self._base.raw_path.rstrip(b"/") + request.path.encode()
        )
        params: Params | None = request.params or None
        for _ in range(_MOST_HOPS):
            response = self._once(hub, request, url, params, headers, spare=spare)
            location = response.headers.get("location")
            if response.status_code not in {301, 302, 307, 308} or location is None:
                return response
            url, params = self._elsewhere(request.call, url.join(location)), None
        raise Rejected(f"{request.call.doing}: redirected in a circle")

    def _elsewhere(self, call: Call, url: httpx.URL) -> httpx.URL:
        if (url.scheme, url.host, url.port) != (
            self._base.scheme,
            self._base.host,
            self._base.port,
        ):
            message = f"{call.doing}: redirected to another server (check STAGELOCK_GITHUB_API_URL)"
            raise Rejected(message)
        return url

    def _once(
        self,
        hub: Hub,
        request: Request,
        url: httpx.URL,
        params: Params | None,
        headers: Mapping[str, str],
        *,
        spare: bool,
    ) -> httpx.Response:
        call = request.call
        # Always an object with what writes: servers in the middle stumble over an empty body.
        body = sendable(request.body or {}) if call.writes else None
        try:
            with told(self._metrics, request.call.endpoint, request.installation) as tell:
                response = hub.request(
                    call.endpoint.method,
                    url,
                    params=params,
                    json=body,
                    headers={"X-GitHub-Api-Version": self._version, **headers},
                )
                tell(response.status_code)
        except RequestFailed as error:
            raw = error.response.raw_response
            if raw.status_code == 401 and spare:
                return raw
            reason = self._redact(said(raw.content, raw.reason_phrase))
            failure = from_answer(
                call, Failure(raw.status_code, raw.headers, reason), self._clock()
            )
            if isinstance(failure, Transient):
                self._pauses.told(request.installation, call, failure)
            raise failure from error
        except RequestError as error:
            raise from_exception(call, error.exc) from error
        except GitHubException as error:
            raise from_exception(call, error) from error
        return response.raw_response

    def _read(self, call: Call, response: httpx.Response) -> Answer:
        if not response.content.strip():
            return Answer(None)
        try:
            data = response.json()
        except ValueError as error:
            raise unreadable(call) from error
        return Answer(data, response.headers.get("link", ""))

    def _mint(self, installation_id: int) -> Token:
        doing = f"get a token for installation {installation_id}"
        request = self.as_app(endpoints.TOKEN, doing, installation=installation_id)
        try:
            answer = self.send(request)
        except Missing as error:
            raise Denied(f"{error.message}: the App is not installed there any more") from error
        except Transient as error:
            # Whatever the token is for was not done; a token that got lost harms nobody.
            raise Transient(error.message, retry_after=error.retry_after) from error
        token = text(answer.data, "token")
        if not token:
            raise Transient(f"{doing}: GitHub's answer holds no token")
        self._learn(token)
        hour = self._clock() + timedelta(hours=1)
        return Token(token, moment(answer.data, "expires_at") or hour)


def _signed(headers: Mapping[str, str], token: str) -> dict[str, str]:
    return {**headers, "Authorization": f"token {token}"}
