"""How a promotion ended: as a verdict, and as the final reply to the command that started it."""

from __future__ import annotations

from app.core.model.comments import AnyFollowed, Followed
from app.core.model.records import Promotion, Records
from app.core.model.verdicts import Phase, Reason, Verdict
from app.core.text import hand_edits, markup
from app.core.text.links import Site
from app.core.text.summaries import because, upcoming
from app.core.text.titles import title

ELSEWHERE = " (not this pull request's freight: this pull request is not merged)"
_REASONS = {"superseded": Reason.SUPERSEDED, "verified": Reason.VERIFIED}


def as_verdict(promotion: Promotion) -> Verdict:
    """The verdict of a promotion from its row alone, without its stage's other facts."""
    phase: Phase = "revoked" if promotion.revoked_at is not None else promotion.state
    known = {reason.value for reason in Reason}
    return Verdict(
        stage=promotion.stage,
        freight=promotion.freight,
        phase=phase,
        reason=Reason(promotion.reason)
        if promotion.reason in known
        else _REASONS.get(promotion.state, Reason.ERRORED),
        about=promotion.about,
        detail=promotion.detail,
        by=promotion.successor,
        since=promotion.created_at,
        promotion=promotion,
    )


def ending(records: Records, followed: Followed, site: Site) -> str | None:
    """The final reply to the command *followed*; None while its promotion is under way."""
    about = (followed.stage, followed.freight)
    if any((order.stage, order.freight) == about for order in records.orders):
        return None
    promotions = [
        p
        for p in records.promotions
        if (p.stage, p.freight) == about
        and (p.updated_at >= followed.at or not p.ended)
        and not _was_over(p, followed)
    ]
    begun = took(followed, site)
    if not promotions:
        back = followed.verb == "rollback"
        return f"{begun}. {_NOT_BROUGHT_BACK if back else _passed_over(records, followed, site)}"
    if not promotions[-1].ended:
        return None
    return f"{begun}: {_end(promotions[-1], site)}"


def _passed_over(records: Records, followed: Followed, site: Site) -> str:
    """Why a word started nothing: what was promoted instead, where that is known."""
    others = (
        promotion.freight
        for promotion in reversed(records.promotions)
        if promotion.stage == followed.stage
        and promotion.freight != followed.freight
        and promotion.created_at >= followed.at
    )
    other = next(others, None)
    if other is None:
        return _PASSED_OVER
    stage = markup.code(followed.stage)
    return f"Nothing was started: before its turn came, {stage} moved on to {site.freight(other)}."


def ended(before: str, words: str, followed: AnyFollowed) -> str:
    """The reply with its end, *words*; a rollback's keeps the list of what it rejected."""
    keeps = isinstance(followed, Followed) and followed.verb == "rollback"
    return f"{before}\n\n{words}" if keeps else words


def _was_over(promotion: Promotion, followed: Followed) -> bool:
    """
    It was over before the command: cancelled before it was to be tried again, with only its push to
    be waited for; or what was to come back was verified by it, and revoked since.
    """
    if followed.verb == "rollback":
        before = promotion.verified_at is not None and promotion.verified_at < followed.at
        return promotion.leaves is None or (promotion.revoked_at is not None and before)
    begun = promotion.rerun_at or promotion.created_at
    cancelled = promotion.reason == Reason.CANCELLED.value
    return followed.verb == "retry" and cancelled and begun < followed.at


def took(followed: Followed, site: Site) -> str:
    """``Accepted: `prod` promotes web 4f2a91c``, without the full stop."""
    done = {"promote": "promotes", "retry": "tries again", "rollback": "goes back to"}[
        followed.verb
    ]
    said = f"Accepted: {markup.code(followed.stage)} {done} {site.freight(followed.freight)}"
    if followed.reverted is not None:
        commit, by = map(site.commit, followed.reverted)
        said += f" (it contains {commit}, which {by} reverts)"
    return said + ELSEWHERE * followed.elsewhere


def _end(promotion: Promotion, site: Site) -> str:
    """Commands name this freight: where this is read, `/retry` alone may mean another one."""
    verdict = as_verdict(promotion)._replace(named=True)
    landed = f"Landed as {site.commit(promotion.landed)}." if promotion.landed else ""
    said = (
        f"{markup.bold(title(verdict))}.",
        because(verdict),
        upcoming(verdict),
        landed,
        hand_edits.ending(promotion.edits),
    )
    return " ".join(part for part in said if part)


_NOT_BROUGHT_BACK = (
    "Nothing came back: before its turn came, another command took its place, or its verification "
    "was revoked, somebody blocked it, or its commit left the branch."
)
_PASSED_OVER = (
    "Nothing was started: before its turn came, the stage moved on to other freight, or its commit "
    "left the branch."
)
