"""
The texts of every reason: the run's title, why, and what happens next.

Fields in braces are filled by `titles.Fields`; a template holds nothing that changes with time.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.core.model.verdicts import Reason
from app.core.text.gate_words import GATE_WORDS
from app.core.text.waiting_texts import WAITS
from app.core.text.words import Words

_WAY = {
    Reason.PASSED: Words(
        "about to start",
        "Every gate has passed.",
        "It starts at once.",
    ),
    Reason.BY_ROLLBACK: Words(
        "about to start",
        "A rollback does not wait for this gate.",
        "It starts at once.",
    ),
    Reason.SKIPPED: Words(
        "about to start",
        "A person skipped this gate.",
        "It starts at once.",
    ),
    Reason.LOCKING: Words(
        "requesting its lock",
        "Every gate has passed; the stage's lock is being requested.",
        "It starts as soon as the lock is granted.",
    ),
    Reason.WRITING: Words(
        "writing to {stage}",
        "The promotion commit is being written and pushed.",
        "Checked again when the push has ended.",
    ),
    Reason.REVIEW: Words(
        "in review",
        "The pull request is being prepared, or is open. {detail}",
        "Checked again with each review, check and push there.",
    ),
    Reason.MERGE_OBSTACLE: Words(
        "in review: {detail}",
        "Every gate has passed, but Stagelock cannot merge the pull request yet: {detail}.",
        "Checked again with each review, check and push there.",
        do="resolve that on the pull request, or merge it yourself.",
    ),
    Reason.MERGE_READY: Words(
        "ready to merge",
        "Every gate has passed: the pull request can be merged now.",
        "Checked again when it is merged or closed.",
        do="merge the pull request.",
    ),
    Reason.MERGE_REFUSED: Words(
        "blocked: GitHub refused the merge",
        "Every gate has passed, but GitHub refused the merge: {detail}",
        "Retried with the next review, check or push there.",
        do="resolve what GitHub reports on the pull request.",
    ),
    Reason.MERGE_BARRED: Words(
        "blocked: GitHub refused the merge",
        "Every gate has passed, but its lock is not taken again until something changes there, "
        "since GitHub refused the merge: {detail}",
        "Retried when a review, a check or a push there changes something, and within an hour.",
        do="resolve what GitHub reports on the pull request.",
    ),
    Reason.WRONG_BASE: Words(
        "blocked: its pull request needs the base {names}",
        "Its pull request is not merged as it is: {detail}.",
        "Checked again when the base is changed.",
        "its stage's branch",
        do="change the pull request's base to {names}, or close it.",
    ),
    Reason.VERIFYING: Words(
        "verifying: waiting for {names}",
        "The promotion has landed. To be verified, it must pass {names}.",
        "Checked again with each check on the landed commit.",
        "its checks",
    ),
    Reason.CANCELLING: Words(
        "being cancelled by {who}",
        "{who} cancelled it before it was known whether its push had landed. It is not pushed "
        "again.",
        "It ends as soon as that is known.",
    ),
    Reason.TO_RUN: Words(
        "waiting: run {names}, which Stagelock cannot start",
        "The stage waits for {names} on what it holds, and GitHub has no run that could be "
        "started again.",
        "Checked again with each check on that commit.",
        "its checks",
        do="run {names} on that commit, in the system that it comes from.",
    ),
}

_ENDS = {
    Reason.VERIFIED: Words("verified", "Promoted here; all its checks passed.", ""),
    Reason.IN_SYNC: Words(
        "already in sync, verified",
        "The stage already had exactly this content: no commit was needed.",
        "",
    ),
    Reason.ADOPTED: Words(
        "adopted",
        "The stage already had this freight's content when Stagelock first saw it.",
        "It counts as promoted here, not as verified.",
    ),
    Reason.CHECK_FAILED: Words(
        "failed: {names}",
        "{names} failed on the landed commit.",
        "",
        "a check",
        do="push a fix, or comment `{retry}` to run the failed jobs again.",
    ),
    Reason.CHECK_MISSING: Words(
        "failed: {detail}",
        "Verification timed out: {detail}.",
        "",
        do="make sure that a workflow runs on that commit and that `stagelock.yaml` has the "
        "check's exact name; then comment `{retry}`.",
    ),
    Reason.NOT_RERUN: Words(
        "failed: GitHub does not run the check again",
        "GitHub could not run the failed check again: {detail}.",
        "",
        do="run it again in the system that it comes from (its result counts at once), or comment "
        "`{retry}` to try once more.",
    ),
    Reason.RUN_REFUSED: Words(
        "failed: no run of it could be started",
        "The workflow that verifies this stage could not be started: {detail}.",
        "",
        do="make sure that the workflow is on the default branch and on the stage's branch, with "
        "`workflow_dispatch` below its `on`; then comment `{retry}`.",
    ),
    Reason.CHECK_UNFINISHED: Words(
        "failed: {names} without a result at the timeout",
        "Neither passed nor failed when the stage's `timeout-minutes` had passed: {names}. What is "
        "cancelled, or still running, says neither.",
        "",
        "a check",
        do="comment `{retry}` to run it again.",
    ),
    Reason.CHECK_NOT_STARTED: Words(
        "failed: {names} has not started",
        "Not started when the stage's `timeout-minutes` had passed: {names}. A check suite on that "
        "commit is unfinished and may still start it.",
        "",
        "a check",
        do="comment `{retry}` to run it again.",
    ),
    Reason.REVOKED: Words(
        "revoked: {names} failed at {revoked} on re-run",
        "It was verified, until a later run of {names} failed.",
        "A passing re-run verifies it again; newer freight can enter.",
        "a check",
        do="push a fix, or comment `{retry}` to run it once more.",
    ),
    Reason.STEP_PROBLEM: Words(
        "failed: {detail}",
        "A step cannot run on the stage's branch: {detail}",
        "Retried automatically when that file changes{held}.",
        do="fix that file, or comment `{retry}` to try again as it is.",
    ),
    Reason.SOURCE_PROBLEM: Words(
        "failed: {detail}",
        "A step cannot copy what it should: {detail}",
        "Newer freight enters by itself. This one is retried automatically when its steps find "
        "what they copy, for instance after a change of `stagelock.yaml`.",
        do="push a commit that mends it, or correct the step in `stagelock.yaml`.",
    ),
    Reason.RULE_REFUSED: Words(
        "failed: refused by a branch rule",
        "The server refused the push: {detail}",
        "Retried automatically when `stagelock.yaml` changes{held}.",
        do="let the App bypass that rule (branch protection or ruleset), then comment `{retry}`.",
    ),
    Reason.FOREIGN_TIP: Words(
        "failed: somebody else pushed to stagelock/{stage}",
        "{detail}",
        "",
        do="merge that branch, or delete it; then comment `{retry}`.",
    ),
    Reason.ERRORED: Words(
        "failed: errors until the timeout",
        "Stagelock retried until the stage's `timeout-minutes` had passed: {detail}",
        "",
        do="fix the cause, then comment `{retry}`.",
    ),
    Reason.SUPERSEDED: Words(
        "superseded by {by}",
        "Newer freight, {by}, took its place before anything was written.",
        "Nothing is lost: the newer freight includes its changes.",
    ),
    Reason.UPSTREAM_REVOKED: Words(
        "cancelled: no longer verified in {names}",
        "Its verification in {names} was revoked.",
        "It continues when it is verified there again.",
    ),
    Reason.WITHDRAWN: Words(
        "withdrawn: its commit left the branch",
        "Its commit is no longer on the branch, probably because of a force push. {detail}",
        "It enters no further stage; newer freight does. Nothing is undone automatically.",
    ),
    Reason.STAGE_REMOVED: Words(
        "cancelled: {stage} was removed",
        "The stage is no longer in `stagelock.yaml`.",
        "Nothing is undone automatically.",
    ),
    Reason.CANCELLED: Words(
        "cancelled by {who}",
        "{who} cancelled it. What was already written stays, unverified.",
        "Comment `{retry}` to try again; newer freight can enter.",
    ),
    Reason.CANCELLED_EARLY: Words(
        "cancelled by {who}",
        "{who} cancelled it while it waited for a gate. Nothing was written.",
        "Comment `{retry}` to try again; other freight can enter.",
    ),
    Reason.ROLLED_BACK: Words(
        "cancelled by the rollback of {who}",
        "It was under way when {who} rolled the stage back to earlier freight.",
        "Newer freight can enter; this one only when a person names it.",
        purpose="To promote it anyway",
    ),
    Reason.PULL_CLOSED: Words(
        "cancelled: its pull request was closed",
        "Not merged: {detail}.",
        "Comment `{retry}` to open it again; newer freight opens a new one.",
    ),
    Reason.MERGED_ELSEWHERE: Words(
        "cancelled: merged into another branch",
        "That promotes nothing to {stage}: {detail}.",
        "Comment `{retry}` to open another one; newer freight opens a new one.",
    ),
    Reason.DRIFT_CONFLICT: Words(
        "failed: conflict with hand edits: {detail}",
        "The freight and a hand edit in {stage} change the same content, so nothing was written: "
        "{detail}.",
        "",
        do="combine both changes and push them, or revert the hand edit; then comment `{retry}`. "
        "While the hand edit is there, that command replaces it.",
    ),
    Reason.LANDED_OTHERWISE: Words(
        "merged with other content, promoted again",
        "What landed is not what the pull request showed, so it verifies nothing: {detail}.",
        "It is promoted again at once.",
    ),
    Reason.LOCK_TIMED_OUT: Words(
        "failed: timed out waiting for the lock",
        "The stage did not get its lock in time: {detail}.",
        "",
        do="comment `{retry}` to queue again, at the end.",
    ),
    Reason.TOO_LARGE: Words(
        "failed: it asks for more than the lock has",
        "The stage's lock can never be granted. {detail}",
        "",
        do="define the group with enough permits in `stagelock.yaml`, then comment `{retry}`.",
    ),
    Reason.REBUILT: Words(
        "{detail}",
        "It ended before Stagelock's records were rebuilt from Git and GitHub. Its check run said: "
        "{detail}",
        "Newer freight can enter; if this one failed or was cancelled, `{retry}` tries it again.",
    ),
}

_GATES = {reason: words for gate in GATE_WORDS.values() for reason, words in gate.waits.items()}
WORDS: Mapping[Reason, Words] = {**_GATES, **WAITS, **_WAY, **_ENDS}
