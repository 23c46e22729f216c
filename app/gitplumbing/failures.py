"""What git's own words mean: its complaints, read as one of the five errors."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.errors import Denied, Missing, OutsideError, Rejected, Transient

MAX_TEXT = 1500
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?")
_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Control characters, and those that turn the direction of text around.
_UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

_SHA256 = re.compile(r"mismatched algorithms|(?:unknown|unsupported) object format")
_LIMITED = re.compile(r"(?:returned error:|HTTP) (?:429|5\d\d)|rate limit")
_DENIED = re.compile(
    r"Authentication failed|could not read (?:Username|Password)|Permission to .* denied"
    r"|Write access to repository not granted|(?:returned error:|HTTP) (?:401|403|407)"
    r"|Permission denied"
)
_UNACCEPTED = re.compile(
    rb"Authentication failed|could not read (?:Username|Password)|(?:returned error:|HTTP) 401"
)
_READ_ONLY = re.compile(r"Permission to .* denied|Write access to repository not granted")
_NEEDED = " (the App needs the permission contents: write)"
_MISSING = re.compile(
    r"repository '.*' not found|Repository not found|(?:returned error:|HTTP) (?:404|410)"
    r"|does not appear to be a git repository|not our ref|couldn't find remote ref"
)
_BROKEN = re.compile(
    r"is corrupt|bad object|unable to read (?:tree|[0-9a-f]{40})|not a git repository"
    r"|missing (?:blob|tree|commit) object|unable to find [0-9a-f]{40}|bad config"
    r"|(?:packfile|pack) .*(?:cannot be accessed|truncated|too short|corrupt|mismatch)"
    r"|inflate: data stream error|did not send all necessary objects|bad (?:tree|packed)"
    r"|unexpected line in .*packed-refs|invalid sha1 pointer|not a valid object|reference broken"
    r"|(?:could not|failed to) (?:parse|read) (?:commit|object|ref)"
)
_LOCKED = re.compile(r"Unable to create '[^']*\.lock': File exists")
# Said before anything was sent: https://curl.se/libcurl/c/libcurl-errors.html
_NOT_SENT = re.compile(r"unable to access|Could not resolve|[Ff]ailed to connect|Couldn't connect")


class Broken(Transient):
    """The repository on *this* machine seems to be damaged: ask git, and make it again."""

    damaged = True


class Locked(Transient):
    """A file in the repository on *this* machine is locked, by a git that lives or that died."""


def failure(
    doing: str, err: bytes, *, secrets: Iterable[str] = (), writing: bool = False
) -> OutsideError:
    """Read git's complaint *err*; what nobody knows is Transient: we could not find out."""
    text = cleaned(err, secrets)
    message = f"{doing}: {text or 'git ended without a word'}"
    if _SHA256.search(text):
        return Rejected(f"{doing}: it uses SHA-256 object ids, which are not supported yet")
    if _LIMITED.search(text):
        return Transient(message, maybe_done=writing and not _NOT_SENT.search(text))
    if _DENIED.search(text):
        return Denied(f"{message}{_NEEDED if writing and _READ_ONLY.search(text) else ''}")
    if _MISSING.search(text):
        return Missing(message)
    ours = "\n".join(line for line in text.split("\n") if not line.startswith("remote:"))
    if _BROKEN.search(ours):
        return Broken(message)
    if _LOCKED.search(text):
        return Locked(message)
    return Transient(message, maybe_done=writing and not _NOT_SENT.search(text))


def unaccepted(err: bytes) -> bool:
    """Tell whether the credentials were not taken (any more): nothing was done."""
    return _UNACCEPTED.search(err) is not None


def cleaned(raw: bytes, secrets: Iterable[str] = ()) -> str:
    """Make text for people of what a server or git wrote: no control characters, bounded."""
    text = _ENDS.sub("\n", _ESCAPES.sub("", raw.decode("utf-8", "replace")))
    text = _UNSEEN.sub("", text.replace("\t", " "))
    for secret in secrets:
        text = text.replace(secret, "***")
    lines = [stripped for line in text.split("\n") if (stripped := line.strip())]
    joined = "\n".join(lines)
    return joined if len(joined) <= MAX_TEXT else joined[: MAX_TEXT - 1] + "…"
