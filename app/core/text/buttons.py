"""The buttons of check runs: label, description and identifier."""

from __future__ import annotations

from app.core.model.facts import Button

PROMOTE = Button("Promote", "Start this promotion", "promote")
RETRY = Button("Retry", "Run again what failed", "retry")
KEEP = Button("Keep", "Its holder: one more hour", "keep")
ROLLBACK = Button("Roll back", "Restore the freight verified before", "rollback")
KEEP_ON = Button("Keep", "Its job still runs: keep the lock", "keep")
PROBE = Button("Probe again", "Ask now whether its job has ended", "probe")
RELEASE = Button("Release", "Its job has ended: free the lock", "release")
