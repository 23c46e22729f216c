"""What was found, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.core.model.cards import CardRecord
from app.core.model.check_names import code_in, read_external_id
from app.core.model.comments import CommandRecord
from app.core.model.facts import CheckFact, Commit, Content
from app.core.model.names import FreightId, GroupName, PromotionId, Repo, Sha, StageName, is_name
from app.core.model.pipeline import Pipeline
from app.core.model.promotion_ids import attempt_of
from app.core.protection.commit_notes import token_of, trailers


@dataclass(frozen=True, slots=True)
class Trailers:
    """What a commit's message claims."""

    stage: StageName
    freight: FreightId
    promotion: PromotionId
    """Its id fits the stage and the freight."""
    attempt: int
    tokens: Mapping[GroupName, int]
    """The fencing token of each group under which it was written."""


@dataclass(frozen=True, slots=True)
class Landing:
    """A promotion that landed, and is believed."""

    trailers: Trailers
    commit: Commit
    """As what it landed."""
    content: Content
    """What its stage's outputs hold there."""
    runs: tuple[CheckFact, ...] = ()
    """All of ours on *commit*."""
    head: Sha | None = None
    """Its pull request's head; None: it had none."""


@dataclass(frozen=True, slots=True)
class Head:
    """Our open pull request, believed."""

    trailers: Trailers
    number: int
    """The pull request's."""
    commit: Commit
    """The newest of its commits that is ours."""
    content: Content
    """What the stage's outputs hold there."""
    runs: tuple[CheckFact, ...] = ()
    """All of ours on the pull request's head."""
    started_by: str = ""
    """Empty: nobody is named."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A commit that is freight by our own runs there, or by a promotion of it that is believed."""

    freight: FreightId
    runs: tuple[CheckFact, ...] = ()


@dataclass(frozen=True, slots=True)
class Finds:
    """All that is left of one repository."""

    now: datetime
    repo: Repo
    pipeline: Pipeline
    config: Sha
    """The commit whose `stagelock.yaml` is in force."""
    landings: tuple[Landing, ...] = ()
    """Oldest first."""
    heads: tuple[Head, ...] = ()
    seen: tuple[Seen, ...] = ()
    """Oldest first."""
    running: frozenset[tuple[StageName, Sha]] = frozenset()
    """(stage, landed commit) where a check that the stage awaits may still run."""
    tokens: Mapping[GroupName, int] = field(default_factory=dict)
    """The newest fencing token that a lock's ref names."""
    runs: Mapping[Sha, tuple[CheckFact, ...]] = field(default_factory=dict)
    """Every run of ours that was seen, by commit."""
    answered: tuple[CommandRecord, ...] = ()
    """The comments that have our reply."""
    locked: frozenset[str] = frozenset()
    """The lock groups that people asked for in these, as they write them."""
    clients: bool = True
    """The server takes lock requests over HTTP, of which nothing is left."""
    heard_until: datetime | None = None
    """Comments since then are looked at again."""
    cards: tuple[CardRecord, ...] = ()
    """The pipeline cards that are there."""


def read_trailers(repo_id: int, message: str) -> Trailers | None:
    """
    The promotion that *message* claims to be; None: none, or its id is not that of its freight.

    Of a trailer that stands there twice the last one counts.
    """
    values: dict[str, str] = {}
    tokens: dict[GroupName, int] = {}
    for name, value in trailers(message.encode("utf-8", "surrogatepass")):
        if name == "Stagelock-Fence":
            group, _, token = value.partition("=")
            if is_name(group) and token_of(token) > 0:
                tokens[GroupName(group)] = token_of(token)
        else:
            values[name] = value
    stage, promotion = values.get("Stagelock-Stage", ""), values.get("Stagelock-Promotion", "")
    try:
        freight = FreightId.parse(values.get("Stagelock-Freight", ""))
    except ValueError:
        return None
    if not is_name(stage):
        return None
    attempt = attempt_of(repo_id, StageName(stage), freight, promotion)
    if attempt is None:
        return None
    return Trailers(StageName(stage), freight, PromotionId(promotion), attempt, tokens)


def about(run: CheckFact, name: str) -> str:
    """The promotion that our run speaks of, if it is called *name*; else ""."""
    named = read_external_id(name, run.external_id) if run.name == name else None
    return named[0] if named else ""


def code(run: CheckFact) -> str:
    """What programs are told by our run; "" where it tells none, as those of earlier versions."""
    return code_in(run.name, run.external_id)


def vouches(runs: Iterable[CheckFact], name: str, promotion: PromotionId) -> bool:
    """Tell whether one of our *runs*, called *name*, carries the promotion's id."""
    return any(about(run, name) == promotion for run in runs)
