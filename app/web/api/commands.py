"""Commands that act: stored in one queue with people's comments, and taken by the next look."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.core.commands import USAGES, Command, CommandProblem, parse, scope_of
from app.core.model.comments import CommandRecord, token_actor
from app.core.model.documents import Document
from app.core.text import replies
from app.core.text.rights import people_alone
from app.core.text.terminal import plain
from app.engine.commands.replies import event_of
from app.engine.queue.work_keys import repo_key
from app.web.api.bodies import read_wait
from app.web.api.call import ApiAnswer, Call
from app.web.problems import Problem, wrong

_KEY = re.compile(r"[A-Za-z0-9._-]{1,100}")
_FIELDS = ("key", "command")
_APPROVALS = frozenset({"approve", "unapprove"})


def act(call: Call) -> ApiAnswer:
    """
    Say a command as the token's name; with `wait` until it was taken.

    The same *key* again is the same command: it takes effect once, and its answer is told again.
    """
    seconds, repo_id = read_wait(call.query), call.repository().id
    record = _record(call)
    store = call.store
    store.history.add_command(repo_id, record)
    event = event_of(repo_id, record)
    if (decided := _decided(call, repo_id, event)) is None:
        store.work.touch(repo_key(repo_id))
        decided = call.waits.until(seconds, lambda: _decided(call, repo_id, event))
    shown: Document = decided or {"state": "pending", "effective": None, "answer": None}
    value = {"key": call.body["key"], "event": event, **shown}
    return ApiAnswer(value, 202 if decided is None else 200)


def _decided(call: Call, repo_id: int, event: str) -> Document | None:
    """What was answered, once it is; the audit has it."""
    for entry in call.store.audit.find(event):
        if entry.repo_id == repo_id:
            answer = plain_lines(str(entry.entry.get("answer") or ""))
            effective = bool(entry.entry.get("effective"))
            return {"state": "done", "effective": effective, "answer": answer}
    return None


def plain_lines(text: str) -> str:
    """Markdown of ours as lines that a terminal shows."""
    return "\n".join(plain(line) for line in text.splitlines())


def _record(call: Call) -> CommandRecord:
    key, text, command = _fields(call.body)
    _may(call, command)
    now, name = call.clock(), call.by.name
    return CommandRecord(
        key=f"api-{name}-{key}",
        order=int(now.timestamp() * 1000),
        kind="api",
        body=text,
        user=token_actor(name),
        created_at=now,
        seen_at=now,
    )


def _fields(body: Mapping[str, object]) -> tuple[str, str, Command]:
    for name in body:
        if name not in _FIELDS:
            raise wrong(name, "there is no such field")
    key, text = body.get("key"), body.get("command")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise wrong("key", "a name of your own for this command, 1 to 100 of A-Z a-z 0-9 . _ -")
    if not isinstance(text, str) or len(text) > 1000 or "\n" in text.strip():
        raise wrong("command", "one line, as it is typed in a comment")
    match parse(text):
        case (Command() as command,) if scope_of(command) is not None or command.verb in _APPROVALS:
            return key, text, command
        case (CommandProblem() as problem,):
            raise wrong("command", plain_lines(replies.misread(problem)))
        case _:
            raise wrong("command", f"one of {', '.join(USAGES)}")


def _may(call: Call, command: Command) -> None:
    if command.verb in _APPROVALS:
        repo = f"{call.path['owner']}/{call.path['repo']}"
        raise Problem(403, people_alone(command.text, repo))
    scope = scope_of(command)
    if scope not in call.by.scopes:
        who = " (or people: somebody with maintain comments it)" if scope == "admin" else ""
        raise Problem(403, f"{command.text}: only tokens of scope {scope} may{who}")
