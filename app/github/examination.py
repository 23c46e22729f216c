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
        found = self._client.send(request).data or []
        return tuple(
            Attempt(
                number(one, "id"),
                text(one, "event"),
                moment(one, "delivered_at"),
                number(one, "status_code"),
                text(one, "status"),
            )
            for one in found
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
                text(one, "type"),
                number(one, "ruleset_id"),
                _checks(obj(one, "parameters"), "required_status_checks", "integration_id"),
            )
            for one in self._client.items(request)
        )

    def bypass(self, repo: Repo, ruleset: int) -> str:
        """GitHub's word for whether we may pass a ruleset by."""
        doing = f"read ruleset {ruleset}"
        request = self._client.on(repo, endpoints.RULESET, doing, ruleset=ruleset)
        return text(self._client.send(request).data, "current_user_can_bypass")

    def protection(self, repo: Repo, branch: str) -> OldProtection:
        """The summary that a branch carries; the whole needs *administration: read*."""
        request = self._client.on(repo, endpoints.BRANCH, f"read branch {branch}", branch=branch)
        found = obj(self._client.send(request).data, "protection")
        required = obj(found, "required_status_checks")
        return OldProtection(flag(found, "enabled"), _checks(required, "checks", "app_id"))

    def deletes_heads(self, repo: Repo) -> bool | None:
        """Said only to who may write contents."""
        request = self._client.on(repo, endpoints.REPOSITORY, "read the repository")
        data = self._client.send(request).data or {}
        found = data.get("delete_branch_on_merge")
        return found if isinstance(found, bool) else None

    def files_in(self, repo: Repo, sha: Sha, folder: str) -> Sequence[str]:
        """The names of the regular files of a folder."""
        doing = f"list {folder}"
        params = {"ref": sha}
        request = self._client.on(repo, endpoints.CONTENTS, doing, params=params, path=folder)
        try:
            found = self._client.send(request).data
        except Missing:
            return ()
        items = found if isinstance(found, list) else []
        return tuple(text(one, "name") for one in items if text(one, "type") == "file")

    def reviewed_environments(self, repo: Repo) -> frozenset[str]:
        """Those with required reviewers."""
        request = self._client.on(repo, endpoints.ENVIRONMENTS, "list environments")
        found = self._client.items(request, "environments")
        return frozenset(text(one, "name") for one in found if _reviewed(one))

    def requests_left(self, installation_id: int) -> RequestsLeft:
        """What is left of the installation's hour. Asking is free."""
        call = Call(f"ask what installation {installation_id} may spend", endpoints.RATE_LIMIT)
        answer = self._client.send(Request(call, endpoints.RATE_LIMIT.at(), installation_id))
        core = obj(obj(answer.data, "resources"), "core")
        reset = datetime.fromtimestamp(number(core, "reset"), UTC)
        return RequestsLeft(number(core, "remaining"), number(core, "limit"), reset)


def _checks(data: dict[str, Any], key: str, app: str) -> tuple[tuple[str, int | None], ...]:
    """Required checks, each with the App that has to report it; below 1 is any."""
    found = data.get(key)
    listed = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return tuple((text(one, "context"), max(number(one, app), 0) or None) for one in listed)


def _reviewed(environment: dict[str, Any]) -> bool:
    rules = environment.get("protection_rules")
    found = rules if isinstance(rules, list) else []
    return any(text(one, "type") == "required_reviewers" for one in found)
