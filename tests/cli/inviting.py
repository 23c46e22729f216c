"""A server that nobody has set up: its environment, and the address that it prints."""

from __future__ import annotations

import re

NAMELESS = {"STAGELOCK_APP_ID": "", "STAGELOCK_PRIVATE_KEY": "", "STAGELOCK_WEBHOOK_SECRET": ""}


def invited(running):
    """The one-time address that it printed."""
    running.wait_for(lambda: "/setup?token=" in "".join(running.out), "no address")
    [address] = re.findall(r"http://\S+/setup\?token=\S+", "".join(running.out))
    return address
