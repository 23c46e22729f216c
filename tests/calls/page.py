"""
docs/github.md, as far as it is made from what the code does.

``python -m tests.calls.page`` writes it anew.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.github.endpoints import ENDPOINTS, Endpoint
from app.github.meanings import COMMON, TABLE, Meaning
from app.github.permissions import kind_for
from app.github.rules import RULES
from app.settings.apiversions import API_VERSIONS, NEWEST
from tests.calls.recording import Reads, reads
from tests.sandbox.schema import fields_of, operation_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "github.md"
SERVERS: Mapping[str, Any] = json.loads((ROOT / "tests/data/github/ghes.json").read_text())
MARK = re.compile(r"(<!-- made by tests/calls: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def operation(endpoint: Endpoint) -> str:
    """GitHub's name for the operation behind a call of ours."""
    path = re.sub(r"\{(\w+)\}", "1", endpoint.path)
    found = operation_of(endpoint.method, path)
    assert found is not None, endpoint
    return found


def answered(endpoint: Endpoint) -> dict[str, frozenset[str]]:
    """Version of the API, or of GHES -> the fields that it answers with; none if it has no such."""
    name = operation(endpoint)
    found = {version: fields_of(name, version) for version in API_VERSIONS}
    for server, about in SERVERS.items():
        known = found[API_VERSIONS[0]] - set(about["lacks"].get(name, ()))
        found[f"GHES {server}"] = known if name in about["operations"] else frozenset()
    return found


def there(endpoint: Endpoint) -> dict[str, bool]:
    """Version of the API, or of GHES -> whether it has the call."""
    name = operation(endpoint)
    has = {f"GHES {server}": name in about["operations"] for server, about in SERVERS.items()}
    return dict.fromkeys(API_VERSIONS, True) | has


def calls(found: Reads) -> str:
    """Each call, where it is, with which token it goes, and what of the answer is read."""
    versions = list(there(ENDPOINTS[0]))
    lines = [
        f"| call | token | {' | '.join(versions)} | we read |",
        f"|---|---|{'---|' * len(versions)}---|",
    ]
    for rule in (*ENDPOINTS, *RULES):
        has = there(rule)
        known = answered(rule)[NEWEST]
        read = sorted(found.get(rule, set()) & known)
        told = ", ".join(f"`{name}`" for name in read) or "–"
        token = (
            "a person's" if rule in RULES else kind_for(rule) if rule.permission else "the App's"
        )
        marks = " | ".join("yes" if has[version] else "no" for version in versions)
        lines.append(f"| `{rule.method} {rule.path}` | {token} | {marks} | {told} |")
    return "\n".join(lines) + "\n"


def refusals() -> str:
    """What answers of 4xx to calls that write mean."""
    lines = ["| call | answer | where it says | it means | we |", "|---|---|---|---|---|"]
    lines += [
        f"| `{endpoint.method} {endpoint.path}` | {status} | {_said(entry)} | {entry.means} | {entry.we} |"
        for (endpoint, status), entries in TABLE.items()
        for entry in entries
    ]
    lines += [
        f"| any other | {status} | | {one.means} | {one.we} |" for status, one in COMMON.items()
    ]
    return "\n".join(lines) + "\n"


def _said(one: Meaning) -> str:
    return f"`{one.said}`".replace("|", "\\|") if one.said else ""


def made(text: str, found: Reads) -> str:
    """The page *text* with what is made of the code as it is now."""
    parts = {"calls": calls(found), "refusals": refusals()}
    return MARK.sub(lambda match: match[1] + parts[match[2]] + match[3], text)


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder:
        found = reads(Path(folder) / "hub", NEWEST)
    PAGE.write_text(made(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)} is written\n")


if __name__ == "__main__":
    main()
