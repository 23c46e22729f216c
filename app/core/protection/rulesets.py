"""
The rulesets that come nearest to the pre-receive hook on github.com, which runs no hooks of ours.

https://docs.github.com/rest/repos/rules (documents), and
https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.core.model.check_names import PLAN
from app.core.model.pipeline import Pipeline, Stage
from app.core.model.steps import Output

Target = Literal["branch", "push"]

MOST_PATHS = 200
"""Entries that GitHub takes in one rule on file paths, each of at most 200 characters."""
_BELOW = "/**/*"
LONGEST_PATH = 200 - len(_BELOW)

_WILD = re.compile(r"[\\*?\[\]{}]")


@dataclass(frozen=True, slots=True)
class Ruleset:
    """One ruleset: https://docs.github.com/rest/repos/rules."""

    name: str
    """It begins with ``Stagelock: `` and identifies the ruleset in a repository."""
    target: Target
    why: str
    """A sentence."""
    document: Mapping[str, Any]
    """What GitHub's API takes, and its settings page imports."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What protects a pipeline on github.com."""

    branches: tuple[Ruleset, ...]
    """They work on every plan that has rulesets."""
    pushes: tuple[Ruleset, ...]
    """They work only where the plan has push rulesets (private and internal repositories)."""

    @property
    def all(self) -> tuple[Ruleset, ...]:
        """Every ruleset, in the order in which they are best made."""
        return (*self.branches, *self.pushes)


def protection(pipeline: Pipeline, default_branch: str, app_id: int) -> Protection:
    """Work out the rulesets of *pipeline*; the App with the number *app_id* passes all of them."""
    stages = [stage for stage in pipeline.stages.values() if stage.writes]
    own = [s for s in stages if s.whole_tree and not people_merge(s)]
    shared = [s for s in stages if s.whole_tree and people_merge(s)]
    reviewed = [s for s in stages if s.via == "pull-request"]
    parts = [
        (
            "promotion branches",
            "Only the App writes the branches of promotion pull requests.",
            ["refs/heads/stagelock/**/*"],
            [_rule("creation"), _UPDATE, _rule("deletion")],
        ),
        (
            "branches of stages",
            f"Only the App writes what holds {named(own)}.",
            _refs(own, default_branch),
            [_rule("creation"), _UPDATE, _rule("deletion"), _rule("non_fast_forward")],
        ),
        (
            "branches of stages that people merge into",
            f"People change what holds {named(shared)} by pull request only.",
            _refs(shared, default_branch),
            [_rule("creation"), _rule("deletion"), _rule("non_fast_forward"), _PULL_REQUEST],
        ),
        (
            "plan",
            (
                f"Pull requests are merged only while the App's `{PLAN}` is green there: "
                "for a stage with a lock, while the lock is held."
            ),
            _refs(reviewed, default_branch),
            [_plan_required(app_id)],
        ),
    ]
    rulesets = [_branches(*part, app_id) for part in parts if part[2]]
    return Protection(tuple(rulesets), _paths(stages, app_id))


def covers(wanted: object, actual: object) -> bool:
    """
    Tell whether *found* (from GitHub) says everything that *wanted* says.

    GitHub adds defaults of its own to objects; lists are compared without regard to their order.
    """
    if isinstance(wanted, Mapping):
        return isinstance(actual, Mapping) and all(
            key in actual and covers(value, actual[key]) for key, value in wanted.items()
        )
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        return (
            isinstance(actual, Sequence)
            and len(wanted) == len(actual)
            and all(any(covers(item, other) for other in actual) for item in wanted)
        )
    return wanted == actual


def people_merge(stage: Stage) -> bool:
    """Tell whether people merge the stage's pull requests: then they write its branch, too."""
    return stage.via == "pull-request" and stage.merge == "people"


def _branches(
    name: str, why: str, refs: Sequence[str], rules: Sequence[Mapping[str, Any]], app_id: int
) -> Ruleset:
    conditions = {"ref_name": {"include": list(refs), "exclude": []}}
    return _ruleset(name, "branch", why, {"conditions": conditions, "rules": list(rules)}, app_id)


def _ruleset(name: str, target: Target, why: str, parts: Mapping[str, Any], app_id: int) -> Ruleset:
    title = f"Stagelock: {name}"
    app = {"actor_id": app_id, "actor_type": "Integration", "bypass_mode": "always"}
    document = {
        "name": title,
        "target": target,
        "enforcement": "active",
        "bypass_actors": [app],
        **parts,
    }
    return Ruleset(title, target, why, document)


def _rule(kind: str) -> dict[str, Any]:
    return {"type": kind}


_UPDATE = {"type": "update", "parameters": {"update_allows_fetch_and_merge": False}}
_PULL_REQUEST = {
    "type": "pull_request",
    "parameters": {
        "required_approving_review_count": 0,
        "dismiss_stale_reviews_on_push": False,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
    },
}
"""As little as the rule can ask: reviews are the team's own affair."""


def _plan_required(app_id: int) -> dict[str, Any]:
    """
    The check, of our App only: anybody with write access may post a check of any name.

    Not strict: the head of a promotion is not rewritten because the base has moved.
    """
    return {
        "type": "required_status_checks",
        "parameters": {
            "strict_required_status_checks_policy": False,
            "do_not_enforce_on_create": True,
            "required_status_checks": [{"context": PLAN, "integration_id": app_id}],
        },
    }


def _paths(stages: Iterable[Stage], app_id: int) -> tuple[Ruleset, ...]:
    """
    Paths that only the App may push.

    A path is a file or a folder, which the pipeline file does not tell: both are restricted.
    """
    patterns = [
        pattern
        for output in (o for s in stages if not people_merge(s) for o in s.outputs)
        if is_restrictable(output)
        for pattern in (_literal(output.path), f"{_literal(output.path)}{_BELOW}")
    ]
    known = list(dict.fromkeys(patterns))
    parts = [known[n : n + MOST_PATHS] for n in range(0, len(known), MOST_PATHS)]
    return tuple(
        _ruleset(
            "promoted paths" if len(parts) == 1 else f"promoted paths, part {number}",
            "push",
            "Only the App pushes changes of what promotions write.",
            {
                "rules": [
                    {
                        "type": "file_path_restriction",
                        "parameters": {"restricted_file_paths": part},
                    }
                ]
            },
            app_id,
        )
        for number, part in enumerate(parts, start=1)
    )


def is_restrictable(output: Output) -> bool:
    """Tell whether a rule on file paths can name just *output*."""
    if output.key is not None or output.excepts or not output.path:
        return False
    return len(output.path) <= LONGEST_PATH


def _literal(path: str) -> str:
    """A pattern for just *path*: GitHub knows no escapes, so what is special there matches any."""
    return _WILD.sub("?", path)


def _refs(stages: Iterable[Stage], default_branch: str) -> list[str]:
    return sorted({f"refs/heads/{_literal(s.branch or default_branch)}" for s in stages})


def named(stages: Sequence[Stage]) -> str:
    """``stage a`` or ``stages a, b``; of many, the first four."""
    names = [stage.name for stage in stages]
    shown = names if len(names) <= 5 else [*names[:4], f"{len(names) - 4} more"]
    return f"stage{'s' * (len(names) > 1)} {', '.join(shown)}"
