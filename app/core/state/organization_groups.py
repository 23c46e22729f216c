"""A pipeline with the lock groups of its organisation: what they are, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from app.core.model.group_names import of_organization, organization, spoken
from app.core.model.lock_requests import ALL
from app.core.model.names import GroupName
from app.core.model.organization_locks import Organization
from app.core.model.pipeline import LockGroup, Pipeline, Problem, Stage
from app.core.remarks import organizations as remarks


def qualified(pipeline: Pipeline, account_id: int) -> Pipeline:
    """
    *pipeline* with the groups that it takes from the organisation named as that one's.

    What they are is not known by this: until `defined` they have no permit.
    """
    shared = {
        name: of_organization(account_id, name)
        for name, group in pipeline.locks.items()
        if group.scope == "organization" and organization(name) is None
    }
    if not shared:
        return pipeline
    locks = {
        shared.get(name, name): replace(group, permits=0) if name in shared else group
        for name, group in pipeline.locks.items()
    }
    stages = {name: _renamed(stage, shared) for name, stage in pipeline.stages.items()}
    return replace(pipeline, stages=stages, locks=locks)


def _renamed(stage: Stage, shared: Mapping[GroupName, GroupName]) -> Stage:
    weights = tuple(
        replace(weight, group=shared.get(weight.group, weight.group)) for weight in stage.weights
    )
    return replace(
        stage, locks=tuple(shared.get(name, name) for name in stage.locks), weights=weights
    )


def defined(pipeline: Pipeline, there: Organization) -> Pipeline:
    """
    A `qualified` *pipeline* with what is in force *there*; one that is not in it has no permit.

    The repository that defines the groups has all of them.
    """
    known = {of_organization(there.id, group.name): group for group in there.groups}
    mine = {
        name: replace(known[name], scope=group.scope, mark=group.mark) if name in known else group
        for name, group in pipeline.locks.items()
    }
    return replace(pipeline, locks={**known, **mine} if there.home else mine)


def shares(pipeline: Pipeline | None) -> bool:
    """Tell whether *pipeline* names groups of its organisation."""
    groups = pipeline.locks.values() if pipeline is not None else ()
    return any(group.scope == "organization" for group in groups)


def missing(group: GroupName, there: Organization) -> str:
    """Why nothing of *group* is granted now; "": it is defined."""
    if not there.is_one:
        return remarks.no_organization(there.name)
    if there.unknown:
        return there.unknown
    known = organization(group) == there.id and any(
        defined.name == spoken(group) for defined in there.groups
    )
    return "" if known else remarks.not_defined(spoken(group), there.name)


def problems(pipeline: Pipeline, there: Organization) -> tuple[Problem, ...]:
    """
    What the file in which *pipeline* stands says wrongly of the groups *there*, by place. While it
    is not known what they are, only that a user has none.
    """
    if there.unknown and there.is_one:
        return ()
    known = {group.name: group for group in there.groups} if there.is_one else {}
    told = [
        *_undefined(pipeline, there, known),
        *_named_twice(pipeline, there, known),
        *(
            problem
            for stage in pipeline.stages.values()
            for problem in _misused(pipeline, stage, known)
        ),
    ]
    return tuple(sorted(told, key=lambda problem: (problem.mark.line, problem.mark.column)))


def _undefined(
    pipeline: Pipeline, there: Organization, known: Mapping[GroupName, LockGroup]
) -> Iterator[Problem]:
    for name, group in pipeline.locks.items():
        if group.scope != "organization":
            continue
        if not there.is_one:
            yield Problem(remarks.no_organization(there.name), "no-organization", group.mark)
        elif GroupName(spoken(name)) not in known:
            said = remarks.undefined(spoken(name), there.name)
            yield Problem(said, "undefined-name", group.mark)


def _named_twice(
    pipeline: Pipeline, there: Organization, known: Mapping[GroupName, LockGroup]
) -> Iterator[Problem]:
    """Environments of a group of its own that are those of one that it takes from *there*, too."""
    shared = [GroupName(spoken(n)) for n, g in pipeline.locks.items() if g.scope == "organization"]
    theirs = {
        environment.casefold(): name
        for name in shared
        if name in known
        for environment in known[name].environments
    }
    for name, group in pipeline.locks.items():
        for environment in group.environments if group.scope == "repository" else ():
            other = theirs.get(environment.casefold())
            if other is not None:
                said = remarks.named_there(environment, name, other, there.name)
                yield Problem(said, "duplicate-entry", group.mark)


def _misused(
    pipeline: Pipeline, stage: Stage, known: Mapping[GroupName, LockGroup]
) -> Iterator[Problem]:
    shared = {
        GroupName(spoken(name))
        for name in stage.locks
        if name in pipeline.locks and pipeline.locks[name].scope == "organization"
    }
    for step in stage.steps:
        for _, groups in step.of_grants:
            for group in groups:
                if group in shared and group in known and not known[group].names:
                    yield Problem(remarks.no_names(group), "bad-template", stage.mark)
    for weight in stage.weights:
        name = GroupName(spoken(weight.group))
        most = known[name].permits if name in shared and name in known else weight.permits
        if weight.permits != ALL and weight.permits > most:
            said = remarks.too_heavy(stage.name, weight.permits, name, most)
            yield Problem(said, "wrong-value", stage.mark)
