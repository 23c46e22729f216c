"""Invariant 6 for what people say: whatever a command did when the App died, it ends the same."""

from __future__ import annotations

from pathlib import Path

from app.core.commands import TABLE, Command, parse
from tests.crash.commanding import STEPS, calm, storm


def test_every_command_is_played():
    """The registry is the list: a new command without a step fails here."""
    found = [parse(step.text.replace("{1}", "1234567"))[0] for step in STEPS]
    verbs = {one.verb for one in found if isinstance(one, Command)}
    assert len(found) == len(STEPS)
    assert verbs == {spec.verb for spec in TABLE}


def test_a_death_after_any_kind_of_act_of_a_command_changes_nothing(tmp_path: Path):
    """`make endurance` does it in each step, and lets it die after each single act."""
    died = storm(tmp_path / "storm", calm(tmp_path / "calm"), often=1).deaths
    assert set(died) >= {
        "save_command", "react", "create_comment", "create_run", "update_run", "push",
        "add_order", "set_hold", "end_hold", "set_block", "end_block", "roll_back",
        "set_approval", "end_approvals", "ask", "leave", "force",
    }  # fmt: skip
