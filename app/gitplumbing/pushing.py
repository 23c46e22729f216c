"""`git push` by compare-and-swap: its arguments, and what its answer means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.core.model.facts import RefUpdate
from app.errors import Conflict, Denied, OutsideError, Rejected, Transient
from app.gitplumbing.failures import cleaned

_STATUS = re.compile(r"(?m)^!\t[^\t]*:(?P<ref>[^\t]+)\t\[(?P<kind>[^\]]+)\](?: \((?P<why>.*)\))?$")
_RULE = re.compile(r"hook declined|rule violations|GH0\d\d|protected branch")
# https://git-scm.com/docs/git-push#_output; the texts are receive-pack's and refs/files-backend's.
_RACE = re.compile(
    r"but expected|reference already exists|unable to resolve reference|incorrect old value"
    r"|\.lock': File exists"
)
_UNSURE = re.compile(r"Internal Server Error|failed to report status|unpack|timed? ?out")
_PERMISSION = re.compile(r"without `?\w+`? (?:permission|scope)|ermission denied")


def arguments(updates: Sequence[RefUpdate], *, atomic: bool) -> list[str]:
    """Build the command: an empty lease says that the ref must not exist."""
    leases = [f"--force-with-lease={update.ref}:{update.expected or ''}" for update in updates]
    specs = [f"{update.new or ''}:{update.ref}" for update in updates]
    options = ["--porcelain", "--no-verify", "--no-follow-tags", "--no-signed"]
    return ["push", *options, *(["--atomic"] if atomic else []), *leases, "origin", *specs]


def lacks_atomic(err: bytes) -> bool:
    """Tell whether the server cannot move several refs at once."""
    return b"does not support --atomic" in err


def refusal(
    doing: str, out: bytes, err: bytes, updates: Sequence[RefUpdate], secrets: Iterable[str]
) -> OutsideError | None:
    """Read the porcelain's refused refs; None where the server refused none by name."""
    refused = [match.groupdict() for match in _STATUS.finditer(out.decode("utf-8", "replace"))]
    if not refused:
        return None
    # With --atomic the others fail only because the first did.
    first = next((r for r in refused if "atomic push fail" not in (r["why"] or "")), refused[0])
    ref, why = cleaned(first["ref"].encode(), secrets), cleaned((first["why"] or "").encode())
    if first["kind"] == "rejected":
        return Conflict(
            f"{doing}: {ref} is not where it was ({why}, expected {_old(ref, updates)})"
        )
    said = _said(err, secrets)
    return _by_server(why, said, f"{doing}: {ref} was refused ({why or first['kind']})")


def _by_server(why: str, said: str, message: str) -> OutsideError:
    full = f"{message}\n{said}".strip()
    if _RULE.search(why):
        return Rejected(full)
    if _RACE.search(f"{why}\n{said}"):
        return Conflict(message)
    if _PERMISSION.search(why):
        return Denied(full)
    if _UNSURE.search(why):
        return Transient(full, maybe_done=True)
    return Rejected(full)


def _said(err: bytes, secrets: Iterable[str]) -> str:
    """Keep what the server itself said: a rule's text, a hook's."""
    lines = cleaned(err, secrets).split("\n")
    return "\n".join(line.removeprefix("remote:").strip() for line in lines if "remote:" in line)


def _old(ref: str, updates: Sequence[RefUpdate]) -> str:
    expected = next((update.expected for update in updates if update.ref == ref), None)
    return expected[:7] if expected else "no such ref"
