"""Single variables: each is parsed, and what is wrong with it is collected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import SplitResult, urlsplit

from app.core.locks.quota import Quota
from app.settings.apiversions import API_VERSIONS, NEWEST, OLDEST
from app.settings.environment import Variables
from app.settings.secret import ApiToken, Secret

LogFormat = Literal["json", "text"]
Scope = Literal["read", "promote", "lock", "admin"]
STANDARD_OUTPUT = "-"
"""Where a file may be named, the process's own output."""
DATABASES = ("sqlite", "postgres")
"""How a database's URL begins."""
_QUOTA = fields(Quota)
SCOPES: frozenset[str] = frozenset(get_args(Scope))


class Reader:
    """Reads single variables and collects what is wrong; a bad value reads as the default."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._variables = Variables(environ)
        self.problems = self._variables.problems

    def text(self, name: str) -> str | None:
        return self._variables.get(name) or None

    def misspelt(self) -> None:
        """Once everything was read: what is nearly the name of a setting is wrong, too."""
        self.problems += self._variables.misspelt()

    def problem(self, name: str, text: str) -> None:
        self.problems.append(f"STAGELOCK_{name} {text}")

    def path(self, name: str) -> Path | None:
        text = self.text(name)
        return None if text is None else Path(text).expanduser()

    def number(
        self, name: str, default: float, *, low: float, high: float = 1e9, whole: bool = False
    ) -> float:
        text = self.text(name)
        if text is None:
            return default
        try:
            value = float(int(text) if whole else float(text))
        except ValueError:
            value = float("nan")
        if low <= value <= high:
            return value
        kind = f"a whole number from {low:g} to {high:g}" if whole else f"a number from {low:g} up"
        self.problem(name, f"is {text!r}: expected {kind}")
        return default

    def api_version(self, *, cloud: bool) -> str:
        """Of GitHub's REST API; by default the one that every server of that kind speaks."""
        text = self.text("GITHUB_API_VERSION")
        if text is not None and text not in API_VERSIONS:
            self.problem("GITHUB_API_VERSION", f"is {text!r}: expected {' or '.join(API_VERSIONS)}")
        return text or (NEWEST if cloud else OLDEST)

    def app_id(self) -> int | None:
        text = self.text("APP_ID")
        if text is None or (text.isascii() and text.isdigit() and int(text) > 0):
            return None if text is None else int(text)
        self.problem("APP_ID", f"is {text!r}: expected the App's number, not its client id or name")
        return None

    def url(self, name: str) -> str | None:
        text = self.text(name)
        if text is None:
            return None
        wrong = url_problem(text)
        if wrong is None:
            return text.rstrip("/")
        self.problem(name, wrong)
        return None

    def database(self) -> Secret | None:
        """The database's URL, of a kind that we know; never quoted, it may hold a password."""
        text = self.text("DATABASE_URL")
        if text and not text.startswith(DATABASES):
            self.problem("DATABASE_URL", "must begin with sqlite: or postgresql:")
        return Secret(text) if text else None

    def secret(self, name: str) -> Secret | None:
        text = self.text(name)
        return None if text is None else Secret(text)

    def secrets(self, name: str) -> tuple[Secret, ...]:
        parts = (part.strip() for part in (self.text(name) or "").split(","))
        return tuple(Secret(part) for part in parts if part)

    def key(self, name: str) -> Secret | None:
        r"""PEM text (also with ``\n`` written out, as some secret stores do), or a file's path."""
        text = self.text(name)
        if text is None:
            return None
        if not text.startswith("-----BEGIN "):
            text = self._file(name, text)
        text = text.replace("\\n", "\n").strip()
        if text and "PRIVATE KEY-----" not in text:
            self.problem(name, "is no private key: expected PEM text, or the path of such a file")
        return Secret(text + "\n") if text else None

    def signing_key(self) -> Secret | None:
        """An ed25519 private key, given as `key` takes keys."""
        secret = self.key("SIGNING_KEY")
        if secret is None or "PRIVATE KEY-----" not in secret.reveal():
            return secret
        from app.settings.sshkey import KeyProblem, signing_key  # noqa: PLC0415  (takes 50 ms)

        try:
            signing_key(secret.reveal())
        except KeyProblem as problem:
            self.problem("SIGNING_KEY", str(problem))
        return secret

    def _file(self, name: str, text: str) -> str:
        # The value is not repeated: a key pasted without its first line would be shown.
        try:
            content = Path(text).expanduser().read_text(encoding="ascii")
        except (OSError, ValueError):
            self.problem(name, "is neither PEM text nor the path of a file that can be read")
            return ""
        if not content.strip():
            self.problem(name, "names an empty file")
        return content

    def api_tokens(self) -> tuple[ApiToken, ...]:
        tokens: dict[str, ApiToken] = {}
        entries = [part.strip() for part in (self.text("API_TOKENS") or "").split(",")]
        for place, entry in enumerate(filter(None, entries), start=1):
            name, scopes, token = ([*entry.split(":", 2), "", ""])[:3]
            wanted = frozenset(scopes.split("+"))
            if not (name and token):
                self.problem("API_TOKENS", f"entry {place} is not NAME:SCOPES:TOKEN")
            elif not wanted <= SCOPES:
                known = ", ".join(sorted(SCOPES))
                self.problem("API_TOKENS", f"entry {place} has an unknown scope (known: {known})")
            elif name in tokens:
                self.problem("API_TOKENS", f"entry {place} has the name of an earlier one")
            else:
                tokens[name] = ApiToken(name, wanted, Secret(token))
        return tuple(tokens.values())

    def lock_quota(self) -> Quota:
        """Three whole numbers: of a repository, of a pull request, with a token."""
        text = self.text("LOCK_QUOTA")
        if text is None:
            return Quota()
        parts = [part.strip() for part in text.split(",")]
        numbers = [int(part) for part in parts if re.fullmatch(r"[0-9]{1,6}", part)]
        if len(parts) == len(numbers) == len(_QUOTA) and min(numbers) > 0:
            return Quota(*numbers)
        self.problem("LOCK_QUOTA", f"is {text!r}: expected three numbers, such as 20,5,200")
        return Quota()

    def flag(self, name: str, *, default: bool) -> bool:
        text = self.text(name)
        if text not in {None, "true", "false"}:
            self.problem(name, f"is {text!r}: expected true or false")
        return default if text is None else text == "true"

    def address(self, name: str) -> tuple[str, int] | None:
        text = self.text(name)
        if text is None:
            return None
        host, _, port = text.rpartition(":")
        if host and port.isascii() and port.isdigit() and int(port) <= 65535:
            return host.removeprefix("[").removesuffix("]"), int(port)
        self.problem(name, f"is {text!r}: expected HOST:PORT, such as 127.0.0.1:9090")
        return None

    def audit_log(self) -> str | None:
        """A file in a folder that is there, or `STANDARD_OUTPUT`."""
        text = self.text("AUDIT_LOG")
        if text is None or text == STANDARD_OUTPUT:
            return text
        path = Path(text).expanduser()
        if path.is_dir():
            self.problem("AUDIT_LOG", f"is {text!r}, a folder: name a file in it, or -")
        elif not path.parent.is_dir():
            self.problem("AUDIT_LOG", f"is {text!r}: there is no folder {path.parent}")
        return str(path)

    def log_format(self) -> LogFormat:
        text = self.text("LOG_FORMAT")
        if text not in {None, "json", "text"}:
            self.problem("LOG_FORMAT", f"is {text!r}: expected json or text")
        return "json" if text == "json" else "text"


def url_problem(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "is not a URL"
    if not valid:
        return "is not an http:// or https:// URL"
    return _url_extras(parts)


def _url_extras(parts: SplitResult) -> str | None:
    if parts.username or parts.password:
        return "must not hold a user name or password"
    if parts.query or parts.fragment:
        return "must not have a query or a fragment"
    return None
