"""
The words of every reason: title, why, and when it is looked at next.

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
        "A rollback passes this.",
        "It starts at once.",
    ),
    Reason.SKIPPED: Words(
        "about to start",
        "A person had it skip this.",
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
    Reason.MERGE_OBSTACLE: Words(
        "in review: {detail}",
        "Every gate has passed, but the pull request is not merged by itself now: {detail}.",
        "It is looked at again with each review, check and push there.",
        do="see to that on the pull request, or merge it yourself.",
    ),
    Reason.MERGE_READY: Words(
        "ready to merge",
        "Every gate has passed: the pull request may be merged now.",
        "It is looked at again when it is merged or closed.",
        do="merge the pull request.",
    ),
    Reason.MERGE_REFUSED: Words(
        "GitHub refused the merge",
        "Every gate has passed, but GitHub refused the merge: {detail}",
        "The next review, check or push there tries again.",
        do="see to what GitHub says there.",
    ),
    Reason.WRONG_BASE: Words(
        "its pull request needs the base {names}",
        "It is not merged where it is: {detail}.",
        "It is looked at again when its base is changed.",
        "its stage's branch",
        do="change its base to {names}, or close it.",
    ),
    Reason.VERIFYING: Words(
        "verifying: waits for {names}",
        "It has landed; {names} decides whether it works.",
        "It is looked at again with each check on what landed.",
        "its checks",
    ),
    Reason.CANCELLING: Words(
        "being cancelled by {detail}",
        "It was cancelled by {detail} while nobody knew whether its push had landed. It is not "
        "pushed again.",
        "It ends as soon as that is known.",
    ),
    Reason.TO_RUN: Words(
        "run {names}: no run of it can be started from here",
        "{names} is awaited on what the stage holds, and GitHub has no run of it that could be "
        "run again.",
        "It is looked at again with each check on that commit.",
        "its checks",
        do="run {names} on that commit, where it comes from.",
    ),
}

_ENDS = {
    Reason.VERIFIED: Words(
        "verified", "Promoted here; every check that it waits for has passed.", ""
    ),
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
        "",
        "a check",
        do="push a fix, or comment `{retry}` to run the failed jobs again.",
    ),
    Reason.CHECK_MISSING: Words(
        "failed: {detail}",
        "Verification timed out: {detail}.",
        "",
        do="see that a workflow runs on that commit, and that `stagelock.yaml` has the check's "
        "right name; then comment `{retry}`.",
    ),
    Reason.NOT_RERUN: Words(
        "failed: GitHub does not run the check again",
        "What failed could not be run again: {detail}.",
        "",
        do="run it again where it comes from: what it says then counts at once. Or comment "
        "`{retry}` to try once more.",
    ),
    Reason.RUN_REFUSED: Words(
        "failed: no run of it could be started",
        "The workflow that verifies it could not be started: {detail}.",
        "",
        do="see that the workflow is on the default branch and on the stage's branch, and starts "
        "on `workflow_dispatch`; then comment `{retry}`.",
    ),
    Reason.CHECK_UNFINISHED: Words(
        "failed: {names} unfinished at the timeout",
        "{names} was still running when the stage's `timeout-minutes` were over.",
        "",
        "a check",
        do="comment `{retry}` to run it again.",
    ),
    Reason.CHECK_NOT_STARTED: Words(
        "failed: {names} has not started",
        "{names} had not started when the stage's `timeout-minutes` were over, and a suite on that "
        "commit that may start it is unfinished.",
        "",
        "a check",
        do="comment `{retry}` to run it again.",
    ),
    Reason.REVOKED: Words(
        "revoked: {names} failed at {revoked} on re-run",
        "It had been verified; a later run of {names} failed and took that back.",
        "A passing re-run verifies it again; newer freight may enter.",
        "a check",
        do="push a fix, or comment `{retry}` to run it once more.",
    ),
    Reason.STEP_PROBLEM: Words(
        "failed: {detail}",
        "A step cannot run on the stage's branch: {detail}",
        "It is planned again by itself when that file changes{held}.",
        do="mend that file, or comment `{retry}` to try again as it is.",
    ),
    Reason.RULE_REFUSED: Words(
        "failed: refused by a branch rule",
        "The server refused the push: {detail}",
        "It is planned again when `stagelock.yaml` changes{held}.",
        do="let the App pass that rule (a bypass of the branch's protection or ruleset), then "
        "comment `{retry}`.",
    ),
    Reason.FOREIGN_TIP: Words(
        "failed: stagelock/{stage} was pushed to by somebody else",
        "{detail}",
        "",
        do="merge that branch, or delete it and comment `{retry}`.",
    ),
    Reason.ERRORED: Words(
        "failed: could not find out in time",
        "We tried until the stage's `timeout-minutes` were over: {detail}",
        "",
        do="when that is fixed, comment `{retry}`.",
    ),
    Reason.SUPERSEDED: Words(
        "superseded by {by}",
        "Newer freight, {by}, took its place before it began writing.",
        "Nothing is lost: the newer freight holds its changes too.",
    ),
    Reason.UPSTREAM_REVOKED: Words(
        "cancelled: {names} took its verification back",
        "It is no longer verified in {names}.",
        "It goes on when it is verified there again.",
    ),
    Reason.WITHDRAWN: Words(
        "withdrawn: its commit left the branch",
        "Its commit is no longer on its branch's line (a force push?). {detail}",
        "It enters no further stage; newer freight does. Nothing is undone by itself.",
    ),
    Reason.STAGE_REMOVED: Words(
        "cancelled: {stage} was removed",
        "The stage is no longer in `stagelock.yaml`.",
        "Nothing is undone by itself.",
    ),
    Reason.CANCELLED: Words(
        "cancelled by {detail}",
        "It was cancelled by {detail}. What had been written stays, unverified.",
        "Comment `{retry}` to try it again; newer freight may enter.",
    ),
    Reason.CANCELLED_EARLY: Words(
        "cancelled by {detail}",
        "It was cancelled by {detail} while it waited for a gate. Nothing was written.",
        "Comment `{retry}` to try it again; other freight may enter.",
    ),
    Reason.ROLLED_BACK: Words(
        "cancelled by the rollback of {detail}",
        "It was under way when {detail} had earlier freight brought back.",
        "Newer freight enters; this enters again only when a person names it.",
        purpose="To bring it back all the same",
    ),
    Reason.PULL_CLOSED: Words(
        "cancelled: its pull request was closed",
        "{detail} without being merged.",
        "Comment `{retry}` to open it again; newer freight opens a new one.",
    ),
    Reason.MERGED_ELSEWHERE: Words(
        "cancelled: merged into another branch",
        "{detail}: that is no promotion to {stage}.",
        "Comment `{retry}` to open another one; newer freight opens a new one.",
    ),
    Reason.DRIFT_CONFLICT: Words(
        "failed: conflict with hand edits: {detail}",
        "The freight changes the same as people did by hand in {stage}, so neither was written: "
        "{detail}.",
        "",
        do="bring the freight and the edit together and push, or revert the edit; then comment "
        "`{retry}`. With the edit still there, that replaces it.",
    ),
    Reason.LANDED_OTHERWISE: Words(
        "merged into other content, planned again",
        "{detail}. What landed is not what the pull request showed, so it verifies nothing.",
        "It is recomputed at once.",
    ),
    Reason.LOCK_TIMED_OUT: Words(
        "failed: timed out waiting for the lock",
        "The stage queued for its lock, and {detail}.",
        "",
        do="comment `{retry}` to queue again, at the end.",
    ),
    Reason.TOO_LARGE: Words(
        "failed: it asks for more than the lock has",
        "The stage's lock group has no permit that could ever be free. {detail}",
        "",
        do="define the group in `stagelock.yaml`, then comment `{retry}`.",
    ),
    Reason.REBUILT: Words(
        "{detail}",
        "It ended before the records here were rebuilt from Git and GitHub. "
        "What its check run said then: {detail}",
        "Newer freight may enter; `{retry}` tries this one again where it failed or was cancelled.",
    ),
}

_GATES = {reason: words for gate in GATE_WORDS.values() for reason, words in gate.waits.items()}
WORDS: Mapping[Reason, Words] = {**_GATES, **WAITS, **_WAY, **_ENDS}
