"""What all profiles over HTTP share: requests to one host, and careful readings of answers."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping

from app.core.model.lock_services import Ambiguous, LockAsked, ServiceAnswer, ServiceTerms
from app.lockservices.wire import Asking, NoAnswer, ask
from app.settings.lock_conditions import Reply
from app.settings.lock_profiles import Profile
from app.settings.lock_templates import Unfillable, as_it_is, percent

_PLAIN = re.compile(r"[\x21-\x7e]{1,300}")
MOST_SHOWN = 100


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

    def _asked(
        self,
        asked: LockAsked,
        method: str,
        path: str,
        body: str | None,
        read: Callable[[Reply], ServiceAnswer],
        headers: Mapping[str, str] | None = None,
    ) -> ServiceAnswer:
        """Ask for *path* below the profile's URL; *read* the answer, unless it is a redirect."""
        profile = self._profile
        try:
            sent = {
                **{name: text.filled(asked, as_it_is) for name, text in profile.headers.items()},
                **(headers or {}),
            }
            url = profile.url.filled(asked, percent).rstrip("/") + path
            reply = ask(Asking(method, url, sent, body, profile.timeout), self._tls)
        except (NoAnswer, Unfillable) as error:
            return Ambiguous(str(error))
        if 300 <= reply.status < 400:
            return Ambiguous(f"it answered {reply.status}, a redirect, which is not followed")
        return read(reply)


def odd(reply: Reply) -> Ambiguous:
    """An answer that says nothing."""
    return Ambiguous(f"it answered {reply.status}, which says neither yes nor no")


def plain(text: object) -> str:
    """A token as it may be sent back and stored; "" where it is none."""
    return text if isinstance(text, str) and _PLAIN.fullmatch(text) else ""


def said(text: object) -> str:
    """What somebody else calls the holder, on one line and short."""
    found = " ".join(text.split()) if isinstance(text, str) else ""
    printable = "".join(c for c in found if c.isprintable())
    return printable[:MOST_SHOWN]
