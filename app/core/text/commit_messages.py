"""
The texts that travel with a promotion: its commit's message, its pull request's title and body.

Foreign subjects and names are quoted as data: they can neither start a trailer, nor skip a
workflow, nor close an issue, nor call anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from app.core.gates.entry import ROLLBACK_PASSES
from app.core.model.facts import Commit
from app.core.model.group_names import spoken
from app.core.model.names import GroupName, StageName, short
from app.core.model.pipeline import Stage
from app.core.model.records import Promotion
from app.core.text import markup, sinks
from app.core.text.gate_words import asked_of

NAMED = 10
"""How many commits a message names."""
CREDITED = 20
"""How many co-authors a message credits."""

# https://docs.github.com/en/actions/how-tos/manage-workflow-runs/skip-workflow-runs
_SKIP = re.compile(
    r"\[\s*((?:skip|no)[\s_-]*(?:ci|actions|checks)|(?:ci|actions|checks)[\s_-]*skip)\s*\]"
    r"|\*\*\*\s*(no_ci)\s*\*\*\*",
    re.IGNORECASE,
)
# https://docs.github.com/en/pull-requests/collaborating-with-pull-requests (skip-checks trailer)
_TRAILER = re.compile(r"\b(skip-checks|request-checks)\s*:", re.IGNORECASE)
_CLOSES = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b", re.IGNORECASE)
_OF_PULL = re.compile(r"(?<=\()#(?=\d+\)\Z)|(?<=\AMerge pull request )#(?=\d)")
# What GitHub takes for a mention, a reference, or an address: a commit's message has no code.
_LIVE = re.compile(r"@(?=\w)|#(?=\d)|\bGH-(?=\d)|:(?=//)|\bwww(?=\.)", re.IGNORECASE)
_STARTED = re.compile(r" Started by [`@]{0,2}\u200b?((?:[A-Za-z0-9-]|\\?_)+)`?\.(?=\s|\Z)")
"""Older versions wrote the login with an @ and a zero-width space."""
LOOKED_AT = 2000
"""Characters of a pull request's text in which its first paragraph ends."""
_ADDRESS = re.compile(r"\A[^\s<>@,;]+@[^\s<>@,;]+\Z")


def commit_message(
    promotion: Promotion,
    news: Sequence[Commit],
    tokens: Mapping[GroupName, int],
    branch: str,
    permits: Mapping[GroupName, Sequence[str]] = MappingProxyType({}),
) -> str:
    """
    Say what is promoted, what is in it, and whose work it is.

    *news* are the commits on watched paths since the stage's previous freight, newest first;
    *tokens* the fencing tokens of the grant, *permits* what it has of groups where permits have
    names; *branch* is where the commit goes, and where alone its signature counts. The same
    arguments give the same text.
    """
    trailers = [*_credits(news), *_trailers(promotion, tokens, branch), *_permits(permits)]
    parts = [subject(promotion), _named(news), "\n".join(trailers)]
    return "\n\n".join(p for p in parts if p) + "\n"


def subject(promotion: Promotion) -> str:
    """``Promote web 4f2a91c to dev``."""
    return f"Promote {promotion.freight.short} to {promotion.stage}"


def pull_title(promotion: Promotion) -> str:
    """The same as the commit's subject; it changes when newer freight takes over."""
    return subject(promotion)


def pull_body(promotion: Promotion, stage: Stage, news: Sequence[Commit]) -> str:
    """
    What merging brings where, what is in it, what it waits for, and how to move it on.

    Bare commit ids are left for GitHub to link. At most 60,000 bytes: what it waits for is cut.
    """
    parts = [
        _brings(promotion, stage),
        _section("What is in it", _listed(news)),
        _section("What it waits for", _conditions(promotion, stage)),
    ]
    foot = (
        f"{_section('How to move it on', _moves(promotion, stage))}\n\n"
        f"<sub>promotion {markup.code(promotion.id)} · event "
        f"`{markup.event_id('pull', promotion.id)}`</sub>"
    )
    rest = f"{markup.code(f'/why {stage.name}')} shows every gate"
    return markup.fit("\n\n".join(p for p in parts if p), foot, 60_000, rest=rest)


def started_by(body: str) -> str:
    """The login that `pull_body` named as the person who started it; "" where it named nobody."""
    match = _STARTED.search(body[:LOOKED_AT])
    return match[1].replace("\\", "") if match else ""


def quoted(text: str, limit: int = 120) -> str:
    """
    Foreign words on one line, harmless in a commit message.

    Mentions, references and addresses are broken by a space that is seen (they would notify people
    and close issues anew), markers that skip workflows too. The number of its own pull request, as
    GitHub writes it into a merge's subject, stays a reference.
    """
    harmless = _SKIP.sub(lambda m: f"({m[1] or m[2]})", markup.plain(text, limit))
    harmless = _TRAILER.sub(lambda m: f"{m[1]} -", harmless)
    own = None if _CLOSES.search(harmless) else _OF_PULL.search(harmless)
    kept = own.start() if own else -1
    return _LIVE.sub(lambda m: m[0] if m.start() == kept else f"{m[0]} ", harmless)


def _named(news: Sequence[Commit]) -> str:
    lines = [f"- {short(c.sha)} {quoted(c.subject)}".rstrip() for c in news[:NAMED]]
    if len(news) > NAMED:
        lines.append(f"- and {len(news) - NAMED} more")
    return "\n".join(lines)


def _credits(news: Iterable[Commit]) -> list[str]:
    lines: dict[str, str] = {}
    for commit in news:
        for name, email in commit.authors:
            line = _credit(name, email)
            if line:
                lines.setdefault(email.strip().lower(), line)
    return list(lines.values())[:CREDITED]


def _credit(name: str, email: str) -> str:
    """A person's trailer line; "" for bots and for addresses that are none."""
    shown = " ".join(re.sub("[<>]", " ", quoted(name, 80)).split())
    address = email.strip()
    bot = any(text.lower().rstrip().endswith("[bot]") for text in (name, address.partition("@")[0]))
    if bot or not shown or not sinks.clean(address) or _ADDRESS.match(address) is None:
        return ""
    return f"Co-authored-by: {shown} <{address}>"


def created_message(branch: str, stage: StageName) -> str:
    """Say what the root commit of a stage's new branch is for."""
    return f"Create {branch} for the stage {stage}\n\nStagelock-Branch: {branch}\n"


def _trailers(promotion: Promotion, tokens: Mapping[GroupName, int], branch: str) -> list[str]:
    return [
        f"Stagelock-Stage: {promotion.stage}",
        f"Stagelock-Freight: {promotion.freight}",
        f"Stagelock-Promotion: {promotion.id}",
        f"Stagelock-Branch: {branch}",
        *(f"Stagelock-Fence: {spoken(group)}={token}" for group, token in sorted(tokens.items())),
        *([f"Stagelock-Skipped: {', '.join(promotion.skipped)}"] if promotion.skipped else []),
    ]


def _permits(permits: Mapping[GroupName, Sequence[str]]) -> list[str]:
    """Which machine, say, it was verified on; as a client is told it: ``e2e-env=e2e-1``."""
    named = ((spoken(group), ",".join(names)) for group, names in permits.items() if names)
    return [f"Stagelock-Permit: {group}={names}" for group, names in sorted(named)]


def _brings(promotion: Promotion, stage: Stage) -> str:
    chain = markup.listed(f"`{name}`" for name in stage.upstreams) or "the warehouse"
    where = f"`{stage.path}`" if stage.path else f"branch `{stage.branch}`"
    freight = f"**{markup.escape(promotion.freight.short)}**"
    if promotion.leaves is None:
        said = (
            f"Merging this brings freight {freight} from {chain} to stage `{stage.name}` ({where})."
        )
    else:
        said = (
            f"Merging this takes stage `{stage.name}` ({where}) back from "
            f"{markup.escape(promotion.leaves.short)} to freight {freight}, as it was there before."
        )
    if promotion.started_by:
        said += f" Started by {markup.code(promotion.started_by)}."
    return said


def _listed(news: Sequence[Commit]) -> str:
    lines = [
        f"- {short(c.sha)} {markup.escape(quoted(c.subject), 200)}".rstrip() for c in news[:NAMED]
    ]
    if len(news) > NAMED:
        lines.append(f"- and {len(news) - NAMED} more")
    return "\n".join(lines)


def _conditions(promotion: Promotion, stage: Stage) -> str:
    """The gates of the stage as it is set up; their answers now are in `stagelock / plan`."""
    passes = ROLLBACK_PASSES if promotion.leaves is not None else frozenset[str]()
    lines = [f"- {text}" for text in asked_of(stage, passes)]
    return "\n".join(
        (
            *lines,
            "- the check `stagelock / plan` on this pull request says which are still open",
        )
    )


def _moves(promotion: Promotion, stage: Stage) -> str:
    merge = (
        "- Stagelock merges it when nothing is missing"
        if stage.merge == "auto"
        else "- merge it once `stagelock / plan` is green, with any merge method"
    )
    newer = (
        "- newer freight takes over this pull request; once it is approved, only "
        f"`/promote {stage.name}` moves it to newer freight"
        if promotion.leaves is None
        else "- newer freight waits until this has ended, and then until the rollback's hold ends: "
        f"comment `/resume {stage.name}`"
    )
    asked = (
        f"- `/why {stage.name}` shows every gate; closing this pull request cancels the promotion"
    )
    return f"{merge}\n{newer}\n{asked}"


def _section(head: str, body: str) -> str:
    return f"### {head}\n\n{body}" if body else ""
