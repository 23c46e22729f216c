"""The replies to commands: one text for all commands of a comment, edited in place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from datetime import datetime

from app.core.commands import TABLE, Command, CommandProblem, NoFreight
from app.core.commands.spec import SKIPPING
from app.core.model.comments import Followed
from app.core.model.facts import Role
from app.core.model.hand_edits import HandEdit
from app.core.model.names import FreightId, Sha, short
from app.core.text import hand_edits, markup, refusals
from app.core.text.buttons import KEEP, PROBE, PROMOTE, RELEASE, RETRY, ROLLBACK
from app.core.text.command_words import DOES, SKIPS
from app.core.text.links import Site
from app.core.text.outcomes import took
from app.core.text.summaries import footer

LIMIT = 60_000
"""Bytes; GitHub takes comments of 65,536 characters."""


_BEGUN = "It starts as soon as every other gate has passed; this reply is edited when it has ended."
_BUTTONS = (PROMOTE, RETRY, ROLLBACK, RELEASE, KEEP, PROBE)
_LABELS = {button.identifier: button.label for button in _BUTTONS}
_LABELS["rerequested"] = "Re-run"
_USAGE = (
    "FREIGHT is `[WAREHOUSE@]SHA` with at least 7 digits. Write a command at the start of a line; "
    "several lines are several commands."
)


def reply(parts: Iterable[str], event: str) -> str:
    """One comment with the answers of all its commands, in their order."""
    return markup.fit(
        "\n\n---\n\n".join(p for p in parts if p), footer(event), LIMIT, rest=markup.ALL
    )


def paced(most: int, until: datetime) -> str:
    """Where *most* replies were written within an hour: that further ones come after *until*."""
    return (
        f"This is reply number {most} here within an hour, which is the limit. Further commands "
        "take effect as usual and none is lost; only their replies come later, the next one after "
        f"{markup.moment(until)}. {markup.code('stagelock events')} shows at once what each did."
    )


def help_text() -> str:
    """Every command: how it is typed, what it needs, and what it does."""
    listed: list[tuple[str, Role, str]] = []
    for spec in TABLE:
        listed.append((spec.usage, spec.role, DOES[spec.verb]))
        if spec.skipping:
            listed.append((spec.skipping, SKIPPING, SKIPS))
    return "\n".join(
        (
            "| command | needs | what it does |",
            "|---|---|---|",
            *(
                f"| {markup.code(how)} | {role} | {markup.escape(what)} |"
                for how, role, what in listed
            ),
            "",
            _USAGE,
        )
    )


def refused(command: Command, role: Role, ask: Sequence[str] = ()) -> str:
    """Who may, who you are, and what to type; *ask* are teams or people who may."""
    who = markup.listed(markup.escape(name) for name in ask) or f"Somebody with *{command.role}*"
    have = f"you have *{role}*" if role != "none" else "you have no access"
    how = f"comment {markup.code(command.text)}" if command.text.startswith("/") else "do it"
    return f"Not done: {markup.code(command.text)} needs *{command.role}*; {have}. {who} can {how}."


def in_vain(by: str, role: str, verb: str, needs: Role, repo: str, command: str = "") -> str:
    """
    *by*, who has *role* in *repo*, pressed the button *verb*, which needs *needs*.

    *command* is what does the same as a comment, "" for nothing.
    """
    who = markup.person(by, markup.escape)
    has = f"has *{role}*" if role != "none" else "has no access"
    typed = f", or comment {markup.code(command)}" if command else ""
    return (
        f"Not done: {who} pressed {label(verb)}, which needs *{needs}*; {who} {has}. "
        f"Somebody with *{needs}* in {markup.code(repo)} can press it{typed}."
    )


def label(verb: str) -> str:
    """What the button of *verb* says."""
    return _LABELS.get(verb) or markup.code(verb)


def may_not_press(verb: str, run: str, needs: Role, role: Role) -> str:
    """What the audit keeps of a click on a lock's button by somebody who may not."""
    return f"Not done: {label(verb)} on {markup.code(run)} needs *{needs}*; you have *{role}*."


def pressed(verb: str, run: str) -> str:
    """What the audit keeps of a click on a lock's button that took effect."""
    return f"Done: {label(verb)} on {markup.code(run)}."


def nothing_to_press(run: str) -> str:
    """The run's grant is no longer suspect, or its button means something else."""
    return (
        f"Not done: the grant of {markup.code(run)} is not suspect any more. See its newest run, "
        f"or comment {markup.code('/stagelock status')}."
    )


def accepted(followed: Followed, site: Site, outcome: str = "") -> str:
    """The command was accepted, for which freight; *outcome* (Markdown) says where it stands."""
    return f"{took(followed, site)}. {outcome or _BEGUN}"


def replacing(edits: Sequence[HandEdit]) -> str:
    """What `accepted` adds where a person's word replaces what was edited by hand; else ""."""
    if not edits:
        return ""
    return f"It replaces these hand edits: {hand_edits.sentence(edits)}. {_BEGUN}"


def skipping(reason: str) -> str:
    """What `accepted` adds where a promotion skips gates; else ""."""
    if not reason:
        return ""
    return (
        f"It skips every gate that has not passed ({markup.escape(reason)}), but still waits for "
        "its lock, and for a block to end. Its run names each skipped gate; this reply is edited "
        "when it has ended."
    )


def unknown_stage(command: Command, stages: Sequence[str]) -> str:
    """No such stage: the one that was probably meant, and all that exist."""
    typed = markup.code(command.stage, 80)
    said = f"Not done: there is no stage {typed}."
    near = difflib.get_close_matches(command.stage, stages, n=1)
    if near:
        said += f" Did you mean {markup.code(command.of(near[0]))}?"
    if stages:
        return f"{said} Stages here: {markup.listed((markup.code(s) for s in stages), most=20)}."
    return f"{said} No `stagelock.yaml` is in force here."


def misread(problem: CommandProblem) -> str:
    """A line that was meant as a command and cannot be read as one."""
    said = f"Not done: {markup.code(problem.text)}. {refusals.misread(problem)}."
    if problem.suggestion:
        said += f" Did you mean {markup.code(problem.suggestion)}?"
    return said


def nothing_to_do(command: Command, answer: NoFreight) -> str:
    """No freight is meant, or nothing would change: why, and what to type instead."""
    said = f"Not done: {markup.code(command.text)}: {markup.escape(refusals.no_freight(answer))}."
    if answer.instead:
        return f"{said} Comment {markup.code(answer.instead)} instead."
    if not command.stage:
        return f"{said} {markup.code('/stagelock status')} shows every stage."
    return f"{said} {markup.code(f'/why {command.stage}')} shows where it stands."


def head_moved(command: Command, head: Sha, freight: FreightId) -> str:
    """The pull request's head moved just before the comment: ask for the freight by name."""
    words = command.of(command.stage, freight.sha[:12])
    return (
        f"Not done: this pull request moved to {markup.code(short(head))} within the minute before "
        f"your comment, so you may have seen an older version. Comment again, naming the freight: "
        f"{markup.code(words)}"
    )


def head_moving(command: Command, freight: FreightId) -> str:
    """The pull request's head is not that freight's yet: ask for the freight by name."""
    words = command.of(command.stage, freight.sha[:12])
    return (
        f"Not done: this pull request is being moved to {markup.code(freight.short)}, which it did "
        f"not show yet when you commented. Comment again, naming the freight: {markup.code(words)}"
    )


def taken_back() -> str:
    """What the audit keeps of a comment that was edited or deleted before we heard of it."""
    return "Not done: the comment was edited or deleted before Stagelock first saw it."


def too_old(said: datetime) -> str:
    """A comment that was seen for the first time long after it was written."""
    return (
        f"Not done: this comment was written on {markup.moment(said)}, more than 7 days before "
        "Stagelock first saw it. If you still want it, comment again."
    )


def outdated_click(name: str) -> str:
    """A button of a run that is not the newest of its name does nothing."""
    return (
        f"Not done: the button belongs to an older run of {markup.code(name)}. Use the newest one."
    )
