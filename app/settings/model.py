"""All settings together, and which of them a command needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app.core.locks.quota import Quota
from app.settings.appkey import app_key_problem
from app.settings.appread import read_app
from app.settings.lock_profiles import Profiles
from app.settings.outgoing import Outgoing
from app.settings.outgoingread import read_outgoing
from app.settings.reader import LogFormat, Reader
from app.settings.secret import ApiToken, Secret
from app.settings.servers import api_url, is_cloud, oidc_issuer


class SettingsError(Exception):
    """Every problem found, as sentences that name the variable and never its value if secret."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class GitHubSettings:
    """What is needed to be the App; nothing in it is missing."""

    app_id: int
    private_key: Secret
    """PEM."""
    webhook_secrets: tuple[Secret, ...]
    """A signature by any of them counts, so that one can be replaced by another."""
    url: str
    """Where people look; without a trailing slash, as *api_url*."""
    api_url: str
    api_version: str | None
    """None: the newest that we know."""
    outgoing: Outgoing = field(default_factory=Outgoing)


@dataclass(frozen=True, slots=True)
class Settings:
    """
    The environment, parsed; who we are, also from the data folder. URLs have no trailing slash.
    """

    database_url: Secret
    """Secret because it may hold a password."""
    data_dir: Path
    quiet_seconds: float
    """How long a glob waits after a push for checks that may still begin."""
    host: str
    port: int
    public_url: str | None
    """Where GitHub and people reach this server; None: nobody said."""
    app_id: int | None
    """None: no App was made yet, as *private_key*."""
    private_key: Secret | None
    """PEM."""
    webhook_secrets: tuple[Secret, ...]
    """A signature by any of them counts."""
    github_url: str
    """Where people look."""
    github_api_url: str
    github_api_version: str
    outgoing: Outgoing
    api_tokens: tuple[ApiToken, ...]
    url: str | None
    """For the command line: where it finds a server."""
    token: Secret | None
    """For the command line: how it shows itself to *url*."""
    oidc_issuer: str
    oidc_audience: str | None
    """What the tokens of CI jobs have to name; None: *public_url*."""
    lock_services: Profiles
    lock_quota: Quota
    signing_key: Secret | None
    """With it promotion commits are signed; None: they are not."""
    sweep_seconds: float
    """How often lost deliveries are made up for."""
    publish_locks: bool
    """The server has our hook, which reads the locks from refs."""
    log_format: LogFormat
    audit_log: str | None
    """Where each entry is written besides the database; "-" is standard output, None nowhere."""
    metrics_address: tuple[str, int] | None
    """Where metrics are served besides, (host, port); None: nowhere."""
    kept: frozenset[str]
    """The variables whose values come from the data folder."""
    given: frozenset[str]
    """The variables of the same kind that the environment sets."""
    kept_problem: str
    """Why what was kept cannot be used; "": it can, or nothing was kept."""
    given_api_url: str | None
    """Where the API is, where that does not follow from *github_url*; None: it does."""
    given_api_version: str | None
    """Which version the API speaks, where that was set; None: it was not."""

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Settings:
        """Read *environ*; `SettingsError` lists everything that is wrong with what is set."""
        read = Reader(environ)
        data_dir = read.path("DATA_DIR") or _data_home(environ) / "stagelock"
        app, given_api_url = read_app(read, data_dir), read.url("GITHUB_API_URL")
        settings = cls(
            database_url=read.database() or Secret(f"sqlite:///{data_dir / 'stagelock.db'}"),
            data_dir=data_dir,
            quiet_seconds=read.number("QUIET_SECONDS", 60.0, low=0),
            host=read.text("HOST") or "127.0.0.1",
            port=int(read.number("PORT", 8080, low=0, high=65535, whole=True)),
            public_url=app.public_url,
            app_id=app.app_id,
            private_key=app.private_key,
            webhook_secrets=app.webhook_secrets,
            github_url=app.github_url,
            github_api_url=given_api_url or api_url(app.github_url),
            github_api_version=read.api_version(cloud=is_cloud(app.github_url)),
            outgoing=read_outgoing(read, environ),
            api_tokens=read.api_tokens(),
            url=read.url("URL"),
            token=read.secret("TOKEN"),
            oidc_issuer=read.url("OIDC_ISSUER") or oidc_issuer(app.github_url),
            oidc_audience=read.text("OIDC_AUDIENCE"),
            lock_services=_lock_services(read, environ),
            lock_quota=read.lock_quota(),
            signing_key=read.signing_key(),
            sweep_seconds=read.number("SWEEP_SECONDS", 300.0, low=1),
            publish_locks=read.flag("PUBLISH_LOCKS", default=not is_cloud(app.github_url)),
            log_format=read.log_format(),
            audit_log=read.audit_log(),
            metrics_address=read.address("METRICS_ADDRESS"),
            kept=app.kept,
            given=app.given,
            kept_problem=app.problem,
            given_api_url=given_api_url,
            given_api_version=read.text("GITHUB_API_VERSION"),
        )
        _refuse_what_is_wrong(read)
        return settings

    @property
    def takes_clients(self) -> bool:
        """Others than stages and people may ask for locks: by a token for it, or by GitHub's."""
        by_token = any("lock" in token.scopes for token in self.api_tokens)
        return by_token or bool(self.oidc_audience or self.public_url)

    @property
    def nameless(self) -> bool:
        """Nothing says which App we are: neither the environment nor what set-up kept."""
        said = self.app_id or self.private_key or self.webhook_secrets or self.kept_problem
        return not said

    def require_github(self) -> GitHubSettings:
        """What a command needs that speaks as the App; `SettingsError` names what is not right."""
        if self.kept_problem:
            raise SettingsError((self.kept_problem,))
        problems = []
        if self.app_id is None:
            problems.append("STAGELOCK_APP_ID is not set: the App's number, from its settings page")
        if self.private_key is None:
            problems.append("STAGELOCK_PRIVATE_KEY is not set: the App's key as PEM, or its path")
        elif wrong := app_key_problem(self.private_key.reveal()):
            problems.append(f"STAGELOCK_PRIVATE_KEY {wrong}")
        if not self.webhook_secrets:
            problems.append(
                "STAGELOCK_WEBHOOK_SECRET is not set: without it deliveries cannot be trusted"
            )
        if problems or self.app_id is None or self.private_key is None:
            raise SettingsError(tuple(problems))
        return GitHubSettings(
            self.app_id,
            self.private_key,
            self.webhook_secrets,
            self.github_url,
            self.github_api_url,
            self.github_api_version,
            self.outgoing,
        )

    def sqlite_file(self) -> Path | None:
        """The database's file, where it is one."""
        text = self.database_url.reveal()
        return Path(text.removeprefix("sqlite:///")) if text.startswith("sqlite:///") else None

    def secrets(self) -> tuple[Secret, ...]:
        """Everything that must never be shown, for the log's redaction."""
        single = (self.private_key, self.token, self.signing_key)
        addresses = (self.database_url, self.outgoing.proxy)
        passwords = (
            urlsplit(secret.reveal()).password for secret in addresses if secret is not None
        )
        return (
            *(secret for secret in single if secret is not None),
            *self.webhook_secrets,
            *(entry.token for entry in self.api_tokens),
            *(secret for profile in self.lock_services.values() for secret in profile.secrets()),
            *(Secret(password) for password in passwords if password),
        )


def _refuse_what_is_wrong(read: Reader) -> None:
    """Once everything was read."""
    read.misspelt()
    if read.problems:
        raise SettingsError(tuple(read.problems))


def _lock_services(read: Reader, environ: Mapping[str, str]) -> Profiles:
    path = read.path("LOCK_SERVICES")
    if path is None:
        return {}
    from app.settings.lock_profile_file import read_profiles  # noqa: PLC0415  (few have one)

    profiles, problems = read_profiles(path, environ)
    for problem in problems:
        read.problem("LOCK_SERVICES", problem)
    return profiles


def _data_home(environ: Mapping[str, str]) -> Path:
    """The user's data folder, as the XDG base directory specification has it."""
    given = environ.get("XDG_DATA_HOME", "")
    if Path(given).is_absolute():
        return Path(given)
    home = environ.get("HOME", "")
    return (Path(home) if home else Path.home()) / ".local" / "share"
