"""The output of `stagelock init`: what it found and guessed, what happens first and next."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence

from app.core.config.starter.assemble import Starter
from app.core.config.starter.found import GUESSES, Family, Layout, Notice, Remark
from app.core.model.names import FreightId, Sha
from app.core.model.previews import FirstTick
from app.core.text.markup import listed
from app.core.text.sinks import visible

NOTHING = "It promotes nothing yet: its stages write nothing until you give them a path or branch."
MESSAGE = """\
Describe the stages

A starter by `stagelock init`: each line says what it is for and what is a guess.
"""
"""Of the commit that brings the file."""
_LAYOUTS = {
    Layout.FOLDERS: "folders in {where}: {names}",
    Layout.VALUES: "Helm values by environment in {where}: {names}",
    Layout.BRANCHES: "branches {where}*: {names}",
}
_WORDS = {
    Notice.LINK: "{0} is a link, which is not followed",
    Notice.NO_TEXT: "{0}: its name is not valid UTF-8, so `stagelock.yaml` cannot name it",
    Notice.BAD_PATH: "{0}: `stagelock.yaml` cannot name such a path",
    Notice.BAD_BRANCH: "{0}: `stagelock.yaml` cannot name such a branch",
    Notice.UNREAD: "{0} cannot be read as one YAML document",
    Notice.NOT_SET: "{0} has no image tag that a promotion could set",
    Notice.NO_SOURCE: "{0}: found nothing to promote (no image tags, no base, no folder with a "
    "well-known name)",
    Notice.AT_ROOT: "{names}: a stage's folder cannot be the whole repository; move them into one",
    Notice.INSIDE: "{0} is inside folders that are already stages",
    Notice.OTHERS: "{0} also looks like environments; one layout is enough to begin with",
    Notice.TOO_MANY: "{0} whose names do not tell their order would make the file too large; add "
    "those that you need",
    Notice.NOT_CLEAN: "{0}: the linter would refuse it: {1}",
    Notice.NOT_ON_PUSH: "{0} does not run on pushes, so it cannot verify promotions; give it "
    "`on: push` and name its check in `verify`",
    Notice.WHICH_STAGE: "{0} runs end-to-end tests of an unknown stage: name `{1}` in its `verify`",
    Notice.ODD_CHECK: "{0} runs end-to-end tests, but its check's name is unknown: name it in "
    "`verify`",
    Notice.ORDER: "the order is a guess, by well-known names: {names}",
    Notice.NO_ORDER: "the names of {names} do not tell their order, so only /promote starts them",
    Notice.WATCHED: "{0} watches {1}/, the folder that its stages belong to",
    Notice.TAGS: "image tags in {0} are the short commit id",
    Notice.BASE: "overlays in {0} have no image tags, so each gets its own copy of {1}: change its "
    "kustomization to use that copy",
    Notice.SOURCE: "people edit {0}; the folders beside it become copies of it",
    Notice.WHOLE_BRANCH: "each of the branches {0}* becomes the whole tree that is promoted",
    Notice.VERIFIES: "{0} is verified by {rest}",
    Notice.RENAMED: "names that are not valid for a stage were changed: {pairs}",
}


def first_tick(tick: FirstTick, itself: Sha) -> str:
    """One line: what happens first. *itself* stands for the commit that adds the file."""
    if not tick.writes:
        return "this stage writes nothing"
    if tick.explained is not None:
        return f"holds {_freight(tick.explained, itself)} already: adopted, nothing is written"
    if tick.values or tick.files:
        return f"{_held(tick)}: nothing happens until /promote {tick.stage}"
    if tick.problem:
        return f"cannot be written: {visible(tick.problem)}"
    if tick.freight is None:
        return "nothing to promote: no commit changes a path that its warehouse watches"
    when = f"once verified in {listed(tick.upstreams)}" if tick.upstreams else "at once"
    when = when if tick.auto else f"when somebody comments /promote {tick.stage}"
    how = ", by pull request" if tick.by_pull_request else ""
    size = "" if tick.changed is None else f": {_files(tick.changed)}"
    return f"gets {_freight(tick.freight, itself)} {when}{how}{size}"


def _held(tick: FirstTick) -> str:
    among = "no freight" if tick.sure else "none of the newest freights"
    if tick.values:
        return f"holds {listed(map(visible, tick.values))}, which {among} explains"
    return f"holds content {among} explains ({_files(tick.files)})"


def _freight(freight: FreightId, itself: Sha) -> str:
    return f"{freight.warehouse} of the same commit" if freight.sha == itself else freight.short


def _files(count: int) -> str:
    return f"{count} file{'s' * (count != 1)}"


def found(starter: Starter, read: str) -> Iterator[str]:
    """What was read, and what was found there."""
    yield f"Read {read}. Uncommitted changes are not seen."
    rows = [_family(part.family) for part in starter.parts]
    rows += [f"end-to-end tests in {visible(file)}" for file in _files_of(starter)]
    yield "Found:" if rows else f"Found no stages. {NOTHING}"
    yield from (f"  {line}" for line in rows)
    if rows and not starter.parts:
        yield f"  no stages. {NOTHING}"


def _files_of(starter: Starter) -> list[str]:
    return list(dict.fromkeys(job.file for job in starter.jobs))


def _family(family: Family) -> str:
    names = (visible(candidate.name) for candidate in family.candidates)
    return _LAYOUTS[family.layout].format(where=visible(family.where or "."), names=listed(names))


def guessed(starter: Starter) -> tuple[str, ...]:
    """What was guessed."""
    return tuple(said(r) for r in starter.remarks if r.notice in GUESSES)


def left_out(starter: Starter) -> tuple[str, ...]:
    """What was seen and is not used, and why."""
    return tuple(said(r) for r in starter.remarks if r.notice not in GUESSES)


def said(remark: Remark) -> str:
    """One line about *remark*."""
    names = [visible(name) or "." for name in remark.names]
    pairs = zip(names[::2], names[1::2], strict=False)
    return _WORDS[remark.notice].format(
        *names,
        *("",) * 2,
        names=listed(names),
        rest=listed(names[1:]),
        pairs=listed(f"{old} is {new}" for old, new in pairs),
    )


def section(title: str, rows: Iterable[str]) -> Iterator[str]:
    """*rows* below *title*; nothing without rows."""
    lines = [f"  {row_text}" for row_text in rows]
    yield from (title, *lines) if lines else ()


def first_ticks(ticks: Sequence[FirstTick], itself: Sha) -> Iterator[str]:
    """A line a stage."""
    width = max((len(tick.stage) for tick in ticks), default=0)
    for tick in ticks:
        yield f"{tick.stage:<{width}}  {first_tick(tick, itself)}"


def wrote(folder: str) -> str:
    """Where the file is now, if it was not committed; *folder* "": where the person is."""
    return f"Wrote {visible(folder)}/stagelock.yaml." if folder else "Wrote stagelock.yaml."


def next_steps(branch: str | None, default_branch: str, folder: str = "") -> Iterator[str]:
    """What a person does now. *branch*: it is committed there; *folder*: go there first."""
    branch = None if branch is None else visible(branch)
    yield "Next:"
    if folder:
        yield f"  cd {shlex.quote(visible(folder))}"
    if branch is None:
        branch = "describe-stages"
        yield "  read it and correct it; check it with `stagelock lint` and `stagelock plan`"
        yield f"  git switch -c {branch}"
        yield "  git add stagelock.yaml && git commit -m 'Describe the stages'"
    else:
        yield f"  read it: git show {branch}:stagelock.yaml"
    yield f"  git push -u origin {branch}, and open a pull request: it has no effect until merged"
    yield "  there, `stagelock / config` shows the linter's result (no problems) and new stages;"
    yield "  `stagelock / plan` shows what happens first, as above, and on every later pull request"
    yield f"  what merging it into {visible(default_branch)} promotes where"
