"""What each command does, for the help."""

from __future__ import annotations

from collections.abc import Mapping

DOES: Mapping[str, str] = {
    "help": "this list",
    "status": "where every stage is",
    "why": "every gate: pass, wait or fail, and the next look",
    "promote": "start one promotion",
    "retry": "try what failed there again",
    "approve": "give leave for a freight where the stage asks for it",
    "unapprove": "take back your approvals there that are not used yet",
    "cancel": "end the promotion that is under way there",
    "rollback": "bring earlier freight back that was verified there, and hold the stage",
    "hold": "stop automatic promotion there",
    "resume": "end a hold",
    "block": "keep the freight out of every stage where it is not yet",
    "allow": "end a block",
    "lock": "take a lock group, or queue for it: 1 hour from the grant, at most 24; again: prolong",
    "unlock": "give it back: its holder, or maintain; by force, with maintain: take it away",
}
