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
    """What a commit's message claims. Its promotion's id fits its stage and its freight."""

    stage: StageName
    freight: FreightId
    promotion: PromotionId
    attempt: int
    tokens: Mapping[GroupName, int]


@dataclass(frozen=True, slots=True)
class Landing:
    """
    A promotion that landed as *commit*, and is believed. *runs* are all of ours there.

    *content* is what its stage's outputs hold there; *head* its pull request's head, if it had one.
    """

    trailers: Trailers
    commit: Commit
    content: Content
    runs: tuple[CheckFact, ...] = ()
    head: Sha | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """
    Our open pull request *number*, believed; *commit* is the newest of its commits that is ours.

    *runs* are all of ours on the pull request's head. *started_by* is "" where nobody is named.
    """

    trailers: Trailers
    number: int
    commit: Commit
    content: Content
    runs: tuple[CheckFact, ...] = ()
    started_by: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A commit that is freight by our own runs there, or by a promotion of it that is believed."""

    freight: FreightId
    runs: tuple[CheckFact, ...] = ()


@dataclass(frozen=True, slots=True)
class Finds:
    """
    All that is left of one repository.

    *landings* and *seen* are oldest first. *running*: (stage, landed commit) where a check that the
    stage awaits may still run. *tokens*: the newest fencing token that a lock's ref names. *runs*:
    every run of ours that was seen, by commit. *answered*: comments that have our reply.
    """

    now: datetime
    repo: Repo
    pipeline: Pipeline
    config: Sha
    landings: tuple[Landing, ...] = ()
    heads: tuple[Head, ...] = ()
    seen: tuple[Seen, ...] = ()
    running: frozenset[tuple[StageName, Sha]] = frozenset()
    tokens: Mapping[GroupName, int] = field(default_factory=dict)
    runs: Mapping[Sha, tuple[CheckFact, ...]] = field(default_factory=dict)
    answered: tuple[CommandRecord, ...] = ()
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
