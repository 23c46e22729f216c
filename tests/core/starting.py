"""A starter for a repository in which one word is everywhere."""

from __future__ import annotations

from app.core.config.starter.assemble import Starter, starter
from app.core.config.starter.found import Listing
from app.core.config.starter.places import places, wanted
from app.core.text.starter_file import starter_file

KUSTOMIZATION = b"images: [{name: web, newTag: v1}]"
WORKFLOW = "on: push\njobs: {{e2e: {{name: {}}}}}\n"


def starter_of(word: str) -> Starter:
    """With *word* as the name of a folder, a link, a branch, a workflow and a check."""
    files = {
        f"{app}/overlays/{name}/kustomization.yaml" for app in ("a", word) for name in ("dev", word)
    }
    files |= {f"b/envs/{name}/x" for name in ("dev", word)}
    workflows = {f".github/workflows/{name}e2e.yml" for name in ("", word)}
    listing = Listing(
        tuple(sorted(files | workflows)),
        (f"a/overlays/{word}x",),
        (f"a/overlays/{word}",),
        (f"env/{word}",),
    )
    found = places(listing)
    contents = {path: KUSTOMIZATION for path in wanted(found) if path not in workflows}
    contents |= dict.fromkeys(workflows, WORKFLOW.format(word).encode("utf-8", "replace"))
    return starter(listing, found, contents, "main", starter_file)
