"""What a survey finds as the one before it left it."""

from __future__ import annotations

from typing import NamedTuple

from app.engine.survey.adoption import Contacts
from app.engine.survey.reachability import Reached
from app.engine.survey.reverts import Reverts


class Kept(NamedTuple):
    """Of all repositories of a process; all of it may be lost, and is read again then."""

    contacts: Contacts
    reached: Reached
    reverts: Reverts
