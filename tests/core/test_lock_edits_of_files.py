"""
Edits of `stagelock.yaml` that leave a stage's groups as they are, or take the stage away, against
every state of its lock request.

As `test_lock_edits.py`, the table was written from the contract: permits and weights bind what is
not yet granted; a stage that is gone frees nothing that may run; a file that is not valid is not in
force. What has ended stays as it ended.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.model.lock_requests import ALL, HOLDING, LIVE, REQUEST_ENDS
from app.core.model.names import Sha
from app.core.model.pipeline import Pipeline
from tests.core.editing import NOW, STAGES, begun, passes

FILE = STAGES % ("one", NOW)
GONE, SAME = Pipeline({}, {}), ""
EDITS = {
    "more permits": FILE.replace("one: {permits: 1", "one: {permits: 2"),
    "named permits": FILE.replace("one: {permits: 1", "one: {permits: [a, b]"),
    "more weight": FILE.replace(NOW, ", lock: {one: all}"),
    "stage renamed": FILE.replace("  api: {freight", "  other: {freight"),
    "file removed": GONE,
    "file invalid": SAME,  # the newest valid one stays in force
}
After = tuple[str, dict[str, int], dict[str, tuple[str, ...]]]
"""Its state, its weights and its named permits afterwards."""
QUEUED: dict[str, After] = {
    "more permits": ("held", {}, {}),
    "named permits": ("held", {}, {"one": ("a",)}),
    "more weight": ("queued", {"one": ALL}, {}),
    "stage renamed": ("cancelled", {}, {}),
    "file removed": ("cancelled", {}, {}),
    "file invalid": ("queued", {}, {}),
}
HELD: dict[str, After] = {
    **dict.fromkeys(EDITS, ("held", {}, {})),
    "stage renamed": ("suspect", {}, {}),
    "file removed": ("suspect", {}, {}),
}
TABLE: dict[str, dict[str, After]] = {
    "queued": QUEUED,
    "held": HELD,
    "suspect": dict.fromkeys(EDITS, ("suspect", {}, {})),
    "releasing": dict.fromkeys(EDITS, ("forced", {}, {})),
    **{state: dict.fromkeys(EDITS, (state, {}, {})) for state in sorted(REQUEST_ENDS)},
}


def standing(state):
    """`api` in *state* of asking for `one`, and its request."""
    world = begun(state if state in ("queued", "suspect") else "held")
    request = world.request("api")
    if state == "releasing":
        taken = replace(request, state="releasing", ended_by="bob", reason="!")
        world.requests[request.id] = taken
    elif state in REQUEST_ENDS:
        passes(world, "api")
        world.requests[request.id] = replace(world.requests[request.id], state=state)
    return world, world.requests[request.id]


def edited(world, edit):
    if isinstance(edit, Pipeline):
        world.configure(FILE)
        world.pipeline = world.pipelines[world.config] = edit
    elif edit:
        world.configure(edit)
    world.settle()


def test_the_table_has_every_state():
    assert TABLE.keys() == LIVE | REQUEST_ENDS


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("state", TABLE)
def test_what_an_edit_of_the_file_does_to_a_request(state, edit):
    world, before = standing(state)
    edited(world, EDITS[edit])

    after = world.requests[before.id]
    assert (after.state, after.weights, after.permits) == TABLE[state][edit]
    assert after.groups == before.groups
    if after.state in HOLDING and before.state in HOLDING:
        assert after.tokens == before.tokens
    if state == "queued" and edit == "more weight":
        assert after.seq > before.seq
    elif state != "queued":
        assert after.seq == before.seq
    if state in REQUEST_ENDS:
        assert after == before


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("state", ["held", "suspect"])
def test_what_it_has_is_free_once_its_check_has_ended(state, edit):
    """rules E1, E8: an edit neither frees it before that, nor keeps it after."""
    world, before = standing(state)
    landed: Sha | None = world.last("api").landed
    edited(world, EDITS[edit])
    world.conclude(landed, "api", "success")
    world.settle()

    assert world.requests[before.id].state == "released"
