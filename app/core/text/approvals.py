"""The texts of approvals: what is missing, who has approved, and the answers to commands."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.model.names import FreightId, StageName
from app.core.model.people import Approval
from app.core.model.pipeline import Stage
from app.core.model.verdicts import GateAnswer, Tally, Verdict
from app.core.text import markup
from app.core.text.links import Site
from app.core.text.named import Makers


def asks(stage: Stage) -> str:
    """What a stage's file asks for; "" where it asks for none."""
    return _so_many(stage.approve.count) if stage.approve is not None else ""


def makers(gate: GateAnswer | None, verdict: Verdict | None) -> Makers:
    """What the words of the gate may name."""
    return {
        "approve": lambda: verdict.command("approve") if verdict else "",
        "missing": lambda: _missing(gate.tally if gate else None),
        "approvals": lambda: _standing(gate),
        "approvers": lambda: _may(gate),
    }


def _missing(tally: Tally | None) -> str:
    """``an approval``, ``2 approvals``, ``1 more approval``."""
    if tally is None:
        return _so_many(1)
    left = tally.needed - len(tally.counted)
    return _so_many(left, " more" if tally.counted else "")


def _so_many(count: int, more: str = "") -> str:
    number = "an" if count == 1 and not more else str(count)
    return f"{number}{more} approval{'s' * (count != 1)}"


def _may(gate: GateAnswer | None) -> str:
    """Who may approve, as a subject: ``@ada or @acme/release``, ``somebody with *write*``."""
    who = gate.tally.who if gate is not None and gate.tally is not None else ()
    return _any_of(who) or "somebody with *write*"


def _any_of(who: Sequence[str]) -> str:
    names = [markup.escape(name) for name in who]
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else "".join(names)


def _standing(gate: GateAnswer | None) -> str:
    """Whose approvals there are, and why some do not count; "" where there are none."""
    tally = gate.tally if gate is not None else None
    if tally is None:
        return ""
    said = (
        ("Approved by {0}.", tally.counted),
        ("The approval of {0} does not count: no longer allowed to approve here.", tally.lapsed),
        ("The approval of {0} does not count: the only author of what is new.", tally.author),
    )
    return " ".join(template.format(_people(logins)) for template, logins in said if logins)


def _people(logins: Sequence[str]) -> str:
    return markup.listed(markup.person(login, markup.escape) for login in logins)


def done(made: Approval, tally: Tally | None, site: Site, start: str = "") -> str:
    """
    The answer to `/approve`; *tally* is what there was before, *start* what somebody must type to
    start it; "": it is started.
    """
    there = (*tally.counted, made.login) if tally is not None else (made.login,)
    left = tally._replace(counted=there) if tally is not None else None
    rest = (
        f"It needs {_missing(left)}."
        if left is not None and left.needed > len(there)
        else "It is promoted as soon as every other gate has passed."
    )
    rest += f" Nobody has started it: comment {markup.code(start)}." if start else ""
    return f"Done: {site.freight(made.freight)} is approved for {markup.code(made.stage)}. {rest}"


def taken_back(ended: Sequence[Approval], site: Site) -> str:
    """The answer to `/unapprove`."""
    freights = markup.listed(site.freight(approval.freight) for approval in ended)
    word, verb = ("approval", "is") if len(ended) == 1 else ("approvals", "are")
    return f"Done: your {word} of {freights} for {markup.code(ended[0].stage)} {verb} taken back."


def none_to_take_back(stage: StageName, *, reviewed: bool) -> str:
    """`/unapprove` by somebody who has none left to take back; *reviewed*: reviews count there."""
    said = f"Not done: you have no unused approval for {markup.code(stage)}."
    return f"{said} An approving review is dismissed on its pull request." if reviewed else said


def not_asked(stage: StageName) -> str:
    """`/approve` where the file asks for none."""
    return (
        f"Not done: {markup.code(stage)} requires no approval (`approve` in `stagelock.yaml`). "
        f"{markup.code(f'/why {stage}')} shows what it waits for."
    )


def own(stage: StageName, freight: FreightId, who: Sequence[str], site: Site) -> str:
    """`/approve` by the freight's only author; *who* may instead."""
    ask = f"Ask {_any_of(who)}" if who else "Ask somebody else with *write*"
    typed = markup.code(f"/approve {stage} {freight.sha[:12]}")
    return (
        f"Not done: you are the only author of what is new in {site.freight(freight)}, and "
        f"{markup.code(stage)} requires an approval by somebody else. {ask} to comment {typed}."
    )


def again(stage: StageName) -> str:
    """A comment whose author an older version did not record."""
    return f"Not done: please comment {markup.code(f'/approve {stage}')} again."
