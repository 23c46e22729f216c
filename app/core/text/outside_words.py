"""The texts of what a promotion waits for at external lock services."""

from __future__ import annotations

from app.core.model.verdicts import Reason
from app.core.text.words import Words

OUTSIDE = {
    Reason.LOCK_OUTSIDE: Words(
        "waiting for {names}; {service}",
        "Every gate has passed and it is first in the queue here, but the external lock service "
        "has not granted {names} yet: {service}.",
        "Retried automatically, at most 5 minutes apart; there is nothing to do.",
        "a lock service",
        row="{names} is not granted by the lock service",
        next="when the lock service grants it",
    ),
    Reason.LOCK_DENIED: Words(
        "waiting for {names}; {service}",
        "Every gate has passed and it is first in the queue here, but the external lock service "
        "refuses {names}: {service}.",
        "Retried automatically, at most 5 minutes apart.",
        "a lock service",
        do="ask the server's administrator to check the address, credentials and rights of "
        "{names} in the file that STAGELOCK_LOCK_SERVICES names.",
        row="the lock service refuses {names}",
        next="when the lock service grants it",
    ),
    Reason.LOCK_REFUSED: Words(
        "{service}",
        "Every gate has passed, but the lock cannot be granted: {service}.",
        "Checked again each time Stagelock looks at this repository.",
        "a lock service",
        do="change `service` in `stagelock.yaml`, or ask the server's administrator to add it to "
        "the file that STAGELOCK_LOCK_SERVICES names.",
        row="this server does not serve {names}",
        next="when the server's lock services or `stagelock.yaml` change",
    ),
}
