"""What people do with their accounts, and owners with teams."""

from __future__ import annotations

from typing import Literal

from app.sandbox.github.model import App, Refusal, User
from app.sandbox.people.base import Verbs


class AccountVerbs(Verbs):
    """Rename, join and leave."""

    def rename_user(self, login: str, new: str) -> User:
        """Call a person otherwise; the number stays, and the old name is free for anybody."""
        with self.hub.lock:
            who = self.hub.users.get(login.lower())
            if who is None or new.lower() in self.hub.users:
                raise Refusal(422, "Login is not available")
            del self.hub.users[login.lower()]
            who.login = new
            self.hub.users[new.lower()] = who
            for repo in list(self.hub.repos.values()):
                if login.lower() in repo.roles:
                    repo.roles[new.lower()] = repo.roles.pop(login.lower())
            for team in self.hub.teams.values():
                if login.lower() in team:
                    team[new.lower()] = team.pop(login.lower())
            return who

    def rename_app(self, slug: str, new: str) -> App:
        """Call an App otherwise, and its bot with it; the old name is free for anybody's App."""
        with self.hub.lock:
            app = self.hub.app(slug)
            self.rename_user(app.bot.login, f"{new}[bot]")
            app.slug = app.name = new
            return app

    def join_team(
        self,
        team: str,
        *logins: str,
        org: str = "acme",
        state: Literal["active", "pending"] = "active",
    ) -> None:
        """Put people into a team of an organisation, which is made where there is none."""
        with self.hub.lock:
            there = self.hub.teams.setdefault((org, team), {})
            there |= {self.hub.user(login).login.lower(): state for login in logins}

    def leave_team(self, team: str, login: str, org: str = "acme") -> None:
        with self.hub.lock:
            self.hub.teams[org, team].pop(login.lower(), None)
