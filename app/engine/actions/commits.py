"""Promotion commits: rendered on the tip, stored as an intent, pushed by compare-and-swap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.core.model.facts import RefUpdate, Rendered
from app.core.model.names import Sha
from app.core.model.records import Intent, Promotion
from app.core.model.verdicts import Reason
from app.core.planning.actions import CreateBranch, PushAgain, Write
from app.core.planning.stage_plan import abandoned, ended, landed
from app.core.remarks import promotions as remarks
from app.core.text.commit_messages import commit_message, created_message
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
    rows = _commits(desk, action.expected, action.branch, action.promotions, desk.now)
    if not rows:
        return
    try:
        _try(desk, action.promotions, rows)
    except Denied:
        desk.save(*action.promotions)  # the first attempt, and nothing of it was taken: not begun
        raise


def _again(desk: Desk, rows: tuple[Promotion, ...]) -> None:
    """
    Push the very commits whose push is in doubt; all rows share branch and expected tip.

    Another machine's mirror does not have them: there they are made again from the same facts. If
    those have changed since, the commits would be others, and the promotions are planned anew. So
    they are where a commit below is not among them: its promotion has no leave to be written now.
    """
    intents = [row.intent for row in rows if row.intent is not None]
    if not intents:
        return
    branch, expected = intents[0].branch, intents[0].expected
    before = tuple(abandoned(desk.ledger, row) for row in rows)
    wanted = [intent.commit for intent in intents]
    if not all(map(desk.git.has, wanted)):
        at = intents[0].made_at or intents[0].stored_at
        made = _commits(desk, expected, branch, before, at)
        if [_commit(row) for row in made] != wanted:
            desk.save(*before)
            return
    line = {c.sha for c in desk.git.first_parents(wanted[-1], stop=[expected] if expected else [])}
    if not set(wanted) <= line:
        for row in rows:  # they were not meant for one push: the second finds the first there
            _again(desk, (row,))
    elif not line <= set(wanted):
        desk.save(*before)
    else:
        _try(desk, before, rows)


def _try(desk: Desk, before: tuple[Promotion, ...], rows: tuple[Promotion, ...]) -> None:
    """
    Push *rows*; *before* holds them as they were before their commits were made.

    What a rule refuses together goes one by one in the next plans, so that it stops only what it is
    about; each of these asks every gate again.
    """
    try:
        _push(desk, rows)
    except (Rejected, Denied) as error:
        if len(rows) > 1:
            desk.save(*before)
            desk.survey.memo.alone.update(row.intent.branch for row in rows if row.intent)
        elif isinstance(error, Denied):
            raise
        else:
            [one] = (row for row in before if row.id == rows[0].id)
            desk.save(_refused(desk, one, error))


def _commits(
    desk: Desk, expected: Sha | None, branch: str, promotions: Sequence[Promotion], at: datetime
) -> tuple[Promotion, ...]:
    """A commit for each promotion that changes something, each on top of the one before."""
    rows: list[Promotion] = []
    tip = expected
    for promotion in promotions:
        found = desk.outcome(promotion, tip)
        if not isinstance(found, Rendered) or found.in_sync:
            continue  # the commits before it changed what it stands on: it is planned again
        commit = desk.git.commit(
            found.tree,
            (tip,) if tip else (),
            commit_message(promotion, desk.news(promotion), desk.tokens(promotion), branch),
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
                pure=found.pure,
                written=found.content,
                edits=desk.fates(promotion, found),
                updated_at=desk.now,
            )
        )
        tip = commit
    return tuple(rows)


def _push(desk: Desk, rows: tuple[Promotion, ...]) -> None:
    """Push the last commit; the others are below it. All rows share branch and expected tip."""
    last = rows[-1].intent
    if last is None:
        return
    rows = desk.begin(rows)
    desk.push(rows, RefUpdate(f"refs/heads/{last.branch}", last.commit, last.expected))
    desk.save(*(landed(desk.ledger, row, _commit(row)) for row in rows))


def _commit(row: Promotion) -> Sha:
    return row.intent.commit if row.intent else Sha("")


def _create(desk: Desk, branch: str, promotion: Promotion) -> None:
    """The stage's missing branch: a root commit with an empty tree, so that a commit can follow."""
    message = created_message(branch, promotion.stage)
    root = desk.git.commit(desk.git.empty_tree(), (), message, desk.identity, desk.now)
    desk.may_push()
    try:
        push(desk.git, desk.metrics, "branch", (RefUpdate(f"refs/heads/{branch}", root, None),))
    except Rejected as error:
        words = remarks.no_branch(error.message, branch)
        row = ended(promotion, desk.now, "failed", Reason.BRANCH_MISSING, words)
        desk.save(row)


def _refused(desk: Desk, promotion: Promotion, error: Rejected) -> Promotion:
    """A rule of the server said no: that is an answer, and its words are the reason."""
    row = replace(promotion, intent=None)
    return ended(row, desk.now, "failed", Reason.RULE_REFUSED, error.message)
