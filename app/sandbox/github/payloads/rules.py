"""Rulesets, as the rules of the branches that they protect."""

from __future__ import annotations

from app.sandbox.github.model import Protection, Repo
from app.sandbox.github.payloads.basic import Json


def of_branch(repo: Repo, branch: str) -> list[Json]:
    """The rules in force on a branch; a branch protection is none of them."""
    rule = repo.protected.get(branch)
    if rule is None or rule.classic:
        return []
    source = {
        "ruleset_source_type": "Repository",
        "ruleset_source": repo.full_name,
        "ruleset_id": ruleset_id(repo, list(repo.protected).index(branch)),
    }
    pinned = {} if rule.required_app is None else {"integration_id": rule.required_app}
    wanted = {
        "required_status_checks": [{"context": name, **pinned} for name in rule.required_checks],
        "strict_required_status_checks_policy": rule.up_to_date,
    }
    rules = [{"type": "update", **source}] if rule.refuses_pushes else []
    if rule.required_checks:
        rules.append({"type": "required_status_checks", "parameters": wanted, **source})
    if rule.required_reviews:
        rules.append({"type": "pull_request", "parameters": _reviews(rule), **source})
    return rules


def _reviews(rule: Protection) -> Json:
    return {
        "required_approving_review_count": rule.required_reviews,
        "dismiss_stale_reviews_on_push": False,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
        "allowed_merge_methods": ["merge", "squash", "rebase"],
    }


def ruleset_id(repo: Repo, place: int) -> int:
    """The number of the ruleset of the *place*th protected branch."""
    return repo.id * 100 + place
