"""
A slow judge of one awaited name on one commit, written from the contract's sentences alone.

It shares nothing with `app/core/evidence/judge.py`: it goes through the history attempt by attempt, and
writes down what stands after each.
"""

from __future__ import annotations

GREEN = ("success", "neutral")
NOTHING = ("cancelled", "stale")


def stands(attempts):
    """What the attempts at one check, oldest first, leave standing; None: none has concluded."""
    state = None
    for conclusion in attempts:
        if conclusion is None:
            continue  # an unfinished re-run changes nothing
        if state == "red" and conclusion in (*NOTHING, "skipped"):
            continue  # it undoes no failure
        if conclusion in GREEN:
            state = "green"
        elif conclusion == "skipped":
            state = "skipped"
        elif conclusion in NOTHING:
            state = "nothing"
        else:
            state = "red"
    return state


def skipped_says(runs, index, unfinished_suites):
    """What the skipped run at *index* of (name, suite, conclusion), in order of ids, says."""
    name, suite, _ = runs[index]
    goes_on = suite in unfinished_suites or any(s == suite and c is None for _, s, c in runs)
    states = []
    for other in sorted({n for n, s, _ in runs if s == suite and n != name}):
        attempts = []
        for place, (n, s, conclusion) in enumerate(runs):
            if (n, s) != (other, suite):
                continue
            # The re-run that mended it is not over: what was skipped is still to come.
            if goes_on and place > index and conclusion in (*GREEN, "skipped"):
                continue
            attempts.append(conclusion)
        states.append(stands(attempts))
    if "red" in states:
        return "failed"
    return None if "nothing" in states else "passed"


def verdict(runs, name="e2e", unfinished_suites=()):
    """
    What *runs*, (name, suite, conclusion) in the order of their ids, say of *name*.

    `passed`, `failed`, `running` (something of it goes on), `silent` (it only ended in words that
    say nothing), `absent` (never started).
    """
    state, last = None, None
    for index, (other, _, conclusion) in enumerate(runs):
        if other != name:
            continue
        said = None
        if conclusion in GREEN:
            said = "passed"
        elif conclusion == "skipped":
            said = skipped_says(runs, index, unfinished_suites)
        elif conclusion is not None and conclusion not in NOTHING:
            said = "failed"
        # A skipped run passes only over what is no failure of its own name.
        weighty = conclusion if conclusion != "skipped" else None
        if said == "passed" and weighty is None and last == "failed":
            said = "failed"
        if weighty in GREEN:
            last = "passed"
        elif weighty is not None and weighty not in NOTHING:
            last = "failed"
        state = said or state
    if state is not None:
        return state
    mine = [conclusion for other, _, conclusion in runs if other == name]
    if not mine:
        return "absent"
    return "running" if None in mine else "silent"
