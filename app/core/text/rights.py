"""Refusals of people whom a stage's `allow` or `approve` does not name."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.commands import Command
from app.core.text import markup
from app.core.text.markup import listed
from app.core.text.replies import label


def not_among(command: Command, key: str, who: Sequence[str]) -> str:
    """*who* may, by the file's *key*: what was asked, who can, and what to type."""
    names = listed((markup.escape(name) for name in who), most=10)
    how = f"comment {markup.code(command.text)}" if command.text.startswith("/") else "do it"
    return (
        f"Not done: {markup.code(command.text)} is for {names} (`{key}` of "
        f"{markup.code(command.stage)} in `stagelock.yaml`), and you are not one of them. "
        f"Ask {'them' if len(who) == 1 else 'one of them'} to {how}."
    )


def clicked_by_others(by: str, verb: str, who: Sequence[str], command: str) -> str:
    """*by*, whom the stage's `allow` does not name, pressed the button *verb*."""
    names = listed((markup.escape(name) for name in who), most=10)
    return (
        f"Not done: {markup.person(by, markup.escape)} pressed {label(verb)}, which is for {names} "
        f"(`allow` in `stagelock.yaml`). They can press it, or comment {markup.code(command)}."
    )


def teams_unknown(command: Command, page: str) -> str:
    """The file names teams, and the App lacks the permission to read their members."""
    grants = markup.link("grants it", page) if page else "grants it"
    return (
        f"Not done: {markup.code(command.text)} is for the teams that `stagelock.yaml` names for "
        f"{markup.code(command.stage)}, and the App lacks `members: read`, so it cannot tell "
        f"whether you are in one. **To do:** an owner of the account {grants}; then comment again."
    )


def people_alone(typed: str, repo: str) -> str:
    """An approval that a token wants to give; plain text, for terminals and programs."""
    return (
        "not done: a token cannot approve, only a person can. To do: somebody who may approve for "
        f"the stage (by default, with write) comments {typed} in {repo} on GitHub, on a commit or "
        "a pull request."
    )
