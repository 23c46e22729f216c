"""What people said to us, and what we answer, as the store remembers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.core.model.names import FreightId, GroupName, Sha, StageName
from app.core.model.people import Person
from app.core.model.reverts import Revert

TOKEN_ACTOR = "token:"  # noqa: S105 (no secret)
"""How a token's name begins where a person's login stands: no login has a colon."""


def token_actor(name: str) -> str:
    """Who acts, where it is the holder of a token of ours."""
    return f"{TOKEN_ACTOR}{name}"


SILENT = "-"
"""The outcome of what was not said to us, or is seen on its run: nothing is replied."""
Place = int | Sha
"""Where comments stand: the number of a pull request, or a commit."""
STILL_MEANT = timedelta(days=7)
"""What was said longer ago when we first heard of it does nothing any more."""
HEARD_AT_ONCE = timedelta(minutes=1)
"""What we first heard of later than that may have been edited or deleted before we did."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A promotion that a command asked for: its reply tells the end."""

    part: int
    """Which of the answers tells it: its index in `CommandRecord.parts`."""
    verb: Literal["promote", "retry", "rollback"]
    stage: StageName
    freight: FreightId
    at: datetime
    """When it was asked for."""
    elsewhere: bool = False
    """It was typed on a pull request that is not merged, so the freight is not its own."""
    reverted: Revert | None = None
    """What of the freight had been taken back when it was asked for."""


@dataclass(frozen=True, slots=True)
class FollowedLock:
    """A person's place in the queue of a lock group: the reply tells its grant, and its end."""

    part: int
    """Which of the answers tells it: its index in `CommandRecord.parts`."""
    group: GroupName
    at: datetime
    """When it was asked for."""


@dataclass(frozen=True, slots=True)
class FollowedHold:
    """A stage's hold: the reply tells at its end what goes on."""

    part: int
    """Which of the answers tells it: its index in `CommandRecord.parts`."""
    stage: StageName
    at: datetime
    """Since when the stage is held."""
    until: datetime
    """When the hold ends by itself."""


AnyFollowed = Followed | FollowedLock | FollowedHold


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """A comment with commands, a click on a button, or a command over HTTP: open, or answered."""

    key: str
    """
    Unique: ``issue-<comment id>``, ``commit-<comment id>``, ``click-<delivery guid>`` or
    ``api-<token name>-<key>``, whose *user* is a `token_actor`.
    """
    order: int
    """In which order they take effect: the id of the comment; of clicks, their arrival."""
    kind: Literal["issue", "commit", "click", "api"]
    body: str
    """The text as it was typed; "" of clicks."""
    user: str
    """The login, or of a command over HTTP a `token_actor`."""
    created_at: datetime
    user_id: int = 0
    """Of *user*; 0: not noted."""
    pull: int | None = None
    """The pull request on which it was said; None: on none."""
    sha: Sha | None = None
    """The commit on which it was said, or whose run's button was clicked."""
    verb: str = ""
    """Of a click: the button's identifier."""
    run_name: str = ""
    """Of a click: the name of the run that has the button."""
    run_id: int = 0
    """Of a click: GitHub's id of that run."""
    run_key: str = ""
    """The external id that the run had then: what it spoke of; "": not noted."""
    eyes: bool = False
    """The comment has our reaction: it was seen."""
    reply_id: int | None = None
    """The comment that answers; 0: its creation was begun, and nobody knows how it ended."""
    outcome: str = ""
    """Set once its effect is stored: the reply's text; "-" where nothing is to be said."""
    told: bool = False
    """GitHub has the reply as it is in *outcome*."""
    parts: tuple[str, ...] = ()
    """The answers to its commands, kept while one of them is *followed* to its end."""
    followed: tuple[AnyFollowed, ...] = ()
    """What the answers in *parts* still wait for."""
    answered_at: datetime | None = None
    """Nothing more will be said."""
    seen_at: datetime | None = None
    """When we first heard of it; None: nobody noted that."""

    @property
    def person(self) -> Person:
        """Who said it."""
        return Person(self.user_id, self.user)

    @property
    def comment_id(self) -> int:
        """GitHub's number of the comment."""
        return int(self.key.rpartition("-")[2])

    @property
    def place(self) -> Place | None:
        """Where it was said, and is answered; None: there is no such place."""
        return self.pull if self.pull is not None else self.sha

    @property
    def is_late(self) -> bool:
        """It was too old to act when we first heard of it."""
        return self.seen_at is not None and self.seen_at - self.created_at > STILL_MEANT

    @property
    def may_have_changed(self) -> bool:
        """It was heard of late: a delivery that comes then has the text of long ago."""
        return self.seen_at is not None and self.seen_at - self.created_at > HEARD_AT_ONCE


@dataclass(frozen=True, slots=True)
class Notice:
    """
    A comment that nobody asked for, and its audit entry: both are stored with what they tell of, or
    neither is.
    """

    said: CommandRecord
    event: str
    """The id that the comment ends with."""
    entry: Mapping[str, object]
    """Plain JSON values."""
