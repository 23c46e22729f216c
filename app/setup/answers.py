"""What a person says about the server, judged before GitHub is asked."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from app.settings.servers import GITHUB, is_cloud
from app.setup.progress import Answers

_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_SERVER = re.compile(
    rf"https?://(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9a-f:.]+\])(?::[1-9][0-9]{{0,4}})?"
)
"""
A whole server and nothing else. A path would lead past what lies below `/`, and what has a meaning
in a header, in a form or to a resolver is no part of a name.
"""


_INSIDE = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


class Field(StrEnum):
    """What is asked for, by its name in the form."""

    PUBLIC_URL = "public_url"
    GITHUB_URL = "github_url"
    ORGANISATION = "organisation"


class Wrong(StrEnum):
    """What is wrong with an answer."""

    NO_URL = "no-url"
    NO_GITHUB = "no-github"
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
    if not _is_github(github):
        wrong[Field.GITHUB_URL] = Wrong.NO_GITHUB
    if not _is_server(answers.public_url):
        wrong[Field.PUBLIC_URL] = Wrong.NO_URL
    elif not wrong and is_cloud(github) and _is_inside(answers.public_url):
        wrong[Field.PUBLIC_URL] = Wrong.UNREACHABLE
    if answers.organisation and not _LOGIN.fullmatch(answers.organisation):
        wrong[Field.ORGANISATION] = Wrong.NO_LOGIN
    return Judged(answers, wrong)


def _tidy(url: str) -> str:
    """As people type it: a host alone means https, and GitHub's own servers speak nothing else."""
    text = url.strip()
    whole = text if "://" in text or not text else f"https://{text}"
    scheme, slashes, rest = whole.removesuffix("/").partition("://")
    plain = f"{scheme.lower()}{slashes}{rest.lower()}"
    if not _is_server(plain):
        return whole
    if not is_cloud(plain):
        return plain
    return f"https://{urlsplit(plain).netloc.removeprefix('www.')}"


def _is_server(url: str) -> bool:
    try:
        return bool(_SERVER.fullmatch(url)) and urlsplit(url).port != 0
    except ValueError:
        return False


def _is_github(url: str) -> bool:
    """GitHub's own servers have no port of their own."""
    return _is_server(url) and not (is_cloud(url) and urlsplit(url).port)


def _is_inside(url: str) -> bool:
    """No machine on the Internet can reach it, by its name alone; GitHub refuses such a hook."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        # No name of the Internet ends in a number: that is an address as resolvers still read it.
        last = host.rpartition(".")[2]
        return "." not in host or host.endswith(_INSIDE) or not last.strip("0123456789x")
