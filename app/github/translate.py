"""GitHub's failures as our five errors; what a message may say is decided here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx
import jwt

from app.errors import Denied, Missing, OutsideError, Rejected, Transient
from app.github.endpoints import Endpoint
from app.github.json_fields import parsed
from app.github.meanings import meaning, raised

_LONGEST_WAIT = 3600.0
_UNTOLD_WAIT = 60.0
"""GitHub: "wait for at least one minute" where a secondary limit names no time."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what we were doing in words, and by which endpoint."""

    doing: str
    endpoint: Endpoint

    @property
    def writes(self) -> bool:
        """Whether a lost answer leaves open what happened."""
        return self.endpoint.method != "GET"


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that is no success."""

    status: int
    """Of HTTP."""
    headers: Mapping[str, str]
    said: str
    """GitHub's own reason, fit to be shown."""


def from_answer(call: Call, failure: Failure, now: datetime) -> OutsideError:
    """Which error an answer of 4xx or 5xx is."""
    message = f"{call.doing}: {failure.status} {failure.said}".rstrip()
    if (wait := _limited(failure, now)) is not None:
        return Transient(f"{message} (again in {wait:.0f} s)", retry_after=wait)
    if failure.status >= 500 and failure.status != 501:
        after = _seconds(failure.headers.get("retry-after"))
        return Transient(message, retry_after=after, maybe_done=call.writes)
    if call.writes:
        kind = meaning(call.endpoint, failure.status, failure.said)
        return raised(kind, message + _advice(call, failure))
    return _unread(call, failure, message)


def _unread(call: Call, failure: Failure, message: str) -> OutsideError:
    """The error of a call that only reads."""
    match failure.status:
        case 401 | 403:
            return Denied(message + _advice(call, failure))
        case 404 | 405 | 410 | 501:
            return Missing(message)
        case 409 if "empty" in failure.said:  # a repository without a commit
            return Missing(message)
        case 408 | 409:
            return Transient(message)
        case _:
            return Rejected(message)


def from_exception(call: Call, error: BaseException) -> OutsideError:
    """Which error a call is that got no answer."""
    if isinstance(error, httpx.TimeoutException):
        what = "no answer in time"
    elif isinstance(error, httpx.TransportError):
        what = "the connection failed"
    elif isinstance(error, httpx.HTTPError):
        what = "the answer could not be read"
    elif isinstance(error, jwt.PyJWTError | ValueError | TypeError):
        # The App's own token could not be signed: nothing was sent.
        return Denied(f"{call.doing}: STAGELOCK_PRIVATE_KEY cannot be used to sign")
    else:
        what = "the request failed"
    done = call.writes and not isinstance(error, _NOT_SENT)
    silent = isinstance(error, httpx.TransportError)
    message = f"{call.doing}: {what} ({type(error).__name__})"
    return Transient(message, maybe_done=done, silent=silent)


def unreadable(call: Call) -> Transient:
    """The error for a success whose body is not the JSON that was promised."""
    return Transient(f"{call.doing}: GitHub's answer is not readable", maybe_done=call.writes)


def _limited(failure: Failure, now: datetime) -> float | None:
    """Seconds to wait if this is one of GitHub's rate limits, else None."""
    said = failure.said
    if failure.status not in {403, 429} or "not accessible" in said or "suspended" in said:
        return None
    told = _seconds(failure.headers.get("retry-after"))
    if told is not None:
        return told
    used_up = failure.headers.get("x-ratelimit-remaining") == "0"
    reset = _number(failure.headers.get("x-ratelimit-reset"))
    if used_up and reset is not None:
        return min(max(reset - now.timestamp(), 1.0), _LONGEST_WAIT)
    limited = "rate limit" in said.lower() or "abuse detection" in said.lower()
    return _UNTOLD_WAIT if used_up or limited or failure.status == 429 else None


def _advice(call: Call, failure: Failure) -> str:
    if failure.status == 401:
        return ": our credentials were not accepted"
    if failure.status != 403:
        return ""
    if "suspended" in failure.said:
        return " (an owner of the account must unsuspend the App)"
    if "not accessible" in failure.said and call.endpoint.permission:
        name, _, level = call.endpoint.permission.partition(":")
        return f" (the App needs the permission {name}: {level})"
    return ""


def said(body: bytes, reason: str) -> str:
    """GitHub's own words, on one line and short; never a raw body. *reason*: where it has none."""
    try:
        data = parsed(body)
    except ValueError:
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("message"), str):
        return _CONTROL.sub(" ", reason)[:100]
    errors = data.get("errors")
    details = [_detail(error) for error in errors[:5]] if isinstance(errors, list) else []
    parts = [data["message"], *(detail for detail in details if detail)]
    return _CONTROL.sub(" ", ": ".join((parts[0], "; ".join(parts[1:]))).rstrip(": "))[:400]


def _detail(error: object) -> str:
    if isinstance(error, str):
        return error
    if not isinstance(error, dict):
        return ""
    if isinstance(error.get("message"), str):
        return str(error["message"])
    return " ".join(str(error[key]) for key in ("resource", "field", "code") if error.get(key))


def _seconds(text: str | None) -> float | None:
    """`Retry-After` in seconds; a date or nonsense there counts as the shortest told wait."""
    if text is None:
        return None
    number = _number(text)
    return _UNTOLD_WAIT if number is None else min(max(number, 1.0), _LONGEST_WAIT)


def _number(text: str | None) -> float | None:
    try:
        return float(int(text)) if text is not None else None
    except ValueError:
        return None
