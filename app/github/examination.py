"""What GitHub says about the App itself, for the doctor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from app.core.model.names import Repo, Sha
from app.errors import Missing
from app.github import endpoints
from app.github.base import Area
from app.github.json_fields import flag, moment, number, obj, text
from app.github.requests import Request
from app.github.translate import Call
from app.ports.examination import (
    Attempt,
    BranchRule,
    Hook,
    OldProtection,
    RequestsLeft,
    Sent,
)

SIGNATURE = "x-hub-signature-256"
_CHECKED = {"0", ""}
"""How GitHub writes that it checks our certificate: https://docs.github.com/rest/apps/webhooks"""


class Examination(Area):
    """GitHub's own record of the App's webhook, and what is left of its requests."""

    def hook(self) -> Hook:
        """The App's webhook, as GitHub has it."""
        request = self._client.as_app(endpoints.HOOK_CONFIG, "read the App's webhook")
        data = self._client.send(request).data or {}
        insecure = text(data, "insecure_ssl") or str(number(data, "insecure_ssl"))
        sends_json = text(data, "content_type", "form") == "json"
        return Hook(text(data, "url"), sends_json, insecure not in _CHECKED)

    def attempts(self) -> Sequence[Attempt]:
        """The newest attempts to deliver, newest first."""
        doing = "list webhook deliveries"
        request = self._client.as_app(endpoints.DELIVERIES, doing, {"per_page": 50})
        deliveries = self._client.send(request).data or []
        return tuple(
            Attempt(
                number(delivery, "id"),
                text(delivery, "event"),
                moment(delivery, "delivered_at"),
                number(delivery, "status_code"),
                text(delivery, "status"),
            )
            for delivery in deliveries
        )

    def sent(self, attempt: int) -> Sent:
        """What GitHub sent in that attempt."""
        doing = f"read delivery {attempt}"
        request = self._client.as_app(endpoints.DELIVERY, doing, delivery=attempt)
        sent = obj(self._client.send(request).data, "request")
        headers = {name.lower(): value for name, value in obj(sent, "headers").items()}
        return Sent(text(headers, SIGNATURE), sent.get("payload"))

    def branch_rules(self, repo: Repo, branch: str) -> Sequence[BranchRule]:
        """What rulesets have in force on *branch*."""
        doing = f"read the rules of {branch}"
        request = self._client.on(repo, endpoints.BRANCH_RULES, doing, branch=branch)
        return tuple(
            BranchRule(
                text(rule, "type"),
                number(rule, "ruleset_id"),
                _checks(obj(rule, "parameters"), "required_status_checks", "integration_id"),
            )
            for rule in self._client.items(request)
        )

    def bypass(self, repo: Repo, ruleset: int) -> str:
        """GitHub's word for whether we may pass a ruleset by."""
        doing = f"read ruleset {ruleset}"
        request = self._client.on(repo, endpoints.RULESET, doing, ruleset=ruleset)
        return text(self._client.send(request).data, "current_user_can_bypass")

    def protection(self, repo: Repo, branch: str) -> OldProtection:
        """The summary that a branch carries; the whole needs *administration: read*."""
        request = self._client.on(repo, endpoints.BRANCH, f"read branch {branch}", branch=branch)
        protection = obj(self._client.send(request).data, "protection")
        required = obj(protection, "required_status_checks")
        return OldProtection(flag(protection, "enabled"), _checks(required, "checks", "app_id"))

    def deletes_heads(self, repo: Repo) -> bool | None:
        """Said only to who may write contents."""
        request = self._client.on(repo, endpoints.REPOSITORY, "read the repository")
        data = self._client.send(request).data or {}
        deletes = data.get("delete_branch_on_merge")
        return deletes if isinstance(deletes, bool) else None

    def files_in(self, repo: Repo, sha: Sha, folder: str) -> Sequence[str]:
        """The names of the regular files of a folder."""
        doing = f"list {folder}"
        params = {"ref": sha}
        request = self._client.on(repo, endpoints.CONTENTS, doing, params=params, path=folder)
        try:
            listing = self._client.send(request).data
        except Missing:
            return ()
        items = listing if isinstance(listing, list) else []
        return tuple(text(entry, "name") for entry in items if text(entry, "type") == "file")

    def reviewed_environments(self, repo: Repo) -> frozenset[str]:
        """Those with required reviewers."""
        request = self._client.on(repo, endpoints.ENVIRONMENTS, "list environments")
        environments = self._client.items(request, "environments")
        return frozenset(
            text(environment, "name") for environment in environments if _reviewed(environment)
        )

    def requests_left(self, installation_id: int) -> RequestsLeft:
        """What is left of the installation's hour. Asking is free."""
        call = Call(f"ask what installation {installation_id} may spend", endpoints.RATE_LIMIT)
        answer = self._client.send(Request(call, endpoints.RATE_LIMIT.at(), installation_id))
        core = obj(obj(answer.data, "resources"), "core")
        reset = datetime.fromtimestamp(number(core, "reset"), UTC)
        return RequestsLeft(number(core, "remaining"), number(core, "limit"), reset)


def _checks(data: dict[str, Any], key: str, app: str) -> tuple[tuple[str, int | None], ...]:
    """Required checks, each with the App that has to report it; below 1 is any."""
    checks = data.get(key)
    listed = (
        [check for check in checks if isinstance(check, dict)] if isinstance(checks, list) else []
    )
    return tuple((text(check, "context"), max(number(check, app), 0) or None) for check in listed)


def _reviewed(environment: dict[str, Any]) -> bool:
    rules = environment.get("protection_rules")
    listed = rules if isinstance(rules, list) else []
    return any(text(rule, "type") == "required_reviewers" for rule in listed)
