"""Every reason as people read it, in one file: `tests/data/golden/reasons.md`."""

from __future__ import annotations

from datetime import timedelta

from app.core.model.lock_services import ServiceUse
from app.core.model.service_claims import Outside, ServiceClaim
from app.core.model.verdicts import GateAnswer, Reason, Tally, Verdict
from app.core.text.gate_words import GATE_WORDS
from app.core.text.markup import TITLE_LIMIT
from app.core.text.summaries import summary
from app.core.text.titles import title
from tests.core.saying import AT, SITE, freight, promotion, request, verdict
from tests.golden import matches

UNDER_WAY = {
    Reason.LOCKING: "locking",
    Reason.LOCK_QUEUED: "locking",
    Reason.LOCK_SUSPECT: "locking",
    Reason.LOCK_OUTSIDE: "locking",
    Reason.LOCK_DENIED: "locking",
    Reason.LOCK_REFUSED: "locking",
    Reason.GRANT_UNUSED: "locking",
    Reason.NO_EVIDENCE: "locking",
    Reason.WRITING: "writing",
    Reason.RETRYING: "writing",
    Reason.MOVED: "writing",
    Reason.CANCELLING: "writing",
    Reason.REVIEW: "in-review",
    Reason.MERGE_OBSTACLE: "in-review",
    Reason.MERGE_READY: "in-review",
    Reason.MERGE_REFUSED: "in-review",
    Reason.MERGE_BARRED: "in-review",
    Reason.WRONG_BASE: "in-review",
    Reason.VERIFYING: "verifying",
    Reason.TO_RUN: "verifying",
    Reason.NOT_STARTED: "ready",
}
ENDED = {
    Reason.VERIFIED: "verified",
    Reason.IN_SYNC: "verified",
    Reason.ADOPTED: "verified",
    Reason.REVOKED: "revoked",
    Reason.SUPERSEDED: "superseded",
    Reason.UPSTREAM_FAILED: "unreached",
    Reason.UPSTREAM_REJECTED: "unreached",
    Reason.UPSTREAM_REVOKED: "cancelled",
    Reason.WITHDRAWN: "withdrawn",
    Reason.STAGE_REMOVED: "cancelled",
    Reason.CANCELLED: "cancelled",
    Reason.CANCELLED_EARLY: "cancelled",
    Reason.ROLLED_BACK: "cancelled",
    Reason.TURNED_AWAY: "turned-away",
}
FAILED = (
    Reason.CHECK_FAILED,
    Reason.CHECK_MISSING,
    Reason.CHECK_UNFINISHED,
    Reason.CHECK_NOT_STARTED,
    Reason.NOT_RERUN,
    Reason.RUN_REFUSED,
    Reason.STEP_PROBLEM,
    Reason.SOURCE_PROBLEM,
    Reason.RULE_REFUSED,
    Reason.FOREIGN_TIP,
    Reason.ERRORED,
    Reason.PULL_CLOSED,
    Reason.MERGED_ELSEWHERE,
    Reason.LANDED_OTHERWISE,
    Reason.TOO_LARGE,
    Reason.LOCK_TIMED_OUT,
    Reason.REBUILT,
    Reason.DRIFT_CONFLICT,
)
SAID = {
    Reason.MERGE_OBSTACLE: "@mia requests changes",
    Reason.MERGE_REFUSED: "Required status check build is expected.",
    Reason.MERGE_BARRED: "At least 1 approving review is required.",
    Reason.WRONG_BASE: "its base is release by now",
    Reason.CANCELLING: "mia",
    Reason.CANCELLED: "mia",
    Reason.CANCELLED_EARLY: "mia",
    Reason.ROLLED_BACK: "mia",
    Reason.CHECK_MISSING: "no check named e2e started on this commit",
    Reason.NOT_RERUN: "GitHub has no logs of it any more",
    Reason.RUN_REFUSED: "e2e.yml has no workflow_dispatch",
    Reason.RETRYING: "GitHub answered 502 to: list the checks of a commit",
    Reason.CANNOT_ASK: "GitHub answered 502 to: list the checks of a commit",
    Reason.ASKED_LATER: "40 of 60 commits are asked about",
    Reason.STEP_PROBLEM: "stages/dev/values.yaml has no key image.tag",
    Reason.SOURCE_PROBLEM: "apps/web is not in web 4f2a91c, last changed there",
    Reason.RULE_REFUSED: "Cannot update this protected ref.",
    Reason.FOREIGN_TIP: "stagelock/dev holds a commit of mia's.",
    Reason.ERRORED: "GitHub answered 502 to: push to main",
    Reason.BLOCKED: "breaks the login",
    Reason.ON_HOLD: "black friday",
    Reason.PULL_CLOSED: "pull request 7 was closed by @mia",
    Reason.MERGED_ELSEWHERE: "Pull request #7 was merged into release",
    Reason.LANDED_OTHERWISE: "The merge commit holds other files than the head",
    Reason.LOCK_TIMED_OUT: "30 minutes of max-wait are over",
    Reason.TOO_LARGE: "It asks for 3 permits, and there are 2.",
    Reason.REBUILT: "failed: e2e",
    Reason.DRIFT_CONFLICT: "stages/dev/a was changed on both sides",
    Reason.REVERTED: "4f2a91c",
}
SPOKEN_OF = {
    Reason.UPSTREAM_UNVERIFIED: ("e2e",),
    Reason.UPSTREAM_FAILED: ("e2e",),
    Reason.UPSTREAM_REJECTED: ("e2e",),
    Reason.UPSTREAM_REVOKED: ("e2e",),
    Reason.CHECK_FAILED: ("e2e",),
    Reason.CHECK_UNFINISHED: ("e2e",),
    Reason.CHECK_NOT_STARTED: ("e2e",),
    Reason.CHECK_MISSING: ("e2e",),
    Reason.NO_EVIDENCE: ("e2e",),
    Reason.NOT_RERUN: ("e2e",),
    Reason.RUN_REFUSED: ("e2e.yml",),
    Reason.VERIFYING: ("e2e",),
    Reason.TO_RUN: ("e2e",),
    Reason.REVOKED: ("e2e",),
    Reason.WRONG_BASE: ("main",),
    Reason.APP_LACKS: ("contents: write",),
    Reason.BUSY: ("web 4f2a91c",),
    Reason.LOCK_QUEUED: ("e2e-env",),
    Reason.LOCK_SUSPECT: ("e2e-env",),
    Reason.LOCK_OUTSIDE: ("e2e-env",),
    Reason.LOCK_DENIED: ("e2e-env",),
    Reason.LOCK_REFUSED: ("e2e-env",),
    Reason.LOCK_TIMED_OUT: ("e2e-env",),
    Reason.BRANCH_MISSING: ("env/dev",),
    Reason.DRIFT: ("stages/dev/a",),
    Reason.DRIFT_CONFLICT: ("stages/dev/a",),
    Reason.FOREIGN_CONTENT: ("stages/dev",),
    Reason.FOREIGN_VALUE: ("stages/dev/values.yaml: image.tag",),
    Reason.NOT_APPROVED: ("@mia", "@acme/release"),
    Reason.ON_HOLD: ("@mia",),
    Reason.WINDOW_CLOSED: ("working-hours",),
    Reason.WINDOW_DENIED: ("freeze",),
    Reason.WINDOWS_OVER: ("working-hours",),
}


TIMED = {
    Reason.SOAKING: AT + timedelta(hours=2),
    Reason.TOO_SOON: AT + timedelta(hours=2),
    Reason.WINDOW_CLOSED: AT + timedelta(hours=18),
    Reason.WINDOW_DENIED: AT + timedelta(days=3),
}
SERVICE = ServiceUse("jenkins", "mobile-lab")
OUTSIDE = {
    Reason.LOCK_OUTSIDE: Outside(
        SERVICE,
        ServiceClaim(1, 42, 1, AT, "jenkins", "mobile-lab", "stagelock-1-a", "a", "asking", AT),
    ),
    Reason.LOCK_DENIED: Outside(
        SERVICE,
        ServiceClaim(
            1,
            42,
            1,
            AT,
            "jenkins",
            "mobile-lab",
            "stagelock-1-a",
            "a",
            "asking",
            AT,
            misses=1,
            detail="it answered 401",
        ),
    ),
    Reason.LOCK_REFUSED: Outside(SERVICE, refusal="resource"),
}
HOLDERS = {
    Reason.LOCK_QUEUED: (request(1, stage="e2e", state="held", granted_at=AT),),
    Reason.LOCK_SUSPECT: (request(1, stage="e2e", state="suspect", granted_at=AT),),
}
GATES = {reason: name for name, words in GATE_WORDS.items() for reason in words.waits}


def told(reason: Reason) -> Verdict:
    """A verdict for that reason, as the core would make it."""
    names, said = SPOKEN_OF.get(reason, ()), SAID.get(reason, "")
    phase = UNDER_WAY.get(reason) or ENDED.get(reason) or ("failed" if reason in FAILED else "")
    gate = GateAnswer(
        GATES.get(reason, ""), "wait", reason, names, AT, TIMED.get(reason), said,
        Tally(2, ("ada",), who=names) if reason is Reason.NOT_APPROVED else None,
    )  # fmt: skip
    told: Verdict = verdict(
        phase or "waiting",
        reason,
        names=names,
        detail=said,
        by=freight(9),
        since=AT,
        promotion=promotion(state="failed", reason="errored") if phase == "failed" else None,
        gates=(gate,) if reason in GATES and not phase else (),
        holders=HOLDERS.get(reason, ()),
        position=(2, 3) if reason in HOLDERS else None,
        outside=OUTSIDE.get(reason),
    )
    return told


def shown(reason: Reason) -> str:
    made = told(reason)
    return f"## {reason}\n\n> {title(made)}\n\n{summary(made, SITE, 'abcd2345')}\n"


def test_every_reason_is_read_as_it_was():
    assert matches("reasons.md", "\n".join(shown(reason) for reason in Reason))


def test_every_title_fits():
    assert [r for r in Reason if len(title(told(r))) > TITLE_LIMIT] == []
