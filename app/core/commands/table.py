"""The commands that people type: TABLE is the registry, in the order of the help."""

from __future__ import annotations

from app.core.commands.arguments import (
    SKIP_GATES,
    freight,
    freight_and_reason,
    gates_and_all,
    nothing,
    stage,
    stage_and_freight,
    stage_to_freight,
    stage_until_reason,
)
from app.core.commands.lock_arguments import group_and_force, group_for_reason
from app.core.commands.spec import Spec

TABLE: tuple[Spec, ...] = (
    Spec("help", "/stagelock help", "read", nothing),
    Spec("status", "/stagelock status", "read", nothing),
    Spec("why", "/why STAGE", "read", stage),
    Spec(
        "promote",
        "/promote STAGE [FREIGHT]",
        "write",
        gates_and_all,
        "promote",
        skipping=f"/promote STAGE [FREIGHT] {SKIP_GATES} reason",
    ),
    Spec("retry", "/retry STAGE [FREIGHT]", "write", stage_and_freight, "promote"),
    Spec("approve", "/approve STAGE [FREIGHT]", "write", stage_and_freight),
    Spec("unapprove", "/unapprove STAGE", "write", stage),
    Spec("cancel", "/cancel STAGE [FREIGHT]", "write", stage_and_freight, "promote"),
    Spec("hold", "/hold STAGE [until WHEN] reason", "write", stage_until_reason, "promote"),
    Spec("resume", "/resume STAGE", "write", stage, "promote"),
    Spec("block", "/block FREIGHT reason", "write", freight_and_reason, "promote"),
    Spec("allow", "/allow FREIGHT", "write", freight, "promote"),
    Spec("rollback", "/rollback STAGE [to FREIGHT]", "write", stage_to_freight, "promote"),
    Spec("lock", "/lock GROUP [for 30m] reason", "write", group_for_reason),
    Spec("unlock", "/unlock GROUP[#TOKEN] [--force reason]", "read", group_and_force, "admin"),
)
