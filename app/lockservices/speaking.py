"""What all profiles over HTTP share: requests to one host, and careful readings of answers."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TypeVar

from app.core.model.lock_services import (
    Ambiguous,
    LockAsked,
    Refused,
    ServiceAnswer,
    ServiceTerms,
)
from app.lockservices.wire import Asking, NoAnswer, ask
from app.settings.lock_conditions import Reply
from app.settings.lock_profiles import DENIED, Profile
from app.settings.lock_templates import Unfillable, as_it_is, percent

_PLAIN = re.compile(r"[\x21-\x7e]{1,300}")
MOST_SHOWN = 100
Speaker = TypeVar("Speaker")


class Speaking:
    """A service at one address; what it does not understand is `Ambiguous`."""

    def __init__(self, profile: Profile, tls: ssl.SSLContext) -> None:
        self._profile = profile
        self._tls = tls

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.terms.name})"

    @property
    def terms(self) -> ServiceTerms:
        """Who may use it, and for what."""
        return self._profile.terms

    def _reply(
        self,
        asked: LockAsked,
        method: str,
        path: str = "",
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Ask for *path* below the profile's URL; Unclear where no answer came, or a redirect."""
        profile = self._profile
        try:
            sent = {
                **{name: text.filled(asked, as_it_is) for name, text in profile.headers.items()},
                **(headers or {}),
            }
            url = profile.url.filled(asked, percent).rstrip("/") + path
            reply = ask(Asking(method, url, sent, body, profile.timeout), self._tls)
        except (NoAnswer, Unfillable) as error:
            raise Unclear(str(error)) from error
        if 300 <= reply.status < 400:
            raise Unclear(f"it answered {reply.status}, a redirect, which is not followed")
        return reply


class Unclear(Exception):
    """Nobody knows what was done, or what is so; the text says why."""


class Denied(Exception):
    """The service turned the request down; the text says how."""


def clear(
    call: Callable[[Speaker, LockAsked], ServiceAnswer],
) -> Callable[[Speaker, LockAsked], ServiceAnswer]:
    """Let *call* answer `Ambiguous` for what is `Unclear`, `Refused` for what is `Denied`."""

    @wraps(call)
    def answer(self: Speaker, asked: LockAsked) -> ServiceAnswer:
        try:
            return call(self, asked)
        except Unclear as why:
            return Ambiguous(str(why))
        except Denied as why:
            return Refused(str(why))

    return answer


def odd(reply: Reply) -> Unclear | Denied:
    """An answer that is neither yes nor that somebody else has it."""
    if reply.status in DENIED:
        return denied(reply)
    return unclear(reply)


def unclear(reply: Reply) -> Unclear:
    """An answer that says nothing."""
    return Unclear(f"it answered {reply.status}, which says neither yes nor no")


def denied(reply: Reply) -> Denied:
    """An answer that turns us down."""
    return Denied(f"it answered {reply.status}")


def field(body: object, name: str) -> object:
    """What a JSON object has under *name*; None where it is none, or has nothing there."""
    return body.get(name) if isinstance(body, dict) else None


def plain(text: object) -> str:
    """A token as it may be sent back and stored; "" where it is none."""
    return text if isinstance(text, str) and _PLAIN.fullmatch(text) else ""


def said(text: object) -> str:
    """What somebody else calls the holder, on one line and short."""
    line = " ".join(text.split()) if isinstance(text, str) else ""
    printable = "".join(c for c in line if c.isprintable())
    return printable[:MOST_SHOWN]
