"""
The pre-receive hook: standard input in, at most 8 lines and an exit code out.

It fails closed: what cannot be read, cannot be found or takes too long refuses the push.
"""

from __future__ import annotations

import os
import sys
import time

from app.core.protection import Push, Update, Violation, violations
from app.hook.facts import Gatherer
from app.hook.lines import UnreadableError, read_updates
from app.hook.objects import BrokenError, PushedObjects
from app.hook.processes import tell
from app.hook.refs import Refs
from app.hook.server import BUDGET, HookSettings, ask_config, read_config
from app.hook.signals import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType

Answer = tuple[bool, tuple[str, ...]]


class OutOfTimeError(BaseException):
    """The time is up; no handler of ordinary errors catches it."""


IMPORTING = "<frozen importlib._bootstrap>"
"""Where Python's own code of `import` says it is from."""
SOON = 0.005
"""Seconds after which an import is looked at again."""
BEFORE = ".before-stagelock"
"""What the name of a hook ends in that was here before us, and is asked after us."""


def main(argv: Sequence[str]) -> int:
    """
    Judge the push on standard input, then ask the hooks that were here before; the exit code.

    *argv*: the hook's own path, and ``global`` where it stands in a folder of `core.hooksPath`,
    which keeps git from running the repository's own hook.
    """
    data = sys.stdin.buffer.read()
    accepted, lines = guarded(data, os.environ)
    _say(lines, os.environ)
    if not accepted:
        return 1
    chained = [argv[0] + BEFORE]
    if argv[1:] == ["global"]:
        chained.append(os.path.join(os.environ["GIT_DIR"], "hooks", "pre-receive"))
    codes = (_chain(hook, data) for hook in chained if os.access(hook, os.X_OK))
    return next((code for code in codes if code), 0)


def guarded(data: bytes, environ: Mapping[str, str]) -> Answer:
    """Judge the push within its time; whatever goes wrong, there is an answer."""
    server = [HookSettings()]
    started = time.monotonic()
    signal.signal(signal.SIGALRM, _time_is_up)
    signal.setitimer(signal.ITIMER_REAL, BUDGET)
    try:
        return _judge(data, environ, server, started)
    except OutOfTimeError:
        return _overtime(server[0])
    except (UnreadableError, BrokenError) as error:
        return _unknown(str(error))
    except RecursionError:
        return _unknown("folders are nested too deep")
    except Exception as error:  # noqa: BLE001  (the last line of defence: refuse, never let pass)
        return _unknown(f"{type(error).__name__}: {error}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _judge(
    data: bytes, environ: Mapping[str, str], known: list[HookSettings], started: float
) -> Answer:
    git_dir = environ.get("GIT_DIR")
    if not git_dir:
        raise UnreadableError("GIT_DIR is not set: this was not started by a push")
    updates = read_updates(data)
    if not updates:
        return True, ()
    asked = ask_config(environ)
    with PushedObjects(environ) as objects:
        server = known[0] = read_config(asked)
        who = server.who(environ)
        real = environ.get("BB_IS_DRY_RUN") != "true"
        refs = Refs(git_dir, environ.get("GIT_NAMESPACE", ""))
        gatherer = Gatherer(objects, refs, git_dir, server, keep=real)
        try:
            _limit(server, who, started)
            push = gatherer.push(updates, who)
            signal.setitimer(signal.ITIMER_REAL, 0)  # all is known: the rest takes no time
        except OutOfTimeError:
            push = _beyond(updates, environ, git_dir, server)
        broken = violations(push)
    if broken:
        return _refused(push, broken, server, environ, git_dir if real else None)
    gatherer.accepted(push)
    return True, _unguarded(push)


def _beyond(
    updates: tuple[Update, ...], environ: Mapping[str, str], git_dir: str, server: HookSettings
) -> Push:
    """
    What is known of a push whose time is up: the promoter's, if all of it is signed, is looked at
    to its end, and break-glass may go on without. ``OutOfTimeError`` for all others.
    """
    who = server.who(environ)
    if server.signers is not None and server.by_signature(who):
        # Others objects: the first ones were left in the middle of an answer.
        with PushedObjects(environ) as objects:
            refs = Refs(git_dir, environ.get("GIT_NAMESPACE", ""))
            gatherer = Gatherer(objects, refs, git_dir, server, keep=False)
            if gatherer.is_signed(updates, server.signers):
                return gatherer.push(updates, who)
    if who not in server.breakglass or server.allow_overtime:
        raise OutOfTimeError
    return Push(who, server.promoter, updates, unreadable=_late(server))


def _limit(server: HookSettings, who: str | None, started: float) -> None:
    """The time of this push is short, but the promoter's takes what it takes."""
    left = max(server.budget - (time.monotonic() - started), 0.001)
    promotes = who is not None and who == server.promoter
    signal.setitimer(signal.ITIMER_REAL, 0 if promotes else left)


def _unguarded(push: Push) -> tuple[str, ...]:
    """Say where no outputs are protected, and somebody may think that they are."""
    if not push.unguarded:
        return ()
    from app.core.protection.refusals import safe  # noqa: PLC0415  (not where there are rules)

    return (f"stagelock: warning: only stagelock/* is protected: {safe(push.unguarded, 110)}",)


def _refused(
    push: Push,
    broken: tuple[Violation, ...],
    server: HookSettings,
    environ: Mapping[str, str],
    record_in: str | None,
) -> Answer:
    """Refuse, unless somebody on the server's list gave a reason; *record_in* None: a dry run."""
    from app.core.protection.refusals import refusal, safe  # noqa: PLC0415  (not for accepted pushes)
    from app.hook import audit  # noqa: PLC0415

    allowed = push.who is not None and push.who in server.breakglass
    why = audit.reason(environ)
    if not allowed or why is None:
        # Web pages and APIs take no push options, so there is nothing to offer there.
        return False, refusal(push, broken, emergency=allowed and "GITHUB_VIA" not in environ)
    if record_in is not None:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        audit.record(record_in, push, broken, why, at)
    return True, (f"stagelock: accepted as an emergency and recorded: {safe(why, 80)}",)


def _overtime(server: HookSettings) -> Answer:
    if server.allow_overtime:
        said = f"the push was NOT checked: that took longer than {server.budget:g} s"
        return True, (f"stagelock: warning: {said}",)
    return False, (
        f"stagelock: refused: {_late(server)}",
        "stagelock: instead: push fewer commits or refs at once, or try again later;",
        "stagelock: the administrator can raise stagelock.budget on the server",
    )


def _late(server: HookSettings) -> str:
    return f"checking this push took longer than {server.budget:g} s"


def _unknown(why: str) -> Answer:
    from app.core.protection.refusals import safe  # noqa: PLC0415

    return False, (
        f"stagelock: refused: this push cannot be checked: {safe(why, 100)}",
        "stagelock: instead: try again; if it persists, show these lines to the administrator",
    )


def _time_is_up(_signal: int, frame: FrameType | None) -> None:
    """
    End what goes on, but no import: one that is cut leaves parts behind, and never works again, not
    for the promoter's push either, which is looked at to its end.
    """
    while frame is not None:
        if frame.f_code.co_filename == IMPORTING:
            signal.setitimer(signal.ITIMER_REAL, SOON)
            return
        frame = frame.f_back
    raise OutOfTimeError


def _say(lines: tuple[str, ...], environ: Mapping[str, str]) -> None:
    # https://docs.gitlab.com/administration/server_hooks/#custom-error-messages
    prefix = "GL-HOOK-ERR: " if "GL_USERNAME" in environ or "GL_REPOSITORY" in environ else ""
    try:
        for line in lines:
            sys.stderr.write(f"{prefix}{line}\n")
        sys.stderr.flush()
    except BrokenPipeError:  # who pushed has left; the answer stands
        return


def _chain(hook: str, data: bytes) -> int:
    """Ask the hook that was installed before, with the same input; its exit code."""
    return abs(tell((os.path.abspath(hook),), os.environ, data))
