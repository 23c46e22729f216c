"""Ask a server's HTTP API: where it is, how we show ourselves, and which repository is meant."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from app import wiring
from app.cli.job_token import JobToken
from app.cli.named import full_name
from app.cli.out import complain
from app.cli.source import origin
from app.errors import Transient
from app.settings import Settings, SettingsError

BASE = "/api/v1"
DOCTOR = "/setup/doctor"
"""What is asked of a server, and is no route of its API."""
PATIENCE = 20.0
"""Seconds for an answer that waits for nothing."""
NO = 1
EXIT_CODES = {401: 3, 422: 2}
"""
What a server's refusal ends a command with, by HTTP status: 3 where we are not known there, or
(from 500 up) it cannot answer; 2 where it was asked wrongly; else `NO`.
"""
_ORIGIN = re.compile(r"[:/]([A-Za-z0-9._-]+/[A-Za-z0-9._-]+?)(?:\.git)?/?\Z")


class Refusal(Exception):
    """The server's answer is no: *status* and *message* are its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message

    @property
    def exit_code(self) -> int:
        """Of `EXIT_CODES`, for every command that asks a server."""
        return EXIT_CODES.get(self.status, 3 if self.status >= 500 else NO)


@dataclass(frozen=True, slots=True)
class Said:
    """A good answer of a server."""

    status: int
    """Of HTTP."""
    value: Any
    """Its JSON."""
    location: str = ""
    """Where it says that the thing is; "": it does not."""
    at: datetime | None = None
    """When it says that it answered, by its own clock; None: it does not."""


class AskedServer:
    """The server of STAGELOCK_URL; SettingsError (exit 2) where none is named."""

    def __init__(self, settings: Settings, job: JobToken | None = None) -> None:
        if settings.url is None:
            message = "STAGELOCK_URL is not set: the address of the server to ask"
            raise SettingsError((message,))
        self.url = settings.url
        token = settings.token
        self._headers = {"Authorization": f"Bearer {token.reveal()}"} if token else {}
        self._job = job

    @classmethod
    def of_environment(cls) -> AskedServer:
        """Read the settings, and keep the logs free of their secrets."""
        settings = Settings.load(os.environ)
        wiring.set_up_logs(settings)
        return cls(settings)

    @classmethod
    def of_job_or_environment(cls) -> AskedServer:
        """As `of_environment`; inside Actions without a stored token the job shows itself."""
        settings = Settings.load(os.environ)
        wiring.set_up_logs(settings)
        return cls(settings, JobToken.of_environment(settings))

    def get(self, path: str, **query: str | int | None) -> Any:
        """The JSON that *path* has; Refusal, or Transient where no answer comes."""
        return self.ask("GET", path, query=query).value

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        query: Mapping[str, str | int | None] | None = None,
        patience: float = PATIENCE,
    ) -> Said:
        """One question; names lead to ids by redirects, on this server alone."""
        address = path if path.startswith((BASE, DOCTOR)) else f"{BASE}{path}"
        # A job's token lasts minutes: each question takes one of its own.
        own = {} if self._job is None else {"Authorization": f"Bearer {self._job.fresh()}"}
        params = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            answer = httpx.request(
                method,
                f"{self.url}{address}",
                params=params,
                json=body,
                headers={**self._headers, **own},
                timeout=patience,
                follow_redirects=True,
            )
        except httpx.HTTPError as error:
            why = f"no answer from {self.url}: {error} (STAGELOCK_URL)"
            raise Transient(why) from error
        try:
            said = answer.json()
        except ValueError as error:
            why = f"{self.url} answered {answer.status_code}, but not as Stagelock does: "
            raise Transient(f"{why}check STAGELOCK_URL, and any proxy before it") from error
        if answer.status_code >= 400:
            words = said if isinstance(said, dict) else {}
            message = words.get("message") or words.get("error") or answer.status_code
            raise Refusal(answer.status_code, f"{self.url}: {message}")
        return Said(answer.status_code, said, answer.headers.get("location", ""), _date(answer))


def _date(answer: httpx.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None


def answering(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """A command that asks a server: what the server refuses is told, with its exit code."""

    def answered(args: argparse.Namespace) -> int:
        try:
            return run(args)
        except Refusal as refusal:
            hint = " (STAGELOCK_TOKEN)" if refusal.status in {401, 403} else ""
            complain(f"stagelock: {refusal.message}{hint}")
            return refusal.exit_code

    return answered


def add_repository(parser: argparse.ArgumentParser) -> None:
    """The option `--repo`."""
    parser.add_argument(
        "--repo",
        type=full_name,
        metavar="OWNER/NAME",
        help="default: GITHUB_REPOSITORY, else the origin of the clone that you are in",
    )


def add_format(parser: argparse.ArgumentParser) -> None:
    """The option `--format`."""
    parser.add_argument("--format", choices=("text", "json"), default="text")


def repository(given: str | None) -> str:
    """``OWNER/NAME``: what is *given*, else the surroundings'; SettingsError where none is."""
    name = given or os.environ.get("GITHUB_REPOSITORY", "")
    if not name:
        match = _ORIGIN.search(origin("."))
        name = match[1] if match else ""
    if not name:
        raise SettingsError(("which repository? Say --repo OWNER/NAME",))
    return name
