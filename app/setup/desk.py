"""
The desk at which one person sets the server up: whoever opened the one-time address first.

Everything is refused with a `Why`, and a refusal changes nothing. A start again goes on where it
was: what the person said, GitHub's code and the session are in the `Book`; the App's credentials
are kept as a whole or not at all.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from itsdangerous import BadData, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from app.errors import Missing, OutsideError, Transient
from app.ports import Clock
from app.ports.registrar import NewApp, Registrar
from app.settings import Secret, kept, private
from app.settings.kept import KeptApp
from app.setup.manifest import address, manifest
from app.setup.progress import Answers, Book, Progress, Trouble

STATE_SECONDS = 3600
"""As long as GitHub's code is good for."""
FORM_SECONDS = 24 * 3600
log = logging.getLogger("stagelock.setup")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,200}")


class Why(StrEnum):
    """Why somebody is refused."""

    CLOSED = "closed"
    STRANGER = "stranger"
    TAKEN = "taken"
    WRONG_ADDRESS = "wrong-address"
    WRONG_FORM = "wrong-form"
    FORGED = "forged"
    EXPIRED = "expired"
    USED = "used"
    NO_CODE = "no-code"
    BUSY = "busy"
    EXPOSED = "exposed"
    LOST = "lost"


class Refused(Exception):
    """The answer is no; *said* adds what only this case knows."""

    def __init__(self, why: Why, said: str = "") -> None:
        super().__init__(why.value)
        self.why, self.said = why, said


@dataclass(frozen=True, slots=True)
class Forward:
    """What the browser posts to GitHub: the manifest, to that address."""

    action: str
    manifest: dict[str, Any]


class Desk:
    """
    Set-up over one data folder; several processes may stand at it.

    *registrar* is GitHub; *clock* says how old a state is.
    """

    def __init__(self, data_dir: Path, registrar: Registrar, clock: Clock) -> None:
        self._data_dir = data_dir
        self._registrar = registrar
        self._clock = clock
        self._book = Book(data_dir)

    def opened(self) -> str:
        """A new one-time token; the one before is void, who used it may go on. `Refused`."""
        token = secrets.token_urlsafe(32)
        with self._turn(begin=True) as progress:
            self._book.write(replace(progress, token=_hash(token)))
        return token

    def is_open(self) -> bool:
        """Whether there is anything left to set up."""
        return self._book.is_there()

    def is_registered(self) -> bool:
        """Whether the App's credentials are kept."""
        return kept.is_there(self._data_dir)

    def claimed(self, token: str) -> str:
        """A session for whoever shows the one-time token first, once."""
        with self._turn() as progress:
            if not (progress.token and _same(token, progress.token)):
                raise Refused(Why.TAKEN if progress.session else Why.WRONG_ADDRESS)
            session = secrets.token_urlsafe(32)
            self._book.write(replace(progress, token="", session=_hash(session)))
        log.info("the one-time address was opened", extra={"action": "setup.claimed"})
        return session

    def progress(self, session: str) -> Progress:
        """How far it has come, for the one session."""
        with self._turn(session=session) as progress:
            return progress

    def form_token(self, session: str) -> str:
        """What a form of ours carries, so that no other page can send it."""
        return str(self._signer(self.progress(session)).dumps(_hash(session), salt="form"))

    def check_form(self, session: str, token: str) -> None:
        """`Refused` unless *token* is of a form that we gave to this session."""
        signer = self._signer(self.progress(session))
        try:
            shown = signer.loads(token, salt="form", max_age=FORM_SECONDS)
        except BadData:
            raise Refused(Why.WRONG_FORM) from None
        if not hmac.compare_digest(str(shown), _hash(session)):
            raise Refused(Why.WRONG_FORM)

    def forward(self, session: str, answers: Answers, back: str) -> Forward:
        """To GitHub, with a state that brings only this browser back, once, within the hour."""
        nonce = secrets.token_urlsafe(16)
        with self._turn(session=session) as progress:
            if self.is_registered():
                raise Refused(Why.USED)
            state = self._signer(progress).dumps([nonce, _hash(session)], salt="state")
            begun = replace(progress, answers=answers, state=_hash(nonce), code="")
            self._book.write(replace(begun, trouble=Trouble.NONE, said=""))
        return Forward(address(answers, str(state)), manifest(answers, back))

    def returned(self, session: str, code: str, state: str) -> None:
        """GitHub sent the browser back: the state is used up, the code is kept, and tried."""
        with self._turn(session=session) as progress:
            nonce = self._nonce(progress, session, state)
            if not (progress.state and _same(nonce, progress.state)):
                raise Refused(Why.USED)
            if not _CODE.fullmatch(code):
                raise Refused(Why.NO_CODE)
            self._book.write(replace(progress, state="", code=code))
        self.convert(session)

    def convert(self, session: str) -> None:
        """Turn the code into the App; what went wrong is in the progress. `Refused` if busy."""
        with self._book.asking() as ours:
            if not ours:
                raise Refused(Why.BUSY)
            progress = self.progress(session)
            if progress.code and progress.answers is not None and not self.is_registered():
                self._converted(session, progress.code, progress.answers)

    def given_up(self, session: str) -> None:
        """The person does not wait for an answer to the code any more: begin again."""
        with self._turn(session=session) as progress:
            self._book.write(replace(progress, code="", trouble=Trouble.NONE, said=""))

    def ended(self, session: str) -> None:
        """The person is done: nobody can set this server up any more."""
        with self._turn(session=session):
            if not self.is_registered():
                raise Refused(Why.NO_CODE)
            self._book.close()
        log.info("set-up is done, and closed", extra={"action": "setup.ended"})

    def _converted(self, session: str, code: str, answers: Answers) -> None:
        try:
            made = self._registrar.registered(answers.github_url, code)
            kept.keep(self._data_dir, _as_kept(made, answers))
            self._note(session, "", Trouble.NONE, "")
            words = "the App %s of %s was made, and its credentials are kept"
            log.info(words, made.slug, made.owner, extra={"action": "setup.registered"})
        except Transient as error:
            self._note(session, code, Trouble.SILENT, error.message)
        except Missing as error:
            self._note(session, "", Trouble.UNKNOWN, error.message)
        except OutsideError as error:
            self._note(session, "", Trouble.UNREADABLE, error.message)
        except kept.NotKept as problem:
            raise Refused(Why.EXPOSED, str(problem)) from problem

    def _note(self, session: str, code: str, trouble: Trouble, said: str) -> None:
        with self._turn(session=session) as progress:
            self._book.write(replace(progress, code=code, trouble=trouble, said=said))

    @contextmanager
    def _turn(self, *, session: str | None = None, begin: bool = False) -> Iterator[Progress]:
        """The progress, for nobody else meanwhile; only for the one *session* where it is given."""
        if not begin and not self.is_open():
            raise Refused(Why.CLOSED if self.is_registered() else Why.LOST)
        try:
            with self._book.turn():
                progress = self._book.read()
                if progress is None and begin:
                    progress = Progress(key=secrets.token_hex(32))
                if progress is None:
                    raise Refused(Why.CLOSED if self.is_registered() else Why.LOST)
                if session is not None and not (
                    progress.session and _same(session, progress.session)
                ):
                    raise Refused(Why.TAKEN if progress.session else Why.STRANGER)
                yield progress
        except private.Exposed as problem:
            raise Refused(Why.EXPOSED, str(problem)) from problem
        except OSError as error:
            what = f"the data folder cannot be written to: {error.strerror}"
            raise Refused(Why.EXPOSED, f"STAGELOCK_DATA_DIR: {what}") from error

    def _nonce(self, progress: Progress, session: str, state: str) -> str:
        try:
            signed = self._signer(progress).loads(state, salt="state", max_age=STATE_SECONDS)
        except SignatureExpired:
            raise Refused(Why.EXPIRED) from None
        except BadData:
            raise Refused(Why.FORGED) from None
        nonce, whose = signed
        if not hmac.compare_digest(str(whose), _hash(session)):
            raise Refused(Why.FORGED)
        return str(nonce)

    def _signer(self, progress: Progress) -> URLSafeTimedSerializer:
        clock = self._clock

        class Clocked(TimestampSigner):
            def get_timestamp(self) -> int:
                return int(clock().timestamp())

        options = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        return URLSafeTimedSerializer(progress.key, signer=Clocked, signer_kwargs=options)


def _as_kept(made: NewApp, answers: Answers) -> KeptApp:
    return KeptApp(
        app_id=made.id,
        slug=made.slug,
        owner=made.owner,
        page=made.page,
        private_key=Secret(made.private_key),
        webhook_secret=Secret(made.webhook_secret),
        client_id=made.client_id,
        client_secret=Secret(made.client_secret),
        github_url=answers.github_url,
        public_url=answers.public_url,
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _same(text: str, hashed: str) -> bool:
    return hmac.compare_digest(_hash(text), hashed)
