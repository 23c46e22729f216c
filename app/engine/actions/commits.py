"""Promotion commits: rendered on the tip, stored as an intent, pushed by compare-and-swap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.core.model.facts import RefUpdate
from app.core.model.names import Sha
from app.core.model.records import Intent, Promotion
from app.core.model.renders import Rendered
from app.core.model.verdicts import Reason
from app.core.planning.actions import CreateBranch, PushAgain, Write
from app.core.planning.stage_plan import abandoned, ended, landed
from app.core.remarks import promotions as remarks
from app.core.text.commit_messages import created_message
from app.engine.actions.context import Desk
from app.engine.actions.push import push
from app.errors import Denied, Rejected


def write(desk: Desk, action: Write | PushAgain | CreateBranch) -> None:
    """Move a stage's branch. Conflict when it moved under us: nothing is lost, plan again."""
    match action:
        case Write():
            _write(desk, action)
        case PushAgain():
            _again(desk, action.promotions)
        case CreateBranch(branch, promotion):
            _create(desk, branch, promotion)


def _write(desk: Desk, action: Write) -> None:
    promotions = _commits(desk, action.expected, action.branch, action.promotions, desk.now)
    if not promotions:
        return
    try:
        _try(desk, action.promotions, promotions)
    except Denied:
        desk.save(*action.promotions)  # the first attempt, and nothing of it was taken: not begun
        raise


def _again(desk: Desk, promotions: tuple[Promotion, ...]) -> None:
    """
    Push the very commits whose push is in doubt; all rows share branch and expected tip.

    Another machine's mirror does not have them: there they are made again from the same facts. If
    those have changed since, the commits would be others, and the promotions are planned anew. So
    they are where a commit below is not among them: its promotion has no leave to be written now.
    """
    intents = [promotion.intent for promotion in promotions if promotion.intent is not None]
    if not intents:
        return
    branch, expected = intents[0].branch, intents[0].expected
    before = tuple(abandoned(desk.ledger, promotion) for promotion in promotions)
    wanted = [intent.commit for intent in intents]
    if not all(map(desk.git.has, wanted)):
        at = intents[0].made_at or intents[0].stored_at
        made = _commits(desk, expected, branch, before, at)
        if [_commit(promotion) for promotion in made] != wanted:
            desk.save(*before)
            return
    line = {c.sha for c in desk.git.first_parents(wanted[-1], stop=[expected] if expected else [])}
    if not set(wanted) <= line:
        for (
            promotion
        ) in promotions:  # they were not meant for one push: the second finds the first there
            _again(desk, (promotion,))
    elif not line <= set(wanted):
        desk.save(*before)
    else:
        _try(desk, before, promotions)


def _try(desk: Desk, before: tuple[Promotion, ...], promotions: tuple[Promotion, ...]) -> None:
    """
    Push *promotions*; *before* holds them as they were before their commits were made.

    What a rule refuses together goes one by one in the next plans, so that it stops only what it is
    about; each of these asks every gate again.
    """
    try:
        _push(desk, promotions)
    except (Rejected, Denied) as error:
        if len(promotions) > 1:
            desk.save(*before)
            desk.survey.memo.alone.update(
                promotion.intent.branch for promotion in promotions if promotion.intent
            )
        elif isinstance(error, Denied):
            raise
        else:
            [promotion] = (promotion for promotion in before if promotion.id == promotions[0].id)
            desk.save(_refused(desk, promotion, error))


def _commits(
    desk: Desk, expected: Sha | None, branch: str, promotions: Sequence[Promotion], at: datetime
) -> tuple[Promotion, ...]:
    """A commit for each promotion that changes something, each on top of the one before."""
    rows: list[Promotion] = []
    tip = expected
    for promotion in promotions:
        outcome = desk.outcome(promotion, tip)
        if not isinstance(outcome, Rendered) or outcome.in_sync:
            continue  # the commits before it changed what it stands on: it is planned again
        commit = desk.git.commit(
            outcome.tree,
            (tip,) if tip else (),
            desk.message(promotion, branch),
            desk.identity,
            at,
        )
        intent = Intent(branch, expected, commit, at, made_at=at)
        rows.append(
            replace(
                promotion,
                state="writing",
                reason=Reason.WRITING,
                intent=intent,
                pure=outcome.pure,
                written=outcome.content,
                edits=desk.fates(promotion, outcome),
                updated_at=desk.now,
            )
        )
        tip = commit
    return tuple(rows)


def _push(desk: Desk, promotions: tuple[Promotion, ...]) -> None:
    """Push the last commit; the others are below it. All rows share branch and expected tip."""
    last = promotions[-1].intent
    if last is None:
        return
    promotions = desk.begin(promotions)
    desk.push(promotions, RefUpdate(f"refs/heads/{last.branch}", last.commit, last.expected))
    desk.save(*(landed(desk.ledger, promotion, _commit(promotion)) for promotion in promotions))


def _commit(promotion: Promotion) -> Sha:
    return promotion.intent.commit if promotion.intent else Sha("")


def _create(desk: Desk, branch: str, promotion: Promotion) -> None:
    """The stage's missing branch: a root commit with an empty tree, so that a commit can follow."""
    message = created_message(branch, promotion.stage)
    root = desk.git.commit(desk.git.empty_tree(), (), message, desk.identity, desk.now)
    desk.may_push()
    try:
        push(desk.git, desk.metrics, "branch", (RefUpdate(f"refs/heads/{branch}", root, None),))
    except Rejected as error:
        words = remarks.no_branch(error.message, branch)
        over = ended(promotion, desk.now, "failed", Reason.BRANCH_MISSING, words)
        desk.save(over)


def _refused(desk: Desk, promotion: Promotion, error: Rejected) -> Promotion:
    """A rule of the server said no: that is an answer, and its words are the reason."""
    free = replace(promotion, intent=None)
    return ended(free, desk.now, "failed", Reason.RULE_REFUSED, error.message)
