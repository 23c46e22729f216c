"""One request to GitHub and its answer, or one of the five errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx
from githubkit.exception import GitHubException, RequestError, RequestFailed

from app.errors import OutsideError, Rejected, Transient
from app.github.http import Hub
from app.github.instrumented import told
from app.github.json_fields import parsed, sendable
from app.github.pauses import Pauses
from app.github.requests import GitHubAnswer, Params, Request
from app.github.translate import Call, Failure, from_answer, from_exception, said, unreadable
from app.observe import Metrics
from app.ports import Clock

_MOST_HOPS = 3


class Wire:
    """Requests over githubkit's client, in one version of the API; safe between threads."""

    def __init__(
        self,
        api_url: str,
        version: str,
        *,
        clock: Clock,
        pauses: Pauses,
        redact: Callable[[str], str],
        metrics: Metrics,
    ) -> None:
        self._base = httpx.URL(api_url)
        self._version = version
        self._clock = clock
        self._pauses = pauses
        self._redact = redact
        self._metrics = metrics

    def send(
        self, hub: Hub, request: Request, headers: Mapping[str, str], *, spare: bool = False
    ) -> httpx.Response:
        """
        Follow redirects on this host, the request repeated as it was (GitHub asks for that).

        With *spare* an answer of 401 is returned instead of raised: there is another token to try.
        """
        url = self._base.copy_with(
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
        base = self._base
        if (url.scheme, url.host, url.port) != (base.scheme, base.host, base.port):
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
            with told(self._metrics, call.endpoint, request.installation) as tell:
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
            raise self._failure(request, raw) from error
        except RequestError as error:
            raise from_exception(call, error.exc) from error
        except GitHubException as error:
            raise from_exception(call, error) from error
        return response.raw_response

    def _failure(self, request: Request, raw: httpx.Response) -> OutsideError:
        reason = self._redact(said(raw.content, raw.reason_phrase))
        answer = Failure(raw.status_code, raw.headers, reason)
        failure = from_answer(request.call, answer, self._clock())
        if isinstance(failure, Transient):
            self._pauses.told(request.installation, request.call, failure)
        return failure


def read(call: Call, response: httpx.Response) -> GitHubAnswer:
    """What a success says; Transient where it is not the JSON that was promised."""
    if not response.content.strip():
        return GitHubAnswer(None)
    try:
        data = parsed(response.content)
    except ValueError as error:
        raise unreadable(call) from error
    return GitHubAnswer(data, response.headers.get("link", ""))
