"""The files of manifests/deploy, read."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "manifests/deploy"
SECRETS = {"DATABASE_URL", "PRIVATE_KEY", "WEBHOOK_SECRET"}
Json = dict[str, Any]


def documents() -> list[Json]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")))


def pods() -> Iterator[tuple[str, Json]]:
    for document in documents():
        if "template" in document.get("spec", {}):
            yield document["metadata"]["name"], document["spec"]["template"]["spec"]


def with_app(text: str) -> str:
    """A deploy file as for an App that is there already: its lines about the App are no comments."""
    return re.sub(
        r"^( *)#(?=\S.*(?:app\.pem|app-key|webhook-secret|STAGELOCK_APP_ID:))",
        r"\1",
        text,
        flags=re.MULTILINE,
    )


def compose(*, app: bool = True) -> Json:
    """*app*: as for an App that is there already; else as it is."""
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    found: Json = yaml.safe_load(with_app(text) if app else text)
    return found


def taken(path: str) -> bool:
    """Whether the build sees *path*: the last line of .dockerignore that matches it decides."""
    parts = path.split("/")
    places = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    ignored = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        rule = line.strip()
        if not rule or rule.startswith("#"):
            continue
        keeps, pattern = rule.startswith("!"), rule.removeprefix("!")
        forms = {pattern, pattern.removeprefix("**/")}
        names = places if not pattern.startswith("**/") else [*places, *parts]
        if any(fnmatch.fnmatchcase(name, form) for name in names for form in forms):
            ignored = not keeps
    return not ignored
