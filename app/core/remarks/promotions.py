"""
What a promotion's record keeps in words: what was so when it was decided, as it was then.

Nothing reads it to decide anything (rule N15); `core/text` puts it into its sentences.
"""

from __future__ import annotations

from app.core.model.names import FreightId, Sha, StageName, short
from app.core.model.people import handle


def off_branch(landed: Sha | None, branch: str) -> str:
    """What landed is not reachable any more."""
    return f"{short(landed or '')} is no longer on {branch}"


def not_started(check: str, landed: Sha | None) -> str:
    """The timeout came, and nothing of that name had begun."""
    return f"no check named {check} started on {short(landed or '')}"


def runs_elsewhere(file: str, times: int) -> str:
    """No run that we started began on what landed."""
    return f"{file} was started {times} times, each time on content that others had changed"


def nothing_started(file: str, landed: Sha | None) -> str:
    """The timeout came, and no run of the workflow had been started."""
    return f"no run of {file} was started for {short(landed or '')}"


def no_workflow(file: str, branch: str) -> str:
    """The branch has no such workflow."""
    return f".github/workflows/{file} is not on {branch}"


def no_dispatch(file: str, branch: str) -> str:
    """The workflow cannot be started by a request."""
    return f"{file} on {branch} has no `workflow_dispatch` below its `on`"


def never_free(groups: tuple[str, ...]) -> str:
    """No group of it has so many permits."""
    return f"no permit of {', '.join(groups)} will ever be free"


def waited_too_long(groups: tuple[str, ...]) -> str:
    """Its time in the queue is over."""
    return f"it waited for {', '.join(groups)} for longer than `max-wait`"


OUT_OF_TURN = "out of turn: it was merged without its grant"


def late(before: str, landed: Sha) -> str:
    """It had ended (*before*), and its push arrived after all."""
    landing = f"landed out of turn as {short(landed)}"
    return f"{before}; {landing}" if before else landing


def not_ours(stage: StageName, tip: Sha, who: str) -> str:
    """Somebody else pushed to the branch of its pull request."""
    return (
        f"stagelock/{stage} is at {short(tip)} by {who}, not ours: "
        f"merge it, or delete the branch and /retry {stage}"
    )


def merged_elsewhere(number: int, there: str, base: str) -> str:
    """Its pull request was merged into another branch."""
    return f"pull request {number} was merged into {there}, not into {base}"


def merged_otherwise(number: int, base: str) -> str:
    """Its pull request was merged, with other content."""
    return f"pull request {number} was merged, but {base} holds other content than its head"


def closed_by(number: int, actor: str | None) -> str:
    """Its pull request was closed by *actor*, or by nobody knows whom."""
    return f"pull request {number} was closed{f' by {handle(actor)}' if actor else ''}"


def wrong_base(number: int, there: str, base: str) -> str:
    """Its pull request would be merged into another branch."""
    return f"pull request {number} is based on {there}: change its base to {base}"


def caught_up(base: str) -> str:
    """Its pull request's head is brought up to date."""
    return f"brought up to date with {base}"


def step_problem(problem: str, changed: Sha | None, unchanged: Sha | None) -> str:
    """A step cannot run; *changed* changed the file last, or nobody since *unchanged* at least."""
    if changed and short(changed) in problem:
        return f"{problem}, last changed there"
    if changed:
        return f"{problem}, last changed by {short(changed)}"
    return f"{problem}, unchanged since {short(unchanged)} or earlier" if unchanged else problem


def no_branch(refusal: str, branch: str) -> str:
    """The server does not let us create the stage's branch: *refusal* are its words."""
    return f"{refusal}. Somebody with the right to must create the branch {branch}."


def superseded_unknown() -> str:
    """Of a promotion that was found again after the database was lost."""
    return "later freight landed before its end was known"


def never_came(freight: str, upstream: StageName) -> str:
    """A step copies from an upstream in which the freight has never been."""
    return f"{freight} never came through {upstream}, which a step copies from"


def lock_not_shown() -> str:
    """The hook would refuse the merge now."""
    return "its lock cannot be shown to the server's hook now"


def rolled_back(at: FreightId, to: FreightId) -> str:
    """Why the stage is held after a rollback."""
    return f"rolled back from {at.short} to {to.short}"
