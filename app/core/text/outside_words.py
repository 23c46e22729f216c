"""The words of what is waited for at external lock services."""

from __future__ import annotations

from app.core.model.verdicts import Reason
from app.core.text.words import Words

OUTSIDE = {
    Reason.LOCK_OUTSIDE: Words(
        "waiting for {names}; {service}",
        "Every gate has passed and it is its turn here, but the external lock service has "
        "not granted {names} yet: {service}.",
        "It is asked again by itself, at most 5 minutes apart: nothing needs to be done.",
        "a lock service",
        row="{names} is not granted by the lock service",
        next="when the lock service grants it",
    ),
    Reason.LOCK_REFUSED: Words(
        "{service}",
        "Every gate has passed, but nothing is granted: {service}.",
        "It is looked at again with each look at the repository.",
        "a lock service",
        do="change `service` in `stagelock.yaml`, or let the server's administrator add it "
        "to the file of STAGELOCK_LOCK_SERVICES.",
        row="this server does not serve {names}",
        next="when the server's lock services or `stagelock.yaml` change",
    ),
}
