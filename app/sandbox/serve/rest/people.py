"""Accounts by their numbers, and who is in a team."""

from __future__ import annotations

from app.sandbox.github.access import LEVELS
from app.sandbox.github.model import Refusal
from app.sandbox.github.payloads import basic
from app.sandbox.github.payloads.basic import Json
from app.sandbox.github.payloads.people import public_user
from app.sandbox.serve.rest.base import Routes, get


class Accounts(Routes):
    """https://docs.github.com/rest/users/users and https://docs.github.com/rest/teams/members."""

    @get("/user/<int:number>")
    def by_number(self, number: int) -> Json:
        user = next((u for u in list(self.hub.users.values()) if u.id == number), None)
        if user is None:
            raise Refusal(404, "Not Found")
        return public_user(self.hub, user)

    @get("/users/<login>")
    def by_name(self, login: str) -> Json:
        user = self.hub.users.get(login.lower())
        if user is None:
            raise Refusal(404, "Not Found")
        return public_user(self.hub, user)

    @get("/orgs/<org>/teams/<team>/memberships/<login>")
    def membership(self, org: str, team: str, login: str) -> Json:
        """404 for whoever has nothing to do with the team, and where there is no such team."""
        caller = self.api.caller
        if caller.installation is None or caller.installation.account.login != org:
            raise Refusal(404, "Not Found")
        if LEVELS.get(caller.permissions.get("members", "none"), 0) < LEVELS["read"]:
            raise Refusal(403, "Resource not accessible by integration")
        state = self.hub.teams.get((org, team), {}).get(login.lower())
        if state is None:
            raise Refusal(404, "Not Found")
        at = f"{self.hub.api}/organizations/{basic.node_id('Organization', org)}/team/{team}"
        return {"url": f"{at}/memberships/{login}", "role": "member", "state": state}
