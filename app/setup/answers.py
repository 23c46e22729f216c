"""What a person says about the server, judged before GitHub is asked."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from app.settings.reader import url_problem
from app.settings.servers import GITHUB, is_cloud
from app.setup.progress import Answers

_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})")


class Field(StrEnum):
    """What is asked for, by its name in the form."""

    PUBLIC_URL = "public_url"
    GITHUB_URL = "github_url"
    ORGANISATION = "organisation"


class Wrong(StrEnum):
    """What is wrong with an answer."""

    NO_URL = "no-url"
    UNREACHABLE = "unreachable"
    NO_LOGIN = "no-login"


@dataclass(frozen=True, slots=True)
class Judged:
    """The answers, and what is wrong with which of them."""

    answers: Answers
    wrong: dict[Field, Wrong]


def judged(public_url: str, github_url: str, organisation: str) -> Judged:
    """*github_url* "": github.com. *organisation* "": the account of whoever makes the App."""
    github = _tidy(github_url) or GITHUB
    answers = Answers(_tidy(public_url), github, organisation.strip().removeprefix("@"))
    wrong: dict[Field, Wrong] = {}
    if url_problem(answers.public_url):
        wrong[Field.PUBLIC_URL] = Wrong.NO_URL
    elif is_cloud(github) and _is_inside(answers.public_url):
        wrong[Field.PUBLIC_URL] = Wrong.UNREACHABLE
    if url_problem(github):
        wrong[Field.GITHUB_URL] = Wrong.NO_URL
    if answers.organisation and not _LOGIN.fullmatch(answers.organisation):
        wrong[Field.ORGANISATION] = Wrong.NO_LOGIN
    return Judged(answers, wrong)


def _tidy(url: str) -> str:
    """As people type it: a host alone means https."""
    text = url.strip()
    whole = text if "://" in text or not text else f"https://{text}"
    return whole if url_problem(whole) else whole.rstrip("/")


def _is_inside(url: str) -> bool:
    """No machine on the Internet can reach it, by its name alone; GitHub refuses such a hook."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal", ".lan"))
