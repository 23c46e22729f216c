"""
What versions of GitHub's REST API differ in, as far as the sandbox answers it.

GitHub's description marks each change (`x-github-breaking-changes` in `@octokit/openapi`); a test
holds this list against it. https://docs.github.com/en/rest/about-the-rest-api/breaking-changes
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

OLDEST = "2022-11-28"
"""What a request without a version is answered in."""
REMOVED: Mapping[str, frozenset[str]] = {
    OLDEST: frozenset(),
    "2026-03-10": frozenset(
        {
            "assignee",
            "has_downloads",
            "master_branch",
            "merge_commit_sha",
            "rate",
            "use_squash_pr_title_as_default",
        }
    ),
}
"""Version -> the fields that its answers no longer have."""


def names_any(fields: Collection[str] | None, text: bytes) -> bool:
    """Tell whether the JSON *text* may have one of *fields*: a quick look, before it is read."""
    return any(f'"{name}"'.encode() in text for name in fields or ())


def answered_in(version: str, answer: Any) -> Any:
    """The JSON *answer* as *version* gives it."""
    gone = REMOVED[version]
    if isinstance(answer, list):
        return [answered_in(version, entry) for entry in answer]
    if isinstance(answer, dict):
        return {k: answered_in(version, v) for k, v in answer.items() if k not in gone}
    return answer
