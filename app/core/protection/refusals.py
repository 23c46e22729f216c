r"""
A refusal in words: at most 8 lines of ASCII that say where, what, why and the right way.

Nothing foreign reaches a terminal raw: what is not printable ASCII is written as `\xNN`.
"""

from __future__ import annotations

from app.core.protection.push_facts import Push, Violation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_LINES = 8
MAX_LINE = 160
SHOWN = 3
"""Paths, or lines of the linter, that a refusal names."""


def refusal(push: Push, violations: Sequence[Violation], *, emergency: bool) -> tuple[str, ...]:
    """Explain the first of *violations*, and count the others. *emergency*: break-glass is open."""
    first = violations[0]
    lines = [f"refused: {safe(first.ref, 100)}", f"why: {_why(push, first)}"]
    lines += _named(first)
    lines.append(f"instead: {_instead(push, first)}")
    if emergency:
        lines.append("emergency: git push -o stagelock.reason='WHY' (you may; this is recorded)")
    if len(violations) > 1:
        others = f"{len(violations) - 1} more rule" + "s" * (len(violations) > 2)
        lines.append(f"also: {others} broken by this push, next: {safe(violations[1].ref, 80)}")
    return tuple(f"stagelock: {line}"[:MAX_LINE] for line in lines[:MAX_LINES])


def safe(text: bytes | str, limit: int = 120) -> str:
    """Write *text* in printable ASCII, at most *limit* characters of it."""
    raw = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    cut = raw[: limit + 1]
    shown = "".join(chr(b) if 0x20 <= b < 0x7F else f"\\x{b:02x}" for b in cut)
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


def _named(violation: Violation) -> list[str]:
    if violation.code == "config":
        shown = [safe(line, 140) for line in violation.detail[:SHOWN]]
        more = len(violation.detail) > SHOWN
    else:
        shown = [safe(path) for path in violation.paths[:SHOWN]]
        more = violation.more or len(violation.paths) > SHOWN
    if shown and more:
        shown[-1] += "  (and more)"
    return [f"  {line}" for line in shown]


def _why(push: Push, violation: Violation) -> str:
    stage = violation.stage
    match violation.code:
        case "outputs":
            said = f"only promotions write the outputs of stage {stage}; this push changes"
            if violation.detail:
                said = f"only promotions write the outputs of stage {stage}; {violation.detail[0]}"
                return f"{said}{':' if violation.paths else ''}"
            return f"{said}{':' if violation.paths else ' its branch'}"
        case "our-refs" if push.by_signature:
            return "only the promoter moves this ref, forward, to commits that it signed for it"
        case "our-refs" if push.promoter is None:
            return "only the promoter moves this ref, and this server does not know who that is"
        case "our-refs":
            return f"only the promoter ({safe(push.promoter or '', 40)}) moves this ref"
        case "config":
            return "the push leaves stagelock.yaml invalid:"
        case "not-forward":
            return f"the branch of stage {stage} only moves forward; commits would be lost"
        case "fence":
            group, token, newest = violation.detail
            return f"lock {group} was granted again since: token {token} is older than {newest}"
        case "held":
            return _held(violation)
        case "unreadable":
            what = "this push" if stage else "stagelock.yaml, as it is in force,"
            return f"{what} cannot be checked: {safe(violation.detail[0], 110)}"
        case "config-closed":
            return "only the promoter and named people change stagelock.yaml here"
        case "replaced":
            return "refs/replace/* would substitute one object for another"
        case "lock-history":
            return "a lock's ref is its history: it cannot be deleted, rewound or outdated"


def _held(violation: Violation) -> str:
    group, holder, how = violation.detail
    if holder:
        return f"lock {group} of stage {violation.stage} is held for {safe(holder, 60)}"
    if how == "merge":
        return f"stage {violation.stage} needs lock {group}, which is not granted to it now"
    return f"lock {group} of stage {violation.stage} is not held by this promotion"


def _instead(push: Push, violation: Violation) -> str:
    stage = violation.stage
    match violation.code:
        case "outputs" | "our-refs" if not push.can_be_promoted:
            return "ask the administrator to name the promoter: git config stagelock.promoter NAME"
        case "outputs" if push.who is None and not push.by_signature:
            return "ask the administrator: this server does not tell the hook who pushes"
        case "outputs":
            return f"change the source that is promoted to it, then comment: /promote {stage}"
        case "our-refs":
            return "push to a branch of another name, e.g. git push origin HEAD:refs/heads/my-fix"
        case "config":
            return "fix it (stagelock lint shows every problem), amend, and push again"
        case "not-forward":
            return f"do not rewrite it; to restore earlier freight, comment: /rollback {stage}"
        case "fence":
            return f"nothing to do: the promoter retries automatically; or comment: /retry {stage}"
        case "held":
            return f"merge when stagelock / plan is green; see: /why {stage}"
        case "unreadable" if stage:
            return "rewrite these objects with git; an administrator can push with a reason"
        case "unreadable":
            return "show these lines to the administrator; the promoter can still push"
        case "config-closed":
            return "ask one of them (git config stagelock.protect-config) to push or merge it"
        case "replaced":
            return "keep replacements in your own clone"
        case "lock-history":
            return "add a commit on top of the ref, with a token that is not older"
