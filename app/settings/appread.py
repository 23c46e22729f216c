"""Who we are at which GitHub: by the environment, else by what set-up kept in the data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.settings import kept
from app.settings.kept import KeptApp
from app.settings.reader import Reader
from app.settings.secret import Secret
from app.settings.servers import GITHUB, same_server


@dataclass(frozen=True, slots=True)
class AppRead:
    """Who we are, as the environment and the data folder say."""

    app_id: int | None
    private_key: Secret | None
    webhook_secrets: tuple[Secret, ...]
    github_url: str
    public_url: str | None
    kept: frozenset[str]
    """The variables that are not set and whose values the data folder has."""
    given: frozenset[str]
    """The variables of the same kind that the environment sets."""
    problem: str = ""
    """
    Why what was kept cannot be used; "": it can, or nothing was. Only for who must be the App.
    """


def read_app(read: Reader, data_dir: Path) -> AppRead:
    """
    Each variable for itself wins over what was kept. What was kept is one App's: where the
    environment names another App, none of it counts; where it names another GitHub and no App, that
    is a problem, because a key goes to no other server; and nothing is looked for where the
    environment says number, key and secret.
    """
    app_id, key = read.app_id(), read.key("PRIVATE_KEY")
    secrets = read.secrets("WEBHOOK_SECRET")
    github, public = read.url("GITHUB_URL"), read.url("PUBLIC_URL")
    has = {
        "STAGELOCK_APP_ID": app_id,
        "STAGELOCK_PRIVATE_KEY": key,
        "STAGELOCK_WEBHOOK_SECRET": secrets,
        "STAGELOCK_GITHUB_URL": github,
        "STAGELOCK_PUBLIC_URL": public,
    }
    given = frozenset(name for name, value in has.items() if value)
    whole = bool(app_id and key and secrets)
    try:
        ours = None if whole else _kept(data_dir, app_id, github)
    except kept.NotKept as no:
        problem, ours = str(no), None
    else:
        problem = ""
    if ours is None:
        return AppRead(app_id, key, secrets, github or GITHUB, public, frozenset(), given, problem)
    return AppRead(
        app_id or ours.app_id,
        key or ours.private_key,
        secrets or (ours.webhook_secret,),
        github or ours.github_url,
        public or ours.public_url,
        frozenset(has) - given,
        given,
    )


def _kept(data_dir: Path, app_id: int | None, github: str | None) -> KeptApp | None:
    kept_app = kept.load(data_dir)
    if kept_app is None or app_id not in {None, kept_app.app_id}:
        return None
    if github is None or same_server(github, kept_app.github_url):
        return kept_app
    if app_id is None:
        file = kept.file(data_dir)
        what = f"is {github}, and the App in {file} is one of {kept_app.github_url}"
        advice = "take the variable away, or the file to set up anew"
        raise kept.NotKept(f"STAGELOCK_GITHUB_URL {what}: {advice}")
    return None
