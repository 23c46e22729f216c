"""What `stagelock / plan` says: of others' pull requests and merge groups, and of our own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.core.gates.upstream import NAME as NEEDS
from app.core.model.check_names import PLAN
from app.core.model.names import Sha
from app.core.model.pipeline import Pipeline, Stage
from app.core.model.previews import StagePreview
from app.core.model.records import Promotion
from app.core.model.snapshot import Proposal
from app.core.planning.plan_result import HeadVerdict
from app.core.text import first_looks, hand_edits, markup, previews
from app.core.text import gates as gate_words
from app.core.text.fitted import fitted
from app.core.text.gate_words import GATE_WORDS, asked_of
from app.core.text.links import Site
from app.core.text.previews import Part
from app.core.text.rows import Rows, filled
from app.core.text.summaries import because, facts, footer, section, upcoming
from app.core.text.titles import title as stage_title

INTRODUCED = "from now on every pull request gets this check"
"""The title of the run by which GitHub learns the name, so that it can be made required."""


def introduced(repo: str, event: str) -> str:
    """What the check says on pull requests, and how to require it in *repo* (`acme/api`)."""
    command = markup.code(f"stagelock rulesets --apply {repo}")
    says = (
        "It says what merging a pull request does: which stages receive it, or that it touches no "
        "stage. On a promotion's own pull request it is green only while that can be merged."
    )
    asks = (
        "To require it: *Settings → Rules → Rulesets*, *Require status checks to pass*, add "
        f"{markup.code(PLAN)} and choose this App as its source; or run {command}. GitHub only "
        "offers checks that ran in the last seven days: this run exists once so that GitHub knows "
        "the name. It says nothing about this commit."
    )
    return markup.fit("\n\n".join((f"**{INTRODUCED}**", says, asks)), footer(event))


def fed(proposal: Proposal, pipeline: Pipeline) -> tuple[tuple[Stage, ...], tuple[Stage, ...]]:
    """(stages that receive the freight first, those that receive it after them), in needs-order."""
    stages = [s for s in pipeline.stages.values() if s.freight in proposal.warehouses]
    return (
        tuple(s for s in stages if not s.upstreams),
        tuple(s for s in stages if s.upstreams),
    )


def title(proposal: Proposal, pipeline: Pipeline | None) -> str:
    """``will promote to dev, then e2e, prod``, what keeps it out, or that it touches no stage."""
    if pipeline is None:
        return "no valid stagelock.yaml is in force: nothing is promoted"
    if not proposal.known:
        return "what it changes could not be read"
    first, later = fed(proposal, pipeline)
    if not first and proposal.outputs:
        names = markup.listed(stage for stage, _, _ in proposal.outputs)
        return fitted("edits {stages} by hand; promotes nothing", {"stages": names})
    if not first:
        return "touches no stage"
    shut = {p.stage: p for p in proposal.stages if p.held_up or p.problem}
    if not shut:
        return markup.as_title(_will_promote(first, later))
    why = _shut(tuple(shut.values()))
    stages = markup.listed(shut)
    reached = [stage for stage in first if stage.name not in shut]
    if not reached:
        return fitted(f"promotes nothing yet: {{stages}} {why}", {"stages": stages})
    there = {stage.name for stage in reached}
    beyond = []
    for stage in later:
        come = [name in there for name in stage.upstreams]
        if stage.name not in shut and (any(come) if stage.needs_any else all(come)):
            there.add(stage.name)
            beyond.append(stage)
    parts = {"promotes": _will_promote(reached, beyond), "stages": stages}
    return fitted(f"{{promotes}}; {{stages}} {why}", parts)


def _will_promote(first: Sequence[Stage], later: Sequence[Stage]) -> str:
    text = f"will promote to {', '.join(s.name for s in first)}"
    if later:
        text += f", then {', '.join(s.name for s in later)}"
    if len(text) > markup.TITLE_LIMIT:
        count = len(first) + len(later)
        text = f"will promote to {first[0].name} first, {count} stages in all"
    return text


def _shut(previews: Sequence[StagePreview]) -> str:
    """What keeps it out of them, after their names."""
    single = len(previews) == 1
    if all(preview.by_hand for preview in previews):
        return "is edited by hand" if single else "are edited by hand"
    if all(preview.foreign is not None for preview in previews):
        return "holds what no freight explains" if single else "hold what no freight explains"
    return "cannot be written"


def over(promotion: Promotion, event: str) -> tuple[str, str]:
    """(title, summary) on the head of a pull request of ours whose promotion has ended."""
    stage = promotion.stage
    text = (
        f"The promotion of `{promotion.freight.short}` to `{stage}` is {promotion.state}: do not "
        "merge this, it would land out of turn. Newer freight opens another pull request; the "
        f"check `stagelock / {stage}` of this freight says what else can be done."
    )
    return markup.as_title(f"do not merge: {promotion.state}"), markup.fit(text, footer(event))


def summary(
    proposal: Proposal, pipeline: Pipeline | None, default_branch: str, site: Site, event: str
) -> str:
    """What merging it will promote where, what is ignored by which rule, and which file counts."""
    parts: list[Part] = [markup.bold(title(proposal, pipeline))]
    rest, foot = _rest(proposal, site), footer(event)
    if not proposal.known:
        parts.append(
            "Stagelock could not read its changes, so it cannot say what merging them does. "
            "Checked again with the next push to it. This check blocks nothing."
        )
    elif pipeline is not None:
        parts += [_promotes(proposal, pipeline), _stages(proposal, pipeline)]
        parts += [_which_file(proposal, default_branch), *previews.sections(proposal.stages, rest)]
        parts += _by_hand(proposal, pipeline, rest)
    parts += previews.ignored(proposal.ignored, proposal.ignored_count, rest)
    return markup.fit(filled(parts, markup.SUMMARY_LIMIT - len(foot) - 4), foot, rest=rest)


def first(proposal: Proposal, merged: Sha, site: Site, event: str) -> str:
    """What the first file would do at once; *merged* is what merging it would give."""
    branch = markup.code(proposal.base)
    parts = [
        markup.bold(first_looks.title(proposal.first)),
        f"No `stagelock.yaml` is in force on {branch} yet. This one has no effect until merged.",
        first_looks.table(proposal.first, merged),
    ]
    rest = _rest(proposal, site)
    return markup.fit("\n\n".join(p for p in parts if p), footer(event), rest=rest)


def _rest(proposal: Proposal, site: Site) -> str:
    """Where all of its files are."""
    if proposal.number:
        return site.pull_files(proposal.number)
    return site.compared(proposal.base, proposal.head)


def _promotes(proposal: Proposal, pipeline: Pipeline) -> str:
    base = markup.code(proposal.base)
    if not fed(proposal, pipeline)[0]:
        return f"Merging this into {base} promotes nothing: no stage receives anything from it."
    names = markup.listed(markup.code(w) for w in proposal.warehouses)
    checks = [
        markup.code(str(rule))
        for name in proposal.warehouses
        if name in pipeline.warehouses
        for rule in pipeline.warehouses[name].checks
    ]
    awaited = dict.fromkeys(checks)
    have = "has" if len(awaited) == 1 else "have"
    after = f" once {markup.listed(awaited)} {have} passed there" if awaited else ""
    return f"Merging this into {base} creates freight of warehouse {names}{after}."


def _stages(proposal: Proposal, pipeline: Pipeline) -> str:
    first, later = fed(proposal, pipeline)
    known = {preview.stage: preview for preview in proposal.stages}
    rows = [
        f"| {markup.code(s.name)} | {_after(s, known.get(s.name))} | {_how(s)} "
        f"| {previews.cell(known.get(s.name))} |"
        for s in (*first, *later)
    ]
    head = "| stage | receives it | how | what changes |\n|---|---|---|---|\n"
    return head + "\n".join(rows) if rows else ""


def _after(stage: Stage, preview: StagePreview | None) -> str:
    upstream = GATE_WORDS[NEEDS].asks(stage)
    if preview is None or not preview.held_up:
        return f"once {upstream}" if upstream else "as soon as it is merged"
    word = markup.code(f"/promote {stage.name}")
    undone = "its hand edits are reverted, or " * (preview.foreign is None)
    return f"once {upstream or 'it is merged'}, and {undone}somebody comments {word}"


def _how(stage: Stage) -> str:
    said = []
    asked = asked_of(stage, but=(NEEDS,))
    if asked:
        said.append(f"with {', '.join(asked)}")
    if stage.via == "pull-request":
        said.append("as a pull request")
    if not stage.writes:
        said.append("nothing is written")
    return ", ".join(said) or "automatically"


def _by_hand(proposal: Proposal, pipeline: Pipeline, rest: str) -> Iterator[Part]:
    if not proposal.outputs:
        return
    lead = (
        "Promotions write these files. Once merged, this change counts as drift: its checks verify "
        "no freight."
    )
    yield section("Edited by hand", lead)
    for stage, paths, count in proposal.outputs:
        then = hand_edits.what_next(pipeline.stages[stage].on_drift)
        head = f"{markup.code(stage)}, {previews.files(count)}: {then}\n"
        rows = (f"- {markup.path(path)}" for path in paths)
        yield Rows(head, rows, count, lambda n: f"- {previews.more(rest)(n)}")


def _which_file(proposal: Proposal, default_branch: str) -> str:
    if not proposal.changes_config:
        return ""
    if proposal.base != default_branch:
        return (
            "**A `stagelock.yaml` on another branch has no effect:** only the one on "
            f"{markup.code(default_branch)} is used."
        )
    if proposal.config_gone:
        return (
            "This removes `stagelock.yaml`: once it is merged, nothing is promoted any more. The "
            f"plan here uses the version on {markup.code(default_branch)}."
        )
    new = (
        "the new one is invalid and will have no effect: see `stagelock / config`"
        if proposal.config_problems
        else "the new one takes effect once it is merged: `stagelock / config` says what it changes"
    )
    return (
        "This changes `stagelock.yaml`. The plan here uses the version on "
        f"{markup.code(default_branch)}; {new}."
    )


def own_title(head: HeadVerdict) -> str:
    """May our own pull request be merged now, and if not, what is missing."""
    if head.ready:
        return "every gate passed: merge it"
    return stage_title(head.verdict, before="not yet: ")


def own_summary(head: HeadVerdict, site: Site, event: str) -> str:
    """The gates of our own pull request, what is missing, and how to move it on."""
    verdict = head.verdict
    stage = markup.code(head.stage)
    if head.ready:
        held = verdict.request is not None and verdict.request.state == "held"
        lead = (
            f"Every gate has passed{' and the lock is held' * held}: merging brings it to {stage}."
        )
    else:
        lead = f"{because(verdict)} {upcoming(verdict)}".strip()
    parts = [
        markup.bold(own_title(head)),
        lead,
        section("Gates", gate_words.table(verdict, gate_words.with_lock(verdict))),
        facts(verdict, site),
        "" if head.ready else f"To see every gate: comment {markup.code(f'/why {head.stage}')}",
    ]
    rest = site.everywhere(verdict.freight.sha)
    return markup.fit("\n\n".join(p for p in parts if p), footer(event), rest=rest)
