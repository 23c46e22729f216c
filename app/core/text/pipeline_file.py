"""The texts of `stagelock / config`: the linter's answer, at the right lines."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.gates.permissions import cannot_start, closed_environments
from app.core.model.facts import Annotation
from app.core.model.installations import InstallationFact
from app.core.model.names import GroupName, Sha, StageName, short
from app.core.model.pipeline import Pipeline, Problem
from app.core.model.previews import Replayed
from app.core.text import changes, markup, sinks
from app.core.text.changes import Change
from app.core.text.links import Site
from app.core.text.summaries import section

FILE = "stagelock.yaml"
READABLE = 200
"""Problems that the summary lists; the annotations carry all of them."""

UNREADABLE = "cannot be read"
GONE = "removes the file"


def title(problems: Sequence[Problem], notes: Sequence[Problem], pipeline: Pipeline | None) -> str:
    """How many problems, or that it is valid."""
    if problems:
        first = problems[0]
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        return markup.as_title(f"{count}, line {first.mark.line}: {markup.titled(first.message)}")
    said = "valid"
    if pipeline is not None:
        stages = len(pipeline.stages)
        said += f": {stages} stage{'s' * (stages != 1)}"
    if notes:
        said += f", {len(notes)} note{'s' * (len(notes) != 1)}"
    return said


def remarks(
    problems: Sequence[Problem], notes: Sequence[Problem] = (), file: str = FILE
) -> tuple[Annotation, ...]:
    """A failure for each problem and a notice for each note, in the order of *file*."""
    annotations = [
        Annotation(
            file,
            p.mark.line,
            p.mark.column,
            sinks.visible(_message(p)),
            p.code,
            "failure" if bad else "notice",
        )
        for bad, several in ((True, problems), (False, notes))
        for p in several
    ]
    return tuple(sorted(annotations, key=lambda a: (a.line, a.column)))


def lacking(pipeline: Pipeline, own: InstallationFact | None) -> tuple[Problem, ...]:
    """A note for each lock group, and each stage, for which the App was not granted enough."""
    missing = closed_environments(own, pipeline)
    page = f" Grant it: {own.url}" if own is not None and own.url else ""
    closed = (
        Problem(f"{environments_closed(group.name, missing)}{page}", "app-lacks", group.mark)
        for group in pipeline.locks.values()
        if group.environments and missing
    )
    idle = (
        Problem(f"{workflow_closed(stage.name)}{page}", "app-lacks", stage.mark)
        for stage in pipeline.stages.values()
        if stage.workflow is not None and cannot_start(own)
    )
    return (*closed, *idle)


def workflow_closed(stage: StageName) -> str:
    """Nothing is promoted there until then: what landed could not be verified."""
    return f"`{stage}` waits until the App is granted `actions: write`, to start its workflow."


def environments_closed(group: GroupName, missing: Sequence[str]) -> str:
    """Which jobs wait in vain, and for what."""
    needs = " and ".join(f"`{right}`" for right in missing)
    return f"jobs at the environments of `{group}` wait until the App is granted {needs}."


def proposal_title(
    problems: Sequence[Problem], notes: Sequence[Problem], differences: Sequence[Change]
) -> str:
    """The same of a pull request: what it changes, where it is valid."""
    said = changes.title(differences)
    if problems or not said:
        return title(problems, notes, None)
    return markup.as_title(f"valid: {said}")


def body(
    problems: Sequence[Problem],
    notes: Sequence[Problem],
    head: str,
    *,
    force: str,
    differences: Sequence[Change] = (),
    shows: Sequence[str] = (),
) -> str:
    """
    The problems and notes as lists below *head*; *force* says which version counts, *shows* what
    else there is to see of it.
    """
    parts = [
        f"**{markup.marked(head)}**",
        force,
        *shows,
        section("What it changes", changes.listed(differences)),
        section("Problems", _list(problems)),
        section("Notes", _list(notes)),
    ]
    return "\n\n".join(p for p in parts if p)


def in_force(problems: Sequence[Problem], commit: Sha | None, counting: Sha | None) -> str:
    """Which version counts, after the commit *commit* changed the file on the default branch."""
    if not problems:
        return "This version is in force."
    if counting is None or counting == commit:
        return (
            "There is no earlier valid version: nothing is promoted until the file is fixed. "
            "Checked again with the next push."
        )
    return (
        f"**The newest valid version stays in force**, the one of {markup.code(short(counting))}, "
        "until the file is fixed. Checked again with the next push."
    )


def proposed(
    default_branch: str, base: str, *, readable: bool = True, valid: bool = True, force: bool = True
) -> str:
    """
    What a change of the file in a pull request means; *force*: some version is in force now.
    """
    branch = markup.code(default_branch)
    if not readable:
        return "Stagelock could not read the file, so it cannot say what the change does."
    if base != default_branch:
        return (
            f"A `stagelock.yaml` on another branch has no effect: only the one on {branch} is used."
        )
    if not valid:
        stays = (
            f"the last valid version on {branch} stays in force until the file is fixed."
            if force
            else "there is no earlier valid version, so nothing is promoted."
        )
        return f"**This version has no effect, even once it is merged**: {stays}"
    until = f"the one on {branch} is in force" if force else "nothing is promoted"
    return f"This version takes effect once it is merged; until then {until}."


def removed(default_branch: str, base: str) -> str:
    """What it means that a pull request removes the file."""
    if base != default_branch:
        return proposed(default_branch, base)
    return (
        "**Once this is merged, nothing is promoted any more.** What is under way is followed to "
        "its end, and its locks are released once their jobs have ended."
    )


def replayed(commits: Sequence[Replayed], default_branch: str, site: Site) -> str:
    """Which stages the newest commits would have reached with this version, where they differ."""
    if not commits:
        return ""
    other = [commit for commit in commits if commit.before != commit.after]
    many, on = len(commits) > 1, markup.code(default_branch)
    if not other:
        which = f"All of the last {len(commits)} commits" if many else "The last commit"
        text = f"{which} on {on} would have been promoted to the same stages as now."
        return section("What it would have promoted", text)
    rows = [
        f"| {site.commit(commit.commit)} {markup.escape(commit.subject, 80)} "
        f"| {_to(commit.before)} | {_to(commit.after)} |"
        for commit in other
    ]
    which = (
        f"Of the last {len(commits)} commits on {on} {len(other)}" if many else "The last commit"
    )
    text = f"{which} would have been promoted to other stages than with the version in force."
    head = "| commit | version in force | this version |\n|---|---|---|\n"
    return section("What it would have promoted", f"{text}\n\n{head}" + "\n".join(rows))


def _to(stages: Sequence[StageName]) -> str:
    return markup.listed(map(markup.code, stages)) or "nowhere"


def _list(problems: Sequence[Problem]) -> str:
    rows = [
        f"- line {p.mark.line}, column {p.mark.column}: {markup.marked(_message(p))} "
        f"({markup.code(p.code)})"
        for p in problems[:READABLE]
    ]
    if len(problems) > READABLE:
        rows.append(f"- and {len(problems) - READABLE} more")
    return "\n".join(rows)


def _message(problem: Problem) -> str:
    """The parser's own sentence; it holds the suggestion already where there is one."""
    text = markup.plain(problem.message, 1000)
    if problem.suggestion and problem.suggestion not in problem.message:
        text += f": write `{markup.plain(problem.suggestion, 200)}`"
    return text
