"""
The words of every reason: title, why, and when it is looked at next.

Fields in braces are filled by `titles.Fields`; a template holds nothing that changes with time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.verdicts import Reason


@dataclass(frozen=True, slots=True)
class Words:
    """
    *title* answers at a glance, *why* is a sentence, *look* says what happens next and when.

    *names* stands in for names where the verdict has none. Ends have no *look* but a way out.
    """

    title: str
    why: str
    look: str
    names: str = "its upstream"


_WAITS = {
    Reason.UPSTREAM_UNVERIFIED: Words(
        "waits for {names}",
        "It has not been verified in {names} yet.",
        "It is looked at again as soon as {names} has an answer.",
    ),
    Reason.NOT_STARTED: Words(
        "ready for {stage}: /promote {stage}",
        "This stage starts when somebody says so (`auto: false`).",
        "It is looked at again when somebody comments `/promote {stage}`.",
    ),
    Reason.SOAKING: Words(
        "soaking until {until}",
        "It has to stay upstream for the stage's `soak` first.",
        "It is looked at again at {until}.",
    ),
    Reason.TOO_SOON: Words(
        "waits until {until}: at-most-every",
        "The last promotion landed here less than `at-most-every` ago.",
        "It is looked at again at {until}.",
    ),
    Reason.ON_HOLD: Words(
        "on hold{ends}: {detail}",
        "Automatic promotion here is on hold: {detail}",
        "It goes on {resumes}. `/promote {stage}` starts one promotion all the same.",
    ),
    Reason.BUSY: Words(
        "waits: {stage} is busy with {names}",
        "Another promotion is on its way in this stage, and one at a time is the rule.",
        "It is looked at again when that promotion has ended.",
        "another promotion",
    ),
    Reason.QUEUE_ALL: Words(
        "waits for older freight (queue: all)",
        "The stage takes every freight in turn, and older freight comes first.",
        "It is looked at again when the older freight has ended here.",
    ),
    Reason.FOREIGN_CONTENT: Words(
        "{stage} holds content no freight explains ({names}): /promote {stage}",
        "The stage's outputs hold content ({names}) that no freight of this pipeline gives. "
        "We do not replace it unasked: `/promote {stage}` does.",
        "It is looked at again when somebody comments `/promote {stage}`, "
        "or when the content changes.",
        "some files",
    ),
    Reason.FOREIGN_VALUE: Words(
        "{stage} holds {names}, which no freight explains: /promote {stage}",
        "The stage's file says {names}, which no freight of this pipeline gives. "
        "We do not replace it unasked: `/promote {stage}` does.",
        "It is looked at again when somebody comments `/promote {stage}`, "
        "or when the value changes.",
        "a value",
    ),
    Reason.DRIFT: Words(
        "{stage} was edited by hand: /promote {stage} replaces it",
        "The stage's outputs were changed by hand since our last write: {names}. "
        "We do not replace that unasked (`on-drift: block`): `/promote {stage}` does.",
        "It is looked at again when somebody comments `/promote {stage}`, "
        "or when the change is reverted.",
        "what it holds",
    ),
    Reason.NO_EVIDENCE: Words(
        "no {names} check has run on this content",
        "The stage holds this content already, but nothing says that it works: "
        "{names} has not run on it. No lock is taken until something runs.",
        "It is looked at again when {names} runs, or after `/retry {stage}`.",
        "awaited",
    ),
    Reason.LOCK_QUEUED: Words(
        "lock {names}: {queue}",
        "Every gate has passed; the stage's lock is not free yet. {queue}.",
        "It starts by itself when its turn comes: nothing needs to be done.",
        "group",
    ),
    Reason.LOCK_SUSPECT: Words(
        "blocked: {names} is suspect; a maintainer must press Release",
        "Every gate has passed, but the lock {names} is suspect: who had it should have ended, and "
        "its job may still run.",
        "It starts by itself once that job is seen to have ended. A maintainer who knows that it "
        "has presses Release on that lock's run.",
        "group",
    ),
    Reason.GRANT_UNUSED: Words(
        "the lock went back unused, queued again",
        "The grant was not used in time, so others get their turn first.",
        "It is looked at again when its turn comes.",
    ),
    Reason.SHARED_PUSH: Words(
        "waits for the push of {names}",
        "Another stage on this branch is pushed first, because checks run on a push's head only.",
        "It is looked at again right after that push.",
        "another stage",
    ),
    Reason.BRANCH_MISSING: Words(
        "branch {names} is missing",
        "The stage's branch does not exist, and we make it before the first promotion. {detail}",
        "It is looked at again when the branch exists: where a rule keeps us from creating it, "
        "somebody who may has to.",
        "of this stage",
    ),
    Reason.RETRYING: Words(
        "retrying: {detail}",
        "We could not find out, and try again: {detail}.",
        "It is tried again by itself, with growing pauses, until the stage's `timeout-minutes` "
        "are over.",
    ),
    Reason.MOVED: Words(
        "the branch moved, planned again",
        "Somebody else's push came first; the edit is recomputed on the new tip. {detail}",
        "It is planned again at once.",
    ),
}

_WAY = {
    Reason.PASSED: Words(
        "about to start",
        "Every gate has passed.",
        "It starts at once.",
    ),
    Reason.LOCKING: Words(
        "asks for its lock",
        "Every gate has passed; now the stage's lock is asked for.",
        "It is looked at again when the lock answers.",
    ),
    Reason.WRITING: Words(
        "writing to {stage}",
        "The promotion commit is being written and pushed.",
        "It is looked at again when the push has ended.",
    ),
    Reason.REVIEW: Words(
        "in review",
        "The pull request is prepared or open. {detail}",
        "It is looked at again with each review, check and push there.",
    ),
    Reason.MERGE_READY: Words(
        "ready to merge",
        "Every gate has passed: the pull request may be merged now.",
        "It is looked at again when it is merged or closed.",
    ),
    Reason.MERGE_REFUSED: Words(
        "GitHub refused the merge",
        "Every gate has passed, but GitHub refused the merge: {detail}",
        "The next review, check or push there tries again.",
    ),
    Reason.VERIFYING: Words(
        "verifying: waits for {names}",
        "It has landed; {names} decides whether it works.",
        "It is looked at again with each check on what landed.",
        "its checks",
    ),
}

_ENDS = {
    Reason.VERIFIED: Words("verified", "It has landed here, and what was awaited passed.", ""),
    Reason.IN_SYNC: Words(
        "already in sync, verified",
        "The stage held exactly this content already: no commit was needed.",
        "",
    ),
    Reason.ADOPTED: Words(
        "adopted",
        "The stage held this freight's content when we first saw it.",
        "It counts as there, not as verified.",
    ),
    Reason.CHECK_FAILED: Words(
        "failed: {names}",
        "{names} failed on what landed.",
        "Push a fix, or comment `/retry {stage}` to run the failed jobs again.",
        "a check",
    ),
    Reason.CHECK_MISSING: Words(
        "failed: {detail}",
        "Verification timed out: {detail}.",
        "Does a workflow run on that commit, and is its check's name right in `stagelock.yaml`? "
        "Then comment `/retry {stage}`.",
    ),
    Reason.CHECK_UNFINISHED: Words(
        "failed: {names} unfinished at the timeout",
        "{names} was still running when the stage's `timeout-minutes` were over.",
        "Comment `/retry {stage}` to run it again.",
        "a check",
    ),
    Reason.REVOKED: Words(
        "revoked: {names} failed at {revoked} on re-run",
        "It had been verified; a later run of {names} failed and took that back.",
        "A passing re-run verifies it again; newer freight may enter.",
        "a check",
    ),
    Reason.STEP_PROBLEM: Words(
        "failed: {detail}",
        "A step cannot run on the stage's branch: {detail}",
        "It is planned again by itself when that file changes, or by `/retry {stage}`.",
    ),
    Reason.RULE_REFUSED: Words(
        "refused by a rule of the server",
        "The server refused the push: {detail}",
        "Let the App pass that rule (a bypass of the branch's protection or ruleset), then comment "
        "`/retry {stage}`. It is also planned again when `stagelock.yaml` changes.",
    ),
    Reason.DENIED: Words(
        "failed: a permission is missing",
        "GitHub denied it: {detail}",
        "Grant the App that permission, then comment `/retry {stage}`.",
    ),
    Reason.FOREIGN_TIP: Words(
        "failed: stagelock/{stage} was pushed to by somebody else",
        "{detail}",
        "Merge that branch, or delete it and comment `/retry {stage}`.",
    ),
    Reason.ERRORED: Words(
        "failed: could not find out in time",
        "We tried until the stage's `timeout-minutes` were over: {detail}",
        "When that is mended, comment `/retry {stage}`.",
    ),
    Reason.SUPERSEDED: Words(
        "superseded by {by}",
        "Newer freight, {by}, took its place before it began writing.",
        "Nothing is lost: the newer freight holds its changes too.",
    ),
    Reason.UPSTREAM_FAILED: Words(
        "not reached: {names} failed",
        "It failed in {names}, so its turn never came here.",
        "It goes on when a retry there passes.",
    ),
    Reason.UPSTREAM_REVOKED: Words(
        "cancelled: {names} took its verification back",
        "It is no longer verified in {names}.",
        "It goes on when it is verified there again.",
    ),
    Reason.WITHDRAWN: Words(
        "withdrawn: its commit left the branch",
        "Its commit is no longer on its branch's first-parent line (a force push?). {detail}",
        "It enters no further stage; newer freight does. Nothing is undone by itself.",
    ),
    Reason.STAGE_REMOVED: Words(
        "cancelled: {stage} was removed",
        "The stage is no longer in `stagelock.yaml`.",
        "Nothing is undone by itself.",
    ),
    Reason.PULL_CLOSED: Words(
        "cancelled: its pull request was closed",
        "{detail} without being merged.",
        "Comment `/retry {stage}` to open it again; newer freight opens a new one.",
    ),
    Reason.DRIFT_CONFLICT: Words(
        "failed: conflict with hand edits: {detail}",
        "The freight changes the same as people did by hand in {stage}, so neither was written: "
        "{detail}.",
        "Bring the freight and the edit together and push, or revert the edit; then comment "
        "`/retry {stage}`. With the edit still there, that replaces it.",
    ),
    Reason.LANDED_OTHERWISE: Words(
        "merged into other content, planned again",
        "{detail}. What landed is not what the pull request showed, so it verifies nothing.",
        "It is recomputed at once.",
    ),
    Reason.TOO_LARGE: Words(
        "failed: it asks for more than the lock has",
        "The stage's lock group has no permit that could ever be free. {detail}",
        "Define the group in `stagelock.yaml`, then comment `/retry {stage}`.",
    ),
    Reason.REBUILT: Words(
        "{detail}",
        "It ended before the records here were rebuilt from Git and GitHub. "
        "What its check run said then: {detail}",
        "Newer freight may enter; `/retry {stage}` tries this one again where it failed or was "
        "cancelled.",
    ),
}

WORDS: Mapping[Reason, Words] = {**_WAITS, **_WAY, **_ENDS}
