"""Git's way to GitHub is that of API calls: the same proxy, the same trust."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path

import certifi

from app.gitplumbing.environment import Setting, way_out
from app.settings import Settings

NAME = "authorities.pem"


def git_way(settings: Settings) -> tuple[Setting, ...]:
    """How Git reaches the server that the settings name."""
    outgoing = settings.outgoing
    proxy = outgoing.proxy_for(settings.github_url)
    added = outgoing.ca_file
    trusted = bundle(settings.data_dir, added) if added is not None else None
    return way_out(None if proxy is None else proxy.reveal(), trusted)


def bundle(folder: Path, added: Path) -> Path:
    """
    What this machine trusts, the well-known authorities and those of *added*: a file in *folder*.

    Git's `http.sslCAInfo` takes the place of everything that is trusted otherwise:
    https://git-scm.com/docs/git-config (http.sslCAInfo)
    """
    system = ssl.get_default_verify_paths().cafile
    parts = [Path(file).read_bytes() for file in (system, certifi.where(), added) if file]
    folder.mkdir(parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(dir=folder, prefix="authorities-")
    with os.fdopen(handle, "wb") as file:
        file.write(b"\n".join(parts))
    place = folder / NAME
    Path(made).replace(place)  # other processes read it meanwhile
    return place
