"""Promotions by pull request: the head, the pull request, its merge and its end."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from app.core.model.facts import RefUpdate
from app.core.model.names import Sha, StageName
from app.core.model.records import Intent, Promotion
from app.core.model.renders import Rendered
from app.core.model.verdicts import Reason
from app.core.planning.doubtful_pushes import head_unsettled
from app.core.planning.own_heads import heads_of, is_head
from app.core.planning.pull_actions import ClosePull, DeleteBranch, MergePull, OpenPull, WriteHead
from app.core.planning.pull_request_end import ARRIVES
from app.core.planning.stage_plan import ended
from app.core.text.commit_messages import pull_body, pull_title
from app.core.text.markup import event_id, fit
from app.core.text.summaries import footer
from app.engine.actions.context import Desk
from app.engine.actions.push import push
from app.errors import Conflict, Denied, Missing, Rejected, Transient

log = logging.getLogger("stagelock.pulling")

REFUSED_PAUSE = timedelta(minutes=1)
"""After a refused merge GitHub is asked again, with the next event or after this time."""


def pull(
    desk: Desk, action: WriteHead | OpenPull | MergePull | ClosePull | DeleteBranch, event: str
) -> None:
    """Carry out one of the actions on our pull requests; *event* names its audit entry."""
    match action:
        case WriteHead():
            _write_head(desk, action)
        case OpenPull(promotion, base, existing):
            if existing is None:
                _open(desk, promotion, base)
            else:
                # What it showed until our push may have been another promotion's; it is ours once
                # it says what it is.
                _describe(desk, promotion, existing)
                _opened(desk, replace(promotion, moved_at=desk.now), existing)
        case MergePull():
            _merge(desk, action)
        case ClosePull(number, comment):
            _close(desk, number, fit(comment, footer(event)))
        case DeleteBranch(branch, expected):
            _delete(desk, branch, expected)
    desk.survey.memo.forget_pulls()


def _write_head(desk: Desk, action: WriteHead) -> None:
    promotion, branch = action.promotion, f"stagelock/{action.promotion.stage}"
    outcome = desk.outcome(promotion, action.base_tip)
    if not isinstance(outcome, Rendered):
        return
    if _is_there(desk, action, outcome):
        raise Transient(f"{branch} holds already what would be pushed to it")
    commit = _in_doubt(desk, action, branch, outcome) or desk.git.commit(
        outcome.tree,
        (action.base_tip,),
        desk.message(promotion, branch),
        desk.identity,
        desk.now,
    )
    written = replace(
        promotion,
        intent=Intent(branch, action.expected, commit, desk.now),
        pushed=tuple(dict.fromkeys((*heads_of(promotion), commit))),
        pure=outcome.pure,
        written=outcome.content,
        edits=desk.fates(promotion, outcome),
        reason=Reason.MOVED if action.catch_up else promotion.reason,
        updated_at=desk.now,
    )
    desk.may_push()
    desk.save(written)
    try:
        update = RefUpdate(f"refs/heads/{branch}", commit, action.expected)
        push(desk.git, desk.metrics, "head", (update,))
    except Rejected as error:
        refused = replace(promotion, intent=None, pushed=written.pushed)
        desk.save(ended(refused, desk.now, "failed", Reason.RULE_REFUSED, error.message))
        return
    moved_at = desk.now if written.pull is not None else None
    written = replace(written, head=commit, intent=None, moved_at=moved_at)
    if written.pull is not None:  # noted once it says what it brings: else that is made up for
        _describe(desk, written, written.pull)
    desk.save(written)


def _is_there(desk: Desk, action: WriteHead, rendered: Rendered) -> bool:
    """
    The head is this promotion's own, and has that tree on that base: another commit would change
    nothing, and the next look want one more, for ever. So it is put off, and is the only one.
    """
    promotion, head = action.promotion, action.promotion.head
    if head is None or head != action.expected or head not in promotion.pushed:
        return False
    if promotion.written != rendered.content or not desk.git.has(head):
        return False
    there = desk.git.first_parents(head, limit=1)[0]
    return (there.tree, there.parents) == (rendered.tree, (action.base_tip,))


def _in_doubt(desk: Desk, action: WriteHead, branch: str, rendered: Rendered) -> Sha | None:
    """
    The commit that was pushed before without an answer, where it holds the same: whichever push
    arrives, and however late, it brings the one head that is known as this promotion's.
    """
    promotion, before = action.promotion, action.promotion.intent
    if before is None or (before.branch, before.expected) != (branch, action.expected):
        return None
    if promotion.written != rendered.content:
        return None
    if desk.git.has(before.commit):
        return before.commit
    if head_unsettled(desk.ledger, promotion) is not None:  # another machine made it
        raise Transient(f"the last push to {branch} may still arrive")
    return None


def _open(desk: Desk, promotion: Promotion, base: str) -> None:
    title, body = _texts(desk, promotion)
    head = f"stagelock/{promotion.stage}"
    desk.lease.check()
    try:
        opened = desk.forge.create_pull(desk.repo, head, base, title, body)
    except Rejected as error:
        desk.save(ended(promotion, desk.now, "failed", Reason.RULE_REFUSED, error.message))
        return
    except Conflict as error:  # merged, deleted or moved meanwhile: looked at anew, not for ever
        desk.put_off((promotion,), error, tried=True)
        raise
    _opened(desk, promotion, opened.number)


def _opened(desk: Desk, promotion: Promotion, number: int) -> None:
    desk.save(replace(promotion, pull=number, updated_at=desk.now))
    _audit(desk, promotion, number)


def _describe(desk: Desk, promotion: Promotion, number: int) -> None:
    title, body = _texts(desk, promotion)
    desk.lease.check()
    try:
        desk.forge.update_pull(desk.repo, number, title, body)
    except (Denied, Missing, Rejected) as error:  # locked, say: its head is what counts
        log.warning("%s", error.message, extra={"action": "pull.not-described"})
        return
    _audit(desk, promotion, number)


def _audit(desk: Desk, promotion: Promotion, number: int) -> None:
    """The entry that the id at the end of the body opens."""
    entry = {
        "kind": "pull",
        "pull": number,
        "promotion": promotion.id,
        "title": pull_title(promotion),
    }
    event = event_id("pull", promotion.id)
    desk.store.history.audit(desk.claim, desk.repo.id, event, desk.now, entry)


def _texts(desk: Desk, promotion: Promotion) -> tuple[str, str]:
    stage, news = desk.ledger.stage_terms(promotion), desk.news(promotion)
    return pull_title(promotion), pull_body(promotion, stage, news)


def _merge(desk: Desk, action: MergePull) -> None:
    promotion, number = action.promotion, action.number
    base = desk.ledger.base(promotion)
    if (there := desk.forge.pull(desk.repo, number).base_ref) != base:
        # GitHub merges into whatever the base is by then, so it is asked for just before.
        message = f"pull request {number} is based on {there} by now, not on {base}"
        raise Conflict(message)
    desk.lease.check()
    try:
        desk.forge.merge_pull(desk.repo, number, action.head)
    except Rejected as error:
        desk.save(
            replace(
                promotion,
                reason=Reason.MERGE_REFUSED,
                detail=error.message,
                retry_at=desk.now + REFUSED_PAUSE,
                refused=action.if_refused,
                errors_since=None,
                erred=_erred(promotion, desk.now),
                updated_at=promotion.updated_at,
            )
        )
        return
    desk.git.fetch()


def _erred(promotion: Promotion, now: datetime) -> timedelta:
    """For how long there were errors before GitHub gave an answer; they count on."""
    since = promotion.errors_since
    return promotion.erred if since is None else now - since


def _close(desk: Desk, number: int, comment: str) -> None:
    try:
        if desk.forge.pull(desk.repo, number).state == "closed":
            return
        desk.lease.check()
        desk.forge.close_pull(desk.repo, number)
        desk.lease.check()
        desk.forge.create_comment(desk.repo, number, comment)
    except (Denied, Missing, Rejected) as error:
        # Its branch goes next, and with that GitHub closes it; nothing else depends on it.
        log.warning("%s", error.message, extra={"action": "pull.not-closed"})


def _delete(desk: Desk, branch: str, expected: Sha) -> None:
    try:
        update = RefUpdate(f"refs/heads/{branch}", None, expected)
        push(desk.git, desk.metrics, "delete", (update,))
    except (Conflict, Missing):
        desk.git.fetch()  # gone already, or moved
    except Rejected as error:  # protected: it stays, and nothing depends on it
        log.warning("%s", error.message, extra={"action": "branch.not-deleted"})
        stage = branch.removeprefix("stagelock/")
        promotions = desk.ledger.of_stage(StageName(stage))
        kept = (promotion for promotion in promotions if is_head(promotion, expected))
        long_ago = desk.now - ARRIVES
        desk.save(*(replace(promotion, cleared_at=long_ago) for promotion in kept))
