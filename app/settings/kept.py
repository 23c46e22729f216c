"""
The App's credentials as set-up keeps them: one file of the data folder, written once, as a whole.

They count where the environment says nothing; see `appread`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path

from app.settings import private
from app.settings.secret import Secret


@dataclass(frozen=True, slots=True)
class KeptApp:
    """One App of one GitHub, with all that it takes to be it."""

    app_id: int
    slug: str
    owner: str
    """The login of its account."""
    page: str
    """Its public page."""
    private_key: Secret
    webhook_secret: Secret
    client_id: str
    client_secret: Secret
    github_url: str
    public_url: str


class NotKept(Exception):
    """It is there and cannot be used; the text is a sentence with what to do."""


def folder(data_dir: Path) -> Path:
    """Where all of set-up lies."""
    return data_dir / "app"


def file(data_dir: Path) -> Path:
    """The one file of the credentials."""
    return folder(data_dir) / "credentials.json"


def is_there(data_dir: Path) -> bool:
    """Whether credentials were kept; cheap enough for every request."""
    return file(data_dir).exists()


def load(data_dir: Path) -> KeptApp | None:
    """What was kept, None where nothing was; `NotKept`."""
    try:
        content = private.read(file(data_dir))
    except private.Exposed as problem:
        raise NotKept(str(problem)) from problem
    if content is None:
        return None
    try:
        return _read(json.loads(content))
    except (ValueError, KeyError, TypeError, RecursionError):
        what = f"{file(data_dir)} does not hold an App's credentials (any more)"
        raise NotKept(f"{what}: bring it back from a backup, or remove it to set up anew") from None


def keep(data_dir: Path, app: KeptApp) -> bool:
    """Keep *app* for good; False where there is one already. `NotKept`: nothing was kept."""
    text = json.dumps({name: _plain(getattr(app, name)) for name in _NAMES}, indent=1)
    try:
        return private.write_first(file(data_dir), text.encode())
    except private.Exposed as problem:
        raise NotKept(str(problem)) from problem
    except OSError as error:
        what = f"{folder(data_dir)} cannot be written to ({error.strerror})"
        raise NotKept(f"{what}: the App's credentials were not kept") from error


_NAMES = tuple(field.name for field in fields(KeptApp))
_SECRETS = frozenset({"private_key", "webhook_secret", "client_secret"})


def _plain(value: object) -> object:
    return value.reveal() if isinstance(value, Secret) else value


def _read(data: dict[str, object]) -> KeptApp:
    values = {name: data[name] for name in _NAMES}
    number = values.pop("app_id")
    if not isinstance(number, int) or not all(isinstance(value, str) for value in values.values()):
        raise TypeError
    texts = {name: str(value) for name, value in values.items()}
    hidden = {name: Secret(texts.pop(name)) for name in _SECRETS}
    return KeptApp(app_id=number, **texts, **hidden)  # type: ignore[arg-type] # texts and secrets
