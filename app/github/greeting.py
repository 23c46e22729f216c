"""
The first question to GitHub: are these settings an App's?

Asked once when a server starts. What GitHub answers tells which setting is wrong; where there is no
answer nothing is wrong with the settings as far as anybody knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx
import jwt
from githubkit.exception import GitHubException, RequestError, RequestFailed

from app.github import endpoints, parse
from app.github.http import Hub, QuietApp, way_to
from app.github.json_fields import number, parsed
from app.github.translate import said
from app.ports import Clock
from app.settings import GitHubSettings
from app.settings.apiversions import NEWEST

OFF = timedelta(minutes=5)
"""A clock that is further off than this is wrong: GitHub takes our signature for ten minutes."""
_TIMES = ("'exp'", "'iat'", "expiration time", "issued at")


@dataclass(frozen=True, slots=True)
class Known:
    """GitHub knows us as this App."""

    slug: str
    ahead: timedelta = timedelta()
    """How far our clock is before GitHub's; zero where it does not tell its time."""
    server: str = ""
    """The version of a GHES; "": github.com."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """GitHub answered, and a setting is wrong: a sentence that begins with it."""

    problem: str
    about: Literal["app", "clock", "address"] = "app"


@dataclass(frozen=True, slots=True)
class Silent:
    """GitHub did not say; *why* fits after a colon."""

    why: str


Greeting = Known | Wrong | Silent


def greet(settings: GitHubSettings, clock: Clock) -> Greeting:
    """Ask GitHub which App we are; never raises for what the other side does."""
    auth = QuietApp(settings.app_id, settings.private_key.reveal(), clock)
    hub = Hub(auth, settings.api_url, way_to(settings.api_url, settings.outgoing))
    try:
        response = _asked(hub, settings)
        return _read(settings, response, clock())
    except RequestError as error:
        return _unsent(error.exc)
    except (GitHubException, httpx.HTTPError) as error:
        return Silent(f"no answer ({type(error).__name__})")
    finally:
        hub.close()


def _asked(hub: Hub, settings: GitHubSettings) -> httpx.Response:
    version = {"X-GitHub-Api-Version": settings.api_version or NEWEST}
    try:
        url = f"{settings.api_url}{endpoints.APP.path}"
        return hub.request("GET", url, headers=version).raw_response
    except RequestFailed as error:
        return error.response.raw_response


def _unsent(error: BaseException) -> Greeting:
    if isinstance(error, jwt.PyJWTError | ValueError | TypeError):
        return Wrong("STAGELOCK_PRIVATE_KEY cannot be used to sign: is it the App's RSA key?")
    reason = f": {error}" if isinstance(error, httpx.ConnectError) and str(error) else ""
    what = "no answer in time" if isinstance(error, httpx.TimeoutException) else "no connection"
    return Silent(f"{what}{reason}")


def _read(settings: GitHubSettings, response: httpx.Response, now: datetime) -> Greeting:
    status, words = response.status_code, said(response.content, response.reason_phrase)
    if status >= 500 or status in {403, 408, 429}:
        return Silent(f"it answered {status} {words}".rstrip())
    if wrong := _clock(response, now, words if status == 401 else ""):
        return wrong
    if status == 200:
        return _app(settings, response, now)
    if status == 401:
        return Wrong(
            f"STAGELOCK_PRIVATE_KEY is no key of the App that STAGELOCK_APP_ID says "
            f'({settings.app_id}): GitHub answered "{words}". Take the number and a key from the '
            "settings page of the same App"
        )
    if status == 404 and "integration" in words.lower():
        return Wrong(
            f"STAGELOCK_APP_ID is {settings.app_id}, and GitHub knows no such App: take the number "
            "from the App's settings page"
        )
    return _elsewhere(settings, f"it answered {status} {words}".rstrip())


def _app(settings: GitHubSettings, response: httpx.Response, now: datetime) -> Greeting:
    try:
        data: Any = parsed(response.content)
    except ValueError:
        data = None
    if not isinstance(data, dict) or not number(data, "id"):
        return _elsewhere(settings, "its answer is no App")
    app = parse.app(data)
    if app.id != settings.app_id:
        return Wrong(
            f"STAGELOCK_APP_ID is {settings.app_id}, and the key is that of the App {app.slug} "
            f"({app.id}): correct one of the two"
        )
    server = response.headers.get("x-github-enterprise-version", "")
    return Known(app.slug, _ahead(response, now), server)


def _elsewhere(settings: GitHubSettings, why: str) -> Wrong:
    return Wrong(
        f"STAGELOCK_GITHUB_API_URL: {settings.api_url} is not GitHub's API ({why}); it is made of "
        "STAGELOCK_GITHUB_URL where it is not set",
        "address",
    )


def _clock(response: httpx.Response, now: datetime, refusal: str) -> Wrong | None:
    """GitHub tells its time with each answer; some proxies take it away, but not its complaint."""
    off = _ahead(response, now)
    complains = any(mark in refusal.lower() for mark in _TIMES)
    if abs(off) <= OFF and not complains:
        return None
    minutes = round(abs(off).total_seconds() / 60)
    where = (
        f"{minutes} minutes {'ahead of' if off > timedelta() else 'behind'}" if minutes else "off"
    )
    theirs = f' (it answered "{refusal}")' if complains else ""
    return Wrong(
        f"the clock of this machine is {where} GitHub's{theirs}: set it, for example with "
        "`timedatectl set-ntp true`. STAGELOCK_PRIVATE_KEY signs with the time",
        "clock",
    )


def _ahead(response: httpx.Response, now: datetime) -> timedelta:
    try:
        theirs = parsedate_to_datetime(response.headers.get("date", ""))
    except ValueError:
        return timedelta()
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    return now - theirs
