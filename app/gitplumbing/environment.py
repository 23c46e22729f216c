"""Where git may look and what it may start: the environment of every git process of ours."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Setting = tuple[str, str]

QUARANTINE = (
    "GIT_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
)
"""What receive-pack hands to a pre-receive hook, and git needs to see the pushed objects."""

_PROXIES = tuple(
    spelled
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
    for spelled in (name, name.upper())
)
_AUTHORITIES = "http.sslCAInfo"
_TRUST = ("GIT_SSL_CAINFO", "GIT_SSL_CAPATH")
_SETTINGS: tuple[Setting, ...] = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.quotePath", "false"),
    ("credential.helper", ""),
    # Only what we use: no ext::, no ssh with its own configuration.
    ("protocol.allow", "never"),
    ("protocol.https.allow", "always"),
    ("protocol.http.allow", "always"),
    ("protocol.file.allow", "never"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("push.recurseSubmodules", "no"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "60"),
    ("advice.fetchShowForcedUpdates", "false"),
)


FILES: Setting = ("protocol.file.allow", "always")
"""Where the remote is a folder of this machine: the hook's trial, and tests."""


def environment(
    base: Mapping[str, str], *, settings: Iterable[Setting] = (), keep: Iterable[str] = ()
) -> dict[str, str]:
    """
    Make git's environment out of *base*: no inherited ``GIT_*`` but *keep*, none of our settings
    (keys and tokens among them), no configuration files but the repository's own, no prompt, no
    hooks, English messages.

    *settings* are added as configuration by environment
    (https://git-scm.com/docs/git-config#ENVIRONMENT), so that they show in no process list.
    """
    settings = tuple(settings)
    # Git prefers these variables to our setting.
    trust = () if any(name == _AUTHORITIES for name, _ in settings) else _TRUST
    kept = {*keep, *trust}
    foreign = ("GIT_", "STAGELOCK_")
    clean = {k: v for k, v in base.items() if not k.startswith(foreign) or k in kept}
    for name in ("SSH_ASKPASS", "XDG_CONFIG_HOME", "LANGUAGE", *_PROXIES):
        clean.pop(name, None)
    clean |= {
        # No ~/.netrc: credentials come from us or not at all.
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
    return clean | _as_environment((*_SETTINGS, *settings))


def way_out(proxy: str | None, authorities: Path | None) -> tuple[Setting, ...]:
    """
    Reach servers through *proxy* (None: directly) and trust *authorities*, a file in PEM.

    What the environment says of proxies counts for nothing: `environment` leaves it out.
    """
    settings: tuple[Setting, ...] = (("http.proxy", proxy or ""),)
    if authorities is not None:
        trusted = str(authorities)
        settings += ((_AUTHORITIES, trusted), ("http.proxySSLCAInfo", trusted))
    return settings


def credentials(url: str, token: str | None) -> tuple[Setting, ...]:
    """
    Give *token* to the host of *url* and to no other, as GitHub wants it of Apps
    (https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app).
    """
    from urllib.parse import urlsplit  # noqa: PLC0415  (the hook starts without it)

    parts = urlsplit(url)
    if not token or parts.scheme not in ("http", "https"):
        return ()
    return ((f"http.{parts.scheme}://{parts.netloc}/.extraHeader", _header(token)),)


def spellings(token: str | None) -> tuple[str, ...]:
    """Every form in which *token* could show up in a text."""
    if not token:
        return ()
    header = _header(token)
    return (header, header.rpartition(" ")[2], token)


def _header(token: str) -> str:
    import base64  # noqa: PLC0415  (the hook starts without it)

    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return f"Authorization: Basic {basic}"


def _as_environment(settings: tuple[Setting, ...]) -> dict[str, str]:
    numbered = {"GIT_CONFIG_COUNT": str(len(settings))}
    for n, (key, value) in enumerate(settings):
        numbered[f"GIT_CONFIG_KEY_{n}"] = key
        numbered[f"GIT_CONFIG_VALUE_{n}"] = value
    return numbered
