"""The file that `STAGELOCK_LOCK_SERVICES` names: every mistake in it is told, with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from app.core.config.fields import Fields, named
from app.core.config.report import Report, shown
from app.core.config.tables import Keys, table
from app.core.config.values import check_name, choice, duration, filled, integer, texts, wrong_type
from app.core.config.yamldoc import Map, Node, Reported, compose
from app.core.model.lock_services import ServiceTerms
from app.core.model.pipeline import Problem
from app.settings.lock_calls import Place, read_calls, read_headers, read_template
from app.settings.lock_profiles import Profile, Profiles
from app.settings.lock_templates import Template

VERSION = 1
TIMEOUT = timedelta(seconds=5)
LONGEST = timedelta(seconds=30)
SHORTEST_TTL = timedelta(seconds=10)

_TOP = table("version services", "version services")
_COMMON = "type organizations resources url timeout headers"
_CALLS = "ttl acquire renew inspect release"
KINDS: Mapping[str, Keys] = {
    "http": table(f"{_COMMON} {_CALLS}", "type url acquire inspect release"),
    "terraform": table(_COMMON, "type url"),
    "consul": table(f"{_COMMON} ttl", "type url"),
    "jenkins": table(_COMMON, "type url"),
    "redis": table("type organizations resources url timeout ttl username password", "type url"),
}
"""What a profile of each type has."""
WEB = ("http", "https")
SCHEMES = {"redis": ("redis", "rediss")}
"""How the addresses of a type begin, where it is not over HTTP."""
_DATABASE = re.compile(r"rediss?://[^/]+(?:/[0-9]{1,3})?/?")


def read_profiles(path: Path, environ: Mapping[str, str]) -> tuple[Profiles, tuple[str, ...]]:
    """The profiles of the file at *path*, and what is wrong with it: then there are none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return {}, (f"names {path}, which cannot be read: {error.strerror}",)
    profiles, problems = parse_profiles(data, environ)
    told = tuple(f"names a file with mistakes: {_told(path, problem)}" for problem in problems)
    return ({} if told else profiles), told


def parse_profiles(data: bytes, environ: Mapping[str, str]) -> tuple[Profiles, tuple[Problem, ...]]:
    """Read the file's text; never raises. The profiles count only where there is no problem."""
    report = Report()
    root = compose(data, report)
    profiles: dict[str, Profile] = {}
    if isinstance(root, Map):
        keys = Fields(report, root, "the file", _TOP)
        version = keys.get("version")
        if version and not isinstance(version, Reported):
            integer(report, version, "version", VERSION, VERSION)
        for name, settings in named(report, keys.get("services"), "services"):
            check_name(report, name.value, name.mark, "lock service")
            place = Place(report, environ, f"lock service `{shown(name.value)}`")
            profile = _profile(place, name.value, settings)
            if profile is not None:
                profiles[name.value] = profile
    elif root is not None:
        wrong_type(report, root, "the file", "a mapping with `version` and `services`")
    return profiles, report.problems


def _told(path: Path, problem: Problem) -> str:
    place = f"{path}:{problem.mark.line}:{problem.mark.column}"
    offered = problem.suggestion
    hint = f": did you mean `{offered}`?" if offered and offered not in problem.message else ""
    return f"{place}: {problem.message}{hint} ({problem.code})"


def _profile(place: Place, name: str, settings: Map) -> Profile | None:
    report = place.report
    kind = _kind(report, settings)
    if kind is None:
        return None
    keys = Fields(report, settings, place.where, KINDS[kind])
    url, headers = _url(place, keys, kind), read_headers(place, keys.get("headers"))
    calls = read_calls(place, keys)
    terms = ServiceTerms(
        name, kind, _names(report, keys, "organizations"), _names(report, keys, "resources")
    )
    return Profile(
        terms,
        url or Template(),
        _timeout(report, keys.get("timeout")),
        headers,
        calls,
        _ttl(report, keys),
        _login(place, keys),
    )


def _kind(report: Report, settings: Map) -> str | None:
    node = next((value for key, value in settings.entries if key.value == "type"), None)
    if node is None:
        kinds = " or ".join(f"`{kind}`" for kind in KINDS)
        report.add(settings.mark, "missing-key", f"a lock service has no `type`: {kinds}", "type:")
        return None
    return choice(report, node, "type", tuple(KINDS))


def _names(report: Report, keys: Fields, key: str) -> tuple[str, ...]:
    node = keys.get(key)
    return tuple(entry.value for entry in texts(report, node, key, least=1)) if node else ()


def _timeout(report: Report, node: Node | None) -> timedelta:
    timeout = duration(report, node, "timeout", zero=False) if node else None
    if node and timeout and timeout > LONGEST:
        message = f"`timeout` is at most {LONGEST.total_seconds():.0f}s: a repository waits for it"
        report.add(node.mark, "wrong-value", message, "30s")
    return timeout or TIMEOUT


def _ttl(report: Report, keys: Fields) -> timedelta | None:
    node = keys.get("ttl")
    if node is None:
        if "renew" in keys:
            message = "`renew` needs `ttl`: how long a grant lasts that is not renewed"
            report.add(keys.key_mark("renew"), "missing-key", message, "ttl: 60s")
        return None
    ttl = duration(report, node, "ttl", zero=False)
    if ttl and ttl < SHORTEST_TTL:
        message = "`ttl` is at least 10s: it is renewed at a third of it"
        report.add(node.mark, "wrong-value", message, "60s")
    return ttl


def _login(place: Place, keys: Fields) -> tuple[Template, ...]:
    templates = []
    for key in ("username", "password"):
        node = keys.get(key)
        said = filled(place.report, node, key) if node else None
        made = read_template(place, said.value, said.mark) if said else None
        templates += [made] if made is not None else []
    if "username" in keys and "password" not in keys:
        message = "`username` needs `password`"
        place.report.add(keys.key_mark("username"), "missing-key", message, "password:")
    return tuple(templates)


def _url(place: Place, keys: Fields, kind: str) -> Template | None:
    node = keys.get("url")
    said = filled(place.report, node, "url") if node else None
    template = read_template(place, said.value, said.mark) if said else None
    if said is None or template is None:
        return None
    whole = len(template.parts) == 1
    wrong = _wrong_url(template.fixed(), SCHEMES.get(kind, WEB), whole=whole)
    if not wrong and kind == "redis" and not (whole and _DATABASE.fullmatch(template.fixed())):
        wrong = "is `redis://HOST:PORT` or `redis://HOST:PORT/NUMBER`, without `${{ }}`"
    if wrong:
        place.report.add(said.mark, "wrong-value", f"`url` {wrong}")
    return template


def _wrong_url(begins: str, schemes: tuple[str, ...], *, whole: bool) -> str | None:
    """What is wrong with a URL that *begins* so; its host must be written out."""
    try:
        parts = urlsplit(begins)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme not in schemes or not host or port == 0:
        either = " or ".join(f"{scheme}://" for scheme in schemes)
        return f"must begin with {either} and a host that is written out"
    if not whole and not parts.path:
        return "must name its host without `${{ }}`: that host alone is spoken to"
    if parts.username is not None or parts.password is not None:
        login = "`headers`" if schemes is WEB else "`username` and `password`"
        return f"must not hold a user's name or password: write them as {login}"
    odd = "#" in begins or "?" in begins or not begins.isascii()
    return "is a plain address: write what follows a `?` into `path`" if odd else None
