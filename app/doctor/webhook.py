"""The way of a delivery: from GitHub's settings over the network to a signature that is right."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta

from app.doctor.subject import Subject, asked
from app.doctor.verdicts import Fine, NotKnown, Todo, Unknown, Verdict
from app.ports.examination import Attempt

PATH = "/github/webhook"
SOON = timedelta(days=14)
"""Before its end a certificate should have been renewed."""
UNAUTHORIZED = 401
"""What we answer to a signature that is not right."""


def configured(subject: Subject) -> Verdict:
    """GitHub sends deliveries to our address, as JSON, and checks our certificate."""
    kept, _ = subject.known
    hook = asked(subject.github.hook)
    place = subject.app.page.removesuffix("/permissions") or "the App's settings"
    ours = f"{kept.public_url}{PATH}" if kept.public_url else ""
    if not hook.url:
        return Todo("the App has no webhook", f"set it to {ours or PATH}: {place}")
    if not hook.url.endswith(PATH) or (ours and hook.url != ours):
        return Todo(f"GitHub sends deliveries to {hook.url}", f"set it to {ours or PATH}: {place}")
    if not hook.json:
        return Todo("deliveries are sent as a form", f"choose application/json: {place}")
    if hook.insecure:
        return Todo("GitHub does not check our certificate", f"switch SSL verification on: {place}")
    if not ours:
        return Unknown(f"GitHub sends to {hook.url}; STAGELOCK_PUBLIC_URL, to compare, is not set")
    return Fine(f"GitHub sends deliveries to {hook.url}")


def delivered(subject: Subject) -> Verdict:
    """GitHub's own record of its newest delivery, a ping or another, and what we answered."""
    newest = next(iter(subject.attempts), None)
    if newest is None:
        return Unknown(
            "GitHub keeps no delivery of the last days: redeliver the App's ping, or push"
        )
    said = f"{newest.event} at {_time(newest)}"
    if newest.status == UNAUTHORIZED:
        return Fine(f"{said} reached us (its signature: see there)")
    if not 200 <= newest.status < 300:
        answer = f"answered {newest.status}" if newest.status else "had no answer"
        return Todo(
            f"{said} {answer}: {newest.said}",
            "can GitHub reach the webhook's address? The server's log says what it answered; what "
            "was missed is asked for again by the sweep",
        )
    return Fine(f"{said} was answered {newest.status}")


def signature(subject: Subject) -> Verdict:
    """The secret that we have is the one that GitHub signs with."""
    heard = [attempt for attempt in subject.attempts if attempt.status]
    if not heard:
        return Unknown("no delivery has reached us yet")
    newest = heard[0]
    if _is_ours(subject, newest):
        return Fine(f"our secret verifies {newest.event} of {_time(newest)}")
    if newest.status == UNAUTHORIZED:
        return Todo(
            f"{newest.event} at {_time(newest)} was refused: its signature is not right",
            "set STAGELOCK_WEBHOOK_SECRET, and the secret of the App's webhook, to the same text",
        )
    raise NotKnown(
        "the server took the newest delivery, but what GitHub keeps of it does not prove our "
        "secret (it keeps no raw bytes)"
    )


def _is_ours(subject: Subject, attempt: Attempt) -> bool:
    sent = asked(lambda: subject.github.sent(attempt.id))
    secrets = [secret.reveal().encode() for secret in subject.known[0].webhook_secrets]
    expected = [
        f"sha256={hmac.digest(secret, body, hashlib.sha256).hex()}"
        for secret in secrets
        for body in _written(sent.payload)
    ]
    return any(hmac.compare_digest(signature, sent.signature) for signature in expected)


def _written(payload: object) -> Iterator[bytes]:
    """The ways in which the payload may have stood in the request."""
    for ascii_only in (False, True):
        text = json.dumps(payload, separators=(",", ":"), ensure_ascii=ascii_only)
        yield text.encode("utf-8", "replace")


def reachable(subject: Subject) -> Verdict:
    """Our address answers as our server does; asked from here, not from where GitHub is."""
    url = subject.known[0].public_url
    answer = subject.public
    if answer.untrusted:
        raise NotKnown("see certificate")
    do = "is `stagelock serve` running, and STAGELOCK_PUBLIC_URL the address of its proxy?"
    if answer.problem:
        return Todo(f"{url}: {answer.problem}", do)
    if answer.status != 200 or answer.body.strip() != "ok":
        return Todo(f"{url}/healthz answers {answer.status}, not as our server does", do)
    return Fine(f"{url} answers (asked from this machine)")


def certificate(subject: Subject) -> Verdict:
    """The certificate of our address, and when it ends."""
    url = subject.known[0].public_url or ""
    if url and not url.startswith("https:"):
        return Unknown(f"{url} has none: it is no https address")
    answer = subject.public
    if answer.untrusted:
        do = "renew it; one of your own authority needs GitHub to know that authority"
        return Todo(f"the certificate of {url} is not trusted: {answer.untrusted}", do)
    if answer.expires is None:
        raise NotKnown(answer.problem or "no certificate was seen")
    until = f"valid until {answer.expires:%Y-%m-%d}"
    if answer.expires - subject.now() < SOON:
        return Todo(f"the certificate of {url} is {until}", "renew it now")
    return Fine(until)


def _time(attempt: Attempt) -> str:
    return "an unknown time" if attempt.at is None else f"{attempt.at:%Y-%m-%d %H:%M} UTC"
