"""The starter `stagelock.yaml` itself: every line with a comment that explains it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.core.config.starter.proposal import (
    CopyFolder,
    Part,
    SetTags,
    StarterStage,
    StarterWarehouse,
)
from app.core.config.starter.verification import LOCK
from app.core.model.steps import Value
from app.core.text.sinks import visible
from app.core.yamledit.scalars import double_quoted, spelled

HEAD = """\
# stagelock.yaml: how a change travels through the stages of this repository.
# A first proposal by `stagelock init`; what it inferred from names is marked as a guess. Read and
# correct each line, check it with `stagelock lint` and `stagelock plan`, and merge it.
# Every key is explained in Stagelock's manual, docs/stagelock-yaml.md.
"""
NOTHING = """\
# stagelock.yaml: how a change travels through the stages of this repository.
# A first draft by `stagelock init`, which found no stages here: no folders below `overlays`,
# `envs`, `environments` or `stages`, no Helm values by environment, no branches `env/...`.
# It promotes nothing yet: its stages write nothing. Answer the questions below, then check it with
# `stagelock lint` and `stagelock plan`. Every key: Stagelock's manual, docs/stagelock-yaml.md.

version: 1  # the version of this file's format

# What do you promote? Name the folder that people change and that all stages run.
warehouses:  # what to watch: a change here becomes freight, which moves from stage to stage
  app:  # a name for it
    paths-ignore: [stagelock.yaml, "**/*.md"]  # changes to only these promote nothing
    # paths: [src/]  # which folders? without it: every path
    # checks: [build]  # which checks must have passed on a commit first? without it: none

# Which stages are there, and in which order? These two are placeholders.
stages:  # where freight goes, one after the other
  dev: {}  # the first stage; where is it kept? write one of the next two lines instead:
  # dev: {path: envs/dev, steps: [{uses: copy, with: {from: src, to: app}}]}  # a folder, filled
  # dev: {branch: env/dev}  # a branch of its own, which becomes the tree of the freight
  prod:  # the last stage
    needs: [dev]  # it takes what was verified there; does a check have to pass there first?
    auto: false  # starts when somebody comments `/promote prod`; or should it start automatically?
    # via: pull-request  # should a person merge what comes in? (a stage that writes)
    # soak: 2h  # how long must a change have been verified in `dev` first?
    # lock: e2e-env  # is there something that only one stage may use at a time?
"""
ALIKE = "# Lines that say the same as one above have no comment of their own.\n"
MANY = 12
"""With more stages than so many, what was explained is not explained again."""


def starter_file(parts: Sequence[Part]) -> str:
    """The file that *parts* make; the draft that asks where there are none."""
    if not parts:
        return NOTHING
    stages = [stage for part in parts for stage in part.stages]
    short = len(stages) > MANY
    lines = list(_lines(parts, stages, short=short))
    return HEAD + ALIKE * short + "\n" + "\n".join(_spoken(lines, short=short)) + "\n"


_SHORT = '"${{ freight.short }}"'
_PLAIN = re.compile(r"[A-Za-z0-9_.](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_./-])?")
Line = tuple[str, str]
"""What is written, and the comment after it; both "" for an empty line."""


def _spoken(lines: Sequence[Line], *, short: bool) -> Iterator[str]:
    told: set[str] = set()
    for written, comment in lines:
        again = short and comment in told
        told.add(comment)
        yield f"{written}  # {comment}" if comment and not again else written


def _lines(parts: Sequence[Part], stages: Sequence[StarterStage], *, short: bool) -> Iterator[Line]:
    yield "version: 1", "the version of this file's format"
    yield "", ""
    yield (
        "warehouses:",
        "what to watch: a change here becomes freight, which moves from stage to stage",
    )
    for part in parts:
        yield from _warehouse(part.warehouse, copied=_is_source(part))
    yield "", ""
    yield "stages:", "where freight goes, in this order"
    for stage in stages:
        yield from _stage(stage, several=len(parts) > 1, short=short)
    if any(stage.checks for stage in stages):
        yield "", ""
        yield "locks:", "what stages must not use at the same time"
        yield (
            f"  {LOCK}: {{permits: 1}}",
            "one stage at a time; the others queue, first come, first served",
        )


def _is_source(part: Part) -> bool:
    return any(isinstance(s.step, CopyFolder) and s.step.to == "." for s in part.stages)


def _warehouse(warehouse: StarterWarehouse, *, copied: bool) -> Iterator[Line]:
    yield f"  {_text(warehouse.name)}:", "a name for what is promoted"
    if copied:
        words = "people edit the first environment; its changes are promoted to the others"
        yield f"    paths: [{_text(warehouse.path + '/')}]", f"a guess: {words}"
        return
    if warehouse.path:
        words = "a guess: the application's folder; without `paths`, every path"
        yield f"    paths: [{_text(warehouse.path + '/')}]", words
        yield '    paths-ignore: ["**/*.md"]', "changes to only these promote nothing"
    else:
        words = "changes to only these promote nothing; nor do changes below the stages' paths"
        yield '    paths-ignore: [stagelock.yaml, "**/*.md"]', words
    yield (
        "    # checks: [build]",
        "promote only commits on which these checks passed; which one builds the image?",
    )


def _stage(stage: StarterStage, *, several: bool, short: bool) -> Iterator[Line]:
    yield f"  {_text(stage.name)}:", _opening(stage)
    if several:
        yield f"    freight: {_text(stage.warehouse)}", "which warehouse it takes from"
    if stage.needs:
        words = "takes what was verified there" + (
            ": the order is a guess" if stage.level is not None else ""
        )
        yield f"    needs: [{', '.join(map(_text, stage.needs))}]", words
    if stage.branch:
        yield (
            f"    branch: {_text(stage.branch)}",
            "this branch becomes what is promoted, except for `.github`",
        )
    else:
        yield (
            f"    path: {_text(stage.folder)}",
            "the stage's folder; changes below it promote nothing",
        )
    if stage.stated:
        yield from _steps(stage, short=short)
    yield from _gates(stage, short=short)


def _opening(stage: StarterStage) -> str:
    match stage.step:
        case _ if stage.stated or stage.step is None:
            return "a stage"
        case CopyFolder(source, to="."):
            return (
                f"a stage; without steps it becomes {visible(source)}"
                if not stage.needs
                else "a stage"
            )
        case _:
            return "a stage; without steps it gets what its upstream got, at the same place"


def _steps(stage: StarterStage, *, short: bool) -> Iterator[Line]:
    match stage.step:
        case SetTags(file, keys) if short:
            values = ", ".join(f"{_text(key)}: {_SHORT}" for key in keys)
            step = f"{{uses: yaml-set, with: {{file: {_text(file)}, values: {{{values}}}}}}}"
            yield f"    steps: [{step}]", "a guess: images are tagged with the short commit id"
        case SetTags(file, keys):
            yield "    steps:", "what a promotion writes here"
            yield (
                "      - uses: yaml-set",
                "sets single keys of a file and changes nothing else in it",
            )
            yield "        with:", "which file, and which keys of it"
            yield f"          file: {_text(file)}", "below `path`"
            yield "          values:", "a guess: images are tagged with the short commit id"
            for key in keys:
                yield f"            {_text(key)}: {_SHORT}", "the first 7 digits of the commit"
        case CopyFolder(source, to):
            yield "    steps:", "what a promotion writes here"
            yield "      - uses: copy", "replaces a folder with one of the promoted commit"
            yield f"        with: {{from: {_text(source)}, to: {_text(to)}}}", _copied(to)
        case None:
            return


def _copied(to: str) -> str:
    if to == ".":
        return (
            "`to` is below `path`; `except: [FILE]` leaves files alone that differ by environment"
        )
    return (
        f"To do: change the kustomization here to use `{visible(to)}` instead of the folder above"
    )


def _gates(stage: StarterStage, *, short: bool) -> Iterator[Line]:
    if stage.checks:
        names = ", ".join(map(_text, stage.checks))
        yield (
            f"    verify: {{checks: [{names}]}}",
            "a guess: verified once these checks passed on the promotion",
        )
        yield f"    lock: {LOCK}", "held from before the write until those checks have ended"
    elif stage.level is not None and not stage.is_last and not short:
        words = "which checks must pass here before it moves on? now: none"
        yield "    # verify: {checks: [e2e]}", words
    if stage.level is None:
        yield "    auto: false", "its name does not tell its order, so only /promote starts it"
    if stage.is_last:
        yield "    via: pull-request", "a person merges each promotion"
        yield "    # soak: 2h", "how long a change must have been verified in the stage before it"


def _text(text: str) -> str:
    """*text* as a value in a block or a flow: in quotes wherever a reader could misread it."""
    plain = _PLAIN.fullmatch(text) is not None and spelled(Value(text)) == text
    return text if plain else double_quoted(text)
