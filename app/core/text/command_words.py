"""What each command does, for the help."""

from __future__ import annotations

from collections.abc import Mapping

DOES: Mapping[str, str] = {
    "help": "this list",
    "status": "what each stage holds, and what is on its way to it",
    "why": "every gate: pass, wait or fail, and when it is checked again",
    "promote": "start one promotion",
    "retry": "run again what failed in the stage",
    "approve": "approve a freight for a stage that requires approval",
    "unapprove": "take back your unused approvals for the stage",
    "cancel": "cancel the promotion to the stage that is under way",
    "rollback": "restore earlier freight that was verified there, and put the stage on hold",
    "hold": "stop automatic promotion to the stage",
    "resume": "end a hold",
    "block": "keep the freight out of every stage that it has not reached",
    "allow": "end a block",
    "lock": "take a lock group, or queue for it: 1 hour from the grant, at most 24; again: extend",
    "unlock": "release it (its holder, or maintain); with --force (maintain): take it away",
}
SKIPS = "an emergency: start one that skips every gate that has not passed, but a block or a lock"
