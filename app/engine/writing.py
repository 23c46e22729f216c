"""Promotion commits: rendered on the tip, stored as an intent, pushed by compare-and-swap."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.core.actions import CreateBranch, PushAgain, Write
from app.core.facts import RefUpdate, Rendered
from app.core.messages import commit_message, created_message
from app.core.names import Sha
from app.core.records import Intent, Promotion
from app.core.stageplan import abandoned, ended, landed
from app.core.verdicts import Reason
from app.engine.desk import Desk
from app.engine.pushes import push
from app.errors import Denied, Rejected, Transient


def write(desk: Desk, action: Write | PushAgain | CreateBranch) -> None:
    """Move a stage's branch. Conflict when it moved under us: nothing is lost, plan again."""
    match action:
        case Write():
            _write(desk, action)
        case PushAgain(promotions):
            _again(desk, promotions)
        case CreateBranch(branch, promotion):
            _create(desk, branch, promotion)


def _write(desk: Desk, action: Write) -> None:
    rows = _commits(desk, action, desk.now)
    if rows:
        desk.may_push()
        desk.save(*rows)
        _try(desk, action, rows)


def _again(desk: Desk, rows: tuple[Promotion, ...]) -> None:
    """
    Push the very commits whose push is in doubt; all rows share branch and expected tip.

    Another machine's mirror does not have them: there they are made again from the same facts. If
    those have changed since, the commits would be others, and the promotions are planned anew.
    """
    intents = [row.intent for row in rows if row.intent is not None]
    if not intents:
        return
    branch, expected = intents[0].branch, intents[0].expected
    before = tuple(abandoned(desk.ledger, row) for row in rows)
    action, wanted = Write(branch, expected, before), [intent.commit for intent in intents]
    if not all(map(desk.git.has, wanted)):
        made = _commits(desk, action, intents[0].stored_at)
        if [_commit(row) for row in made] != wanted:
            desk.save(*before)
            return
    line = [c.sha for c in desk.git.first_parents(wanted[-1], stop=[expected] if expected else [])]
    if not set(wanted) <= set(line):
        for row in rows:  # they were not meant for one push: the second finds the first there
            _again(desk, (row,))
        return
    _try(desk, action, rows)


def _try(desk: Desk, action: Write, rows: tuple[Promotion, ...]) -> None:
    """Push *rows*; *action* holds them as they were before their commits were made."""
    try:
        _push(desk, rows)
    except (Rejected, Denied) as error:
        if len(rows) > 1:
            _split(desk, action)
        elif isinstance(error, Denied):
            raise
        else:
            [before] = (row for row in action.promotions if row.id == rows[0].id)
            desk.save(_refused(desk, before, error))


def _split(desk: Desk, action: Write) -> None:
    """A rule refused the batch: one by one, so that it stops only what it is about."""
    desk.save(*action.promotions)
    tip = action.expected
    for promotion in action.promotions:
        try:
            _write(desk, Write(action.branch, tip, (promotion,)))
        except (Denied, Transient) as error:
            desk.put_off((promotion,), error)
        tip = desk.git.heads().get(action.branch)


def _commits(desk: Desk, action: Write, at: datetime) -> tuple[Promotion, ...]:
    """A commit for each promotion that changes something, each on top of the one before."""
    rows: list[Promotion] = []
    tip = action.expected
    for promotion in action.promotions:
        found = desk.outcome(promotion, tip)
        if not isinstance(found, Rendered) or found.in_sync:
            continue  # the commits before it changed what it stands on: it is planned again
        commit = desk.git.commit(
            found.tree,
            (tip,) if tip else (),
            commit_message(promotion, desk.news(promotion), desk.tokens(promotion), action.branch),
            desk.identity,
            at,
        )
        intent = Intent(action.branch, action.expected, commit, at)
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
        words = f"{error.message}. Somebody with the right to must create the branch {branch}."
        row = ended(promotion, desk.now, "failed", Reason.BRANCH_MISSING, words)
        desk.save(row)


def _refused(desk: Desk, promotion: Promotion, error: Rejected) -> Promotion:
    """A rule of the server said no: that is an answer, and its words are the reason."""
    row = replace(promotion, intent=None)
    return ended(row, desk.now, "failed", Reason.RULE_REFUSED, error.message)
