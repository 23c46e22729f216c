"""The buttons of check runs: label, description and what a click is called."""

from __future__ import annotations

from app.core.model.facts import Button

PROMOTE = Button("Promote", "Start this promotion", "promote")
RETRY = Button("Retry", "Try again what failed", "retry")
KEEP = Button("Keep", "Its holder: one hour more", "keep")
ROLLBACK = Button("Roll back", "Bring back what was verified before", "rollback")
KEEP_ON = Button("Keep", "Its job still runs: held on", "keep")
PROBE = Button("Probe again", "Ask now whether its job has ended", "probe")
RELEASE = Button("Release", "Its job has ended: free the lock", "release")
