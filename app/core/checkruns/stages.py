"""`stagelock / <stage>`: a run for each verdict, on the freight's commit and on what landed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta

from app.core.checkruns.target import RunTarget, Weight
from app.core.model.check_names import stage_run
from app.core.model.facts import Button, RunDraft, RunStatus
from app.core.model.names import FreightId, Sha, StageName
from app.core.model.records import Promotion, Records
from app.core.model.run_records import RunRecord
from app.core.model.snapshot import Snapshot
from app.core.model.verdicts import Phase, Reason, Verdict, approved_by
from app.core.state.rights import spelled
from app.core.text.buttons import PROMOTE, RETRY, ROLLBACK
from app.core.text.links import Site
from app.core.text.markup import event_id
from app.core.text.replies import in_vain
from app.core.text.rights import clicked_by_others
from app.core.text.summaries import Row, deadline_of, next_command, offers, summary
from app.core.text.titles import retrying, title, told

AT_ONCE = 8
"""Runs of ours that are made on one commit before their turn comes."""
KEPT = timedelta(days=14)
"""What ended longer ago gets no new run: its record may be gone, and GitHub shows its run still."""


_STATES: dict[Phase, tuple[RunStatus, str | None]] = {
    "waiting": ("queued", None),
    "ready": ("completed", "neutral"),
    "locking": ("queued", None),
    "writing": ("in_progress", None),
    "in-review": ("in_progress", None),
    "verifying": ("in_progress", None),
    "verified": ("completed", "success"),
    "failed": ("completed", "failure"),
    "revoked": ("completed", "failure"),
    "turned-away": ("completed", "failure"),
    "superseded": ("completed", "skipped"),
    "unreached": ("completed", "skipped"),
    "cancelled": ("completed", "cancelled"),
    "withdrawn": ("completed", "cancelled"),
}
_UNDER_WAY: frozenset[Phase] = frozenset(
    {"waiting", "locking", "writing", "in-review", "verifying"}
)
_NEVER_MADE: frozenset[Phase] = frozenset({"superseded", "unreached"})
_ENDS: frozenset[Phase] = frozenset({"cancelled", "withdrawn"})


def stage_targets(
    snapshot: Snapshot,
    verdicts: Iterable[Verdict],
    site: Site,
    others: Mapping[Sha, AbstractSet[str]],
) -> list[RunTarget]:
    """
    All of them; a commit's own freight speaks before freight that landed as that commit.

    *others* are the names of all other runs that a commit gets: they take room.
    """
    by_commit: dict[Sha, dict[str, Verdict]] = defaultdict(dict)
    known = tuple(verdicts)
    for verdict in known:
        by_commit[verdict.freight.sha].setdefault(verdict.stage, verdict)
    failed = _failed(snapshot.records)
    for verdict in known:
        again = verdict.phase in _UNDER_WAY
        promotion = failed.get((verdict.stage, verdict.freight)) if again else None
        before = landed_elsewhere(verdict._replace(promotion=promotion))
        for landed in (landed_elsewhere(verdict), before):
            if landed is not None:
                by_commit[landed].setdefault(verdict.stage, verdict)
    written = _written(snapshot.records)
    targets: list[RunTarget] = []
    for sha, group in by_commit.items():
        there, more = written.get(sha, {}), others.get(sha, frozenset())
        targets += _on_commit(snapshot, sha, tuple(group.values()), there, more, site)
    return targets


def landed_elsewhere(verdict: Verdict) -> Sha | None:
    """The commit that landed on the stage's branch, where it is not the freight's own."""
    promotion = verdict.promotion
    if promotion is None or promotion.in_sync or promotion.adopted:
        return None
    landed = promotion.landed
    return landed if landed not in (verdict.freight.sha, promotion.head) else None


def _failed(records: Records) -> dict[tuple[StageName, FreightId], Promotion]:
    """
    What failed where it had landed: while another attempt is under way, that commit says so, and
    offers nothing any more.
    """
    landed = {
        (promotion.stage, promotion.freight): promotion
        for promotion in records.promotions
        if promotion.landed
    }
    return {key: promotion for key, promotion in landed.items() if promotion.state == "failed"}


def _written(records: Records) -> dict[Sha, dict[str, RunRecord]]:
    """The newest run of each name that we made on each commit."""
    newest: dict[Sha, dict[str, RunRecord]] = defaultdict(dict)
    for run in sorted(records.runs, key=lambda r: r.serial):
        newest[run.sha][run.name] = run
    return newest


def _on_commit(
    snapshot: Snapshot,
    sha: Sha,
    verdicts: Sequence[Verdict],
    written: Mapping[str, RunRecord],
    others: AbstractSet[str],
    site: Site,
) -> list[RunTarget]:
    later = _later(verdicts, {*written, *others})
    rows = tuple(Row(v.stage, title(v)) for v in later)
    unmade = {v.stage for v in later}
    runs = []
    for verdict in verdicts:
        if verdict.stage in unmade or _long_over(snapshot, verdict, sha):
            continue
        shown = rows if verdict.freight.sha == sha and _tells_of_later(verdict) else ()
        run = written.get(stage_run(verdict.stage))
        runs.append(stage_target(snapshot, verdict, sha, site, rows=shown, run=run))
    return runs


def _later(verdicts: Sequence[Verdict], written: set[str]) -> tuple[Verdict, ...]:
    """Those whose run appears when their turn comes: beyond the eighth, and still waiting."""
    room = AT_ONCE - len(written | {stage_run(v.stage) for v in verdicts if not _far(v)})
    later = []
    for verdict in verdicts:
        if not _far(verdict) or stage_run(verdict.stage) in written:
            continue
        if room > 0:
            room -= 1
        else:
            later.append(verdict)
    return tuple(later)


def _far(verdict: Verdict) -> bool:
    return verdict.phase == "waiting" and verdict.reason is Reason.UPSTREAM_UNVERIFIED


def _tells_of_later(verdict: Verdict) -> bool:
    return _STATES[verdict.phase][0] != "completed" or verdict.phase in ("ready", "failed")


def _long_over(snapshot: Snapshot, verdict: Verdict, sha: Sha) -> bool:
    """It ended long ago, and neither has its run anything to tell now, nor had it since."""
    promotion = verdict.promotion
    if verdict.drift is not None:
        return False
    over = promotion.ended_at if promotion is not None and promotion.ended else None
    revoked = promotion.revoked_at if promotion is not None else None
    if verdict.phase == "turned-away":  # its own promotion is as it was: a later rollback says so
        revoked = verdict.since
    if revoked is not None:
        over = max(over, revoked) if over else revoked
    if over is None or over >= snapshot.now - KEPT:
        return False
    runs = (r for r in snapshot.records.runs if (r.name, r.sha) == (stage_run(verdict.stage), sha))
    return not any(run.written_at > over + KEPT for run in runs)


def stage_target(
    snapshot: Snapshot,
    verdict: Verdict,
    sha: Sha,
    site: Site,
    *,
    rows: Sequence[Row] = (),
    run: RunRecord | None = None,
) -> RunTarget:
    """The run of one verdict on one commit; *run* is the newest of that name there, if known."""
    status, conclusion = _STATES[verdict.phase]
    name = stage_run(verdict.stage)
    promotion = verdict.promotion.id if verdict.promotion else ""
    state = f"{verdict.phase}:{verdict.reason}:{'retrying' * retrying(verdict)}"
    if verdict.passed_by and offers(verdict):  # a command that is refused now is taken away at once
        state += f":{verdict.passed_by}"
    if verdict.drift is not None:  # told at once
        state += f":{verdict.drift.edits}"
    state += approved_by(verdict)
    event = event_id(snapshot.repo.id, name, sha, promotion, state)
    deadline = deadline_of(verdict, _timeout(snapshot, verdict))
    clicked = _clicked(snapshot, verdict, run)
    state += f":{clicked}" * bool(clicked)
    text = summary(verdict, site, event, deadline=deadline, rows=rows, clicked=clicked)
    return RunTarget(
        RunDraft(name, sha, "", status, conclusion, title(verdict), text, _buttons(verdict)),
        state=state,
        weight=_weight(verdict),
        event=event,
        about=promotion,
        existing_only=_existing_only(verdict),
        offers=offers(verdict) and not verdict.passed_by,
        code=told(verdict) if verdict.phase in ("failed", "revoked") else "",
    )


def _clicked(snapshot: Snapshot, verdict: Verdict, run: RunRecord | None) -> str:
    """What is said of somebody who clicked on *run* and may not; "" once it went on."""
    if run is None or not run.refused_by or verdict.passed_by or not offers(verdict):
        return ""
    role, verb, repo = run.refused_role, run.refused_verb, snapshot.repo.full_name
    back = verb == ROLLBACK.identifier
    if back and ROLLBACK not in _buttons(verdict):
        return ""  # somebody who may has pressed it since
    again = f"/{verb} {verdict.stage}" if back else next_command(verdict)[0]
    pipeline = snapshot.config.pipeline
    stage = pipeline.stages.get(verdict.stage) if pipeline is not None else None
    if stage is not None and stage.allow.named:
        who = spelled(stage.allow, snapshot.repo.owner)
        return clicked_by_others(run.refused_by, verb, who, again)
    return in_vain(run.refused_by, role, verb, "write", repo, again)


def _timeout(snapshot: Snapshot, verdict: Verdict) -> timedelta | None:
    """The stage's `timeout-minutes` in the pipeline that its promotion runs under."""
    config = verdict.promotion.config if verdict.promotion else None
    pipeline = snapshot.pipelines.get(config) if config else None
    pipeline = pipeline or snapshot.config.pipeline
    stage = pipeline.stages.get(verdict.stage) if pipeline else None
    return stage.timeout if stage else None


def _existing_only(verdict: Verdict) -> bool:
    """
    Whether its end is told on a run that is there already, or not at all.

    What a promotion was cancelled by is told in any case: it had begun, and GitHub may have refused
    every run of it.
    """
    if verdict.phase in _ENDS:
        return verdict.promotion is None or verdict.promotion.state != "cancelled"
    return verdict.phase in _NEVER_MADE or (
        verdict.promotion is None
        and verdict.phase in ("verified", "failed", "revoked", "turned-away")
    )


def _buttons(verdict: Verdict) -> tuple[Button, ...]:
    if verdict.passed_by:
        return ()
    match verdict.phase:
        case "ready":
            return (PROMOTE,)
        case "failed" | "revoked":
            return (RETRY, ROLLBACK) if verdict.may_go_back else (RETRY,)
        case _:
            return ()


def _weight(verdict: Verdict) -> Weight:
    if verdict.phase in ("failed", "revoked"):
        return Weight.TROUBLE
    return Weight.END if _STATES[verdict.phase][0] == "completed" else Weight.BEGINNING
