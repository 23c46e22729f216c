"""
Type what we told people to type, there where we told them: it must do something.

At the end of a flow every text that stands is read: the newest check runs, the last reply, and what
`/stagelock status` and `/why` answer then. One text of a kind is tried in a session, by whichever of
its processes meets it first: kinds are the words without names and numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from app.core.commands import Command, parse
from app.core.model.names import FIRST_FILE
from app.sandbox.demo.launch import SLUG
from app.sandbox.github.model import Comment, Repo, Run
from tests.flows.harness import REPO, Flow

MOST = 8
"""Suggestions that are typed at the end of one flow."""
_CODE = re.compile(r"`(/[a-z][^`]*)`")
_BARE = re.compile(
    r"(?<![\w`/])/(?:promote|retry|why|resume) [a-z0-9][a-z0-9._-]*[a-z0-9](?: [0-9a-f]{12})?"
)
_ECHO = re.compile(r"^Not done: `[^`]*`", re.MULTILINE)
"""A refusal begins with what was typed."""
_DONE = re.compile(r" is already verified in | already has .*, the newest")
"""What the command was for is so."""
_ELSE = re.compile(r"you are the only author|you have already approved|you are not one of them")
"""It is for somebody else than who types here, and the answer says for whom."""
_MOVED = re.compile(r"within the minute before your comment|which it did not show yet")
"""A pull request has just moved, as in a flow it may have: the answer says what to type instead."""
_PASSED = re.compile(r", which is newer\.")
"""A reply stays as it was when newer freight came; a run takes back what it suggested."""
_NAMES = re.compile(r"`[^`]*`|\[[^]]*\]\([^)]*\)|@\S+|\b[0-9a-f]{7,40}\b|\d+")


@dataclass(frozen=True)
class Told:
    """
    *command*, told in *text*, which stands *on* a pull request or a commit; *by_reply*: a reply told
    it, else a run.
    """

    on: int | str
    command: str
    text: str
    by_reply: bool = False

    @property
    def kind(self) -> tuple[str, str, str]:
        """The verb, where it is typed, and the words around it."""
        place = "pull" if isinstance(self.on, int) else "commit"
        return self.command.split()[0], place, _NAMES.sub("_", self.text)[:90]


class Kinds:
    """The kinds that were tried in this session, of which all its processes know by *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: set[tuple[str, str, str]] = set()

    def __contains__(self, kind: tuple[str, str, str]) -> bool:
        if kind not in self._known and self._file(kind).exists():
            self._known.add(kind)
        return kind in self._known

    def add(self, kind: tuple[str, str, str]) -> None:
        """Nobody needs to try it again."""
        self._known.add(kind)
        self._file(kind).touch()

    def _file(self, kind: tuple[str, str, str]) -> Path:
        return self._folder / sha256("\0".join(kind).encode()).hexdigest()


Seen = Kinds | set[tuple[str, str, str]]


def typed(flow: Flow, seen: Seen) -> list[str]:
    """Type each suggestion of a kind that is not *seen* yet; what was answered "Not done"."""
    world = flow.world
    world.faults.clear()
    world.weather.lost = world.weather.doubled = None
    world.weather.delay = 0.0
    if not any(repo.full_name == REPO for repo in list(world.hub.repos.values())):
        return []
    wrong = _type(flow, _told, seen)
    state = _state(flow)
    if wrong or state in seen:
        return wrong
    seen.add(state)
    return _type(flow, _asked, seen)


def _state(flow: Flow) -> tuple[str, str, str]:
    """What the titles say that stand there, without names and numbers: `/why` would say no more."""
    titles = {
        _NAMES.sub("_", run.title) for run in _newest(flow, flow.world.repo(REPO)) if run.title
    }
    pulls = flow.world.pulls(REPO, "open")
    return "asked", "pull" if pulls else "commit", "\n".join(sorted(titles))


def _type(flow: Flow, texts: Callable[[Flow], Iterator[Told]], seen: Seen) -> list[str]:
    done: set[tuple[int | str, str]] = set()
    for _ in range(MOST):
        told = next((text for text in texts(flow) if text.kind not in seen), None)
        if told is None:
            break
        seen.add(told.kind)
        if (told.on, told.command) in done:
            continue  # another text told the same, and what it was for has begun
        answer = say(flow, told.on, told.command)
        fine = (
            _DONE.search(answer or "")
            or _MOVED.search(answer or "")
            or _ELSE.search(answer or "")
            or (told.by_reply and _PASSED.search(answer or ""))
        )
        is_wrong = answer is not None and answer.startswith("Not done") and not fine
        if is_wrong and (told.by_reply or _still_stands(flow, texts, told)):
            return [f"{told.command!r} on {told.on}: told in {told.text!r}: {answer!r}"]
        done.add((told.on, told.command))
    return []


def _still_stands(flow: Flow, texts: Callable[[Flow], Iterator[Told]], told: Told) -> bool:
    """Not, where only the text was behind: a run's words follow within a minute."""
    flow.passes(minutes=1)
    return any((text.command, text.text) == (told.command, told.text) for text in texts(flow))


def say(flow: Flow, on: int | str, words: str) -> str | None:
    """Alice, a maintainer, comments; what we answer, if anything."""
    flow.world.comment(REPO, on, words, by="alice")
    flow.settle()
    return next((c.body for c in reversed(_replies(flow)) if on in (c.number, c.sha)), None)


def _told(flow: Flow) -> Iterator[Told]:
    """What stands there now: the newest runs, and the reply after which nothing was done."""
    repo = flow.world.repo(REPO)
    for reply in _replies(flow)[-1:]:
        on = reply.number if reply.number is not None else reply.sha
        if on is not None:
            yield from (replace(told, by_reply=True) for told in _found(on, reply.body))
    heads = {pull.head_sha: pull for pull in flow.world.pulls(REPO)}
    for run in _newest(flow, repo):
        pull = heads.get(run.head_sha)
        theirs = pull is not None and pull.user.login != f"{SLUG}[bot]"
        if theirs or (pull is not None and pull.head == FIRST_FILE):
            continue  # it says what may be typed once it is merged
        on = pull.number if pull is not None else run.head_sha
        yield from _found(on, f"{run.title}\n{run.summary}")


def _asked(flow: Flow) -> Iterator[Told]:
    """What is answered now on an open pull request, or else at the newest commit."""
    branch = flow.world.repo(REPO).default_branch
    stages = sorted({promotion.stage for promotion in flow.promotions()})
    words = "\n".join(("/stagelock status", *(f"/why {stage}" for stage in stages)))
    pulls: list[int | str] = [p.number for p in flow.world.pulls(REPO, "open")]
    place = (*pulls, flow.world.tip(REPO, branch))[0]
    if place is not None:
        yield from _found(place, say(flow, place, words) or "")


def _found(on: int | str, text: str) -> Iterator[Told]:
    text = _ECHO.sub("", text)
    for line in text.splitlines():
        for words in (*_CODE.findall(line), *_BARE.findall(_CODE.sub("", line))):
            found = parse(words)
            if found and isinstance(found[0], Command) and not _is_form(found[0]):
                yield Told(on, words, line)


def _is_form(command: Command) -> bool:
    """The help says what may be typed, in capitals: nobody types that."""
    said = (command.stage, "stage"), (command.group, "group"), (command.freight, "freight")
    return any(name == form for name, form in said)


def _replies(flow: Flow) -> list[Comment]:
    return [c for c in flow.world.comments(REPO) if c.user.login == f"{SLUG}[bot]"]


def _newest(flow: Flow, repo: Repo) -> list[Run]:
    hub = flow.world.hub
    with hub.lock:
        ours = hub.app(SLUG).id
        runs = [r for r in hub.runs.values() if (r.repo_id, r.app_id) == (repo.id, ours)]
    return list({(run.name, run.head_sha): run for run in runs}.values())
