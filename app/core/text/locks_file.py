"""The texts of `stagelock / config` about `stagelock-locks.yaml`, or both files of a commit."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.model.names import Sha, short
from app.core.model.organization_locks import LOCKS_FILE, HomeFile, LinterAnswer
from app.core.model.pipeline import Problem
from app.core.text import markup, pipeline_file
from app.core.text.links import Site
from app.core.text.summaries import footer

FILE = LOCKS_FILE
ALL_PROBLEMS = "`stagelock lint FILE` lists every problem"


def title(problems: Sequence[Problem], said: LinterAnswer) -> str:
    """How many problems, or how many groups there are."""
    if problems:
        return pipeline_file.title(problems, (), None)
    if not said.readable:
        return pipeline_file.UNREADABLE
    if said.gone:
        return pipeline_file.GONE
    count = len(said.groups)
    return f"valid: {count} lock group{'s' * (count != 1)}"


def in_force(home: HomeFile, owner: str) -> str:
    """Which version counts, after a commit changed the file on the default branch."""
    if not home.said.problems:
        who = markup.escape(owner, 100)
        return f"This version is in force. Every repository of {who} can use its lock groups."
    if home.in_force is None or home.in_force == home.commit:
        return (
            "There is no earlier valid version: no lock group of the organisation is granted until "
            "the file is fixed. Checked again with the next push."
        )
    return (
        "**The newest valid version stays in force**, the one of "
        f"{markup.code(short(home.in_force))}, until the file is fixed. Checked again with the "
        "next push."
    )


def proposed(default_branch: str, base: str, said: LinterAnswer, *, force: bool) -> str:
    """What a change of the file in a pull request means; *force*: some version is in force now."""
    branch = markup.code(default_branch)
    if not said.readable:
        return "Stagelock could not read the file, so it cannot say what the change does."
    if base != default_branch:
        return f"A `{FILE}` on another branch has no effect: only the one on {branch} is used."
    if said.gone:
        return (
            "**Once this is merged, no lock group of the organisation is granted any more**; "
            "grants that are held stay until they end."
        )
    if said.problems:
        stays = (
            f"the last valid version on {branch} stays in force until the file is fixed."
            if force
            else "no earlier version is valid, so no lock group of the organisation is granted."
        )
        return f"**This version has no effect, even once it is merged**: {stays}"
    until = (
        f"the one on {branch} is in force"
        if force
        else "no lock group of the organisation is granted"
    )
    return f"This version takes effect once it is merged; until then {until}."


def joined_title(files: Sequence[tuple[str, str, bool]]) -> str:
    """One title of the (file, title, is bad) of each: the first bad one, else all."""
    if len(files) == 1:
        return files[0][1]
    bad = [f"{file}: {said}" for file, said, is_bad in files if is_bad]
    return markup.as_title(bad[0] if bad else "; ".join(said for _, said, _ in files))


def joined(files: Sequence[tuple[str, str]], commit: Sha, site: Site, event: str) -> str:
    """One summary of the (file, text) of each, as they are at *commit*."""
    shown = markup.listed(site.file_link(commit, file) for file, _ in files)
    rest = f"{ALL_PROBLEMS}; here: {shown}"
    if len(files) == 1:
        return markup.fit(files[0][1], footer(event), rest=rest)
    parts = (f"## {markup.code(file)}\n\n{text}" for file, text in files)
    return markup.fit("\n\n".join(parts), footer(event), rest=rest)
