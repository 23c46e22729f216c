"""The App, its installations, their repositories, and who may do what there."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.core.model.facts import CommentFact, RepoFact, Role
from app.core.model.installations import AppFact, InstallationFact
from app.core.model.names import Repo, Sha, short
from app.core.model.people import Person, Standing
from app.errors import Denied, Missing, Transient
from app.github import endpoints, parse
from app.github.base import ROLES, Area
from app.github.client import Client
from app.github.json_fields import number, obj, text
from app.github.requests import Request
from app.github.translate import Call


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """Our App's account: its number, 0 where the server does not tell it, and its name of today."""

    id: int
    login: str

    def is_that_of(self, user: parse.Json) -> bool:
        """Tell by the number; by the name, which only an App may have, where there is none."""
        return self.is_of(number(user, "id"), text(user, "login"), is_bot=parse.is_bot(user))

    def is_of(self, user_id: int, login: str, *, is_bot: bool) -> bool:
        """As `is_that_of`."""
        return user_id == self.id if self.id else is_bot and login == self.login


class Access(Area):
    """What the App sees, and who is who."""

    def __init__(self, client: Client, app_id: int, public_url: str | None = None) -> None:
        super().__init__(client, app_id, public_url)
        self._slug = ""
        self._account: OwnAccount | None = None

    def app(self) -> AppFact:
        """Our App as GitHub knows it now."""
        answer = self._client.send(self._client.as_app(endpoints.APP, "read our App"))
        app = parse.app(answer.data or {})
        self._slug = app.slug
        return app

    def app_slug(self) -> str:
        """Our App's slug, asked once."""
        return self._slug or self.app().slug

    def app_id(self) -> int:
        """The number that the settings name."""
        return self._app_id

    def own_account(self, repo: Repo) -> OwnAccount:
        """
        The account as which our App acts; its number is asked once. Transient.

        The number stays when the App is renamed, and the name that it had may be another App's
        then. GitHub tells the number by the name alone, so that is read first, and again after it.
        """
        if self._account is None:
            slug = self.app().slug
            login = f"{slug}{parse.BOT}"
            request = self._client.on(repo, endpoints.USER, f"read account {login}", login=login)
            try:
                account = number(self._client.send(request).data, "id")
            except (Denied, Missing):
                return OwnAccount(0, login)  # for now: a server in the middle may not let us ask
            if not account or self.app().slug != slug:
                message = f"whether account {login} is our App's is not known"
                raise Transient(message)
            self._account = OwnAccount(account, login)
        return self._account

    def is_ours(self, repo: Repo, comment: CommentFact) -> bool:
        """Tell by the App's number, and where none is told by its account's. Transient."""
        if comment.app_id or not comment.is_bot:  # a person may write through an App, too
            return comment.is_bot and comment.app_id == self._app_id
        own = self.own_account(repo)
        return own.is_of(comment.user_id, comment.user, is_bot=comment.is_bot)

    def git_token(self, repo: Repo) -> str:
        """A token for Git over HTTP (user ``x-access-token``); lives in memory only."""
        return self._client.git_token(repo)

    def renewed_git_token(self, repo: Repo, token: str) -> str:
        """As `git_token`, where GitHub did not take *token* any more."""
        return self._client.renewed_git_token(repo, token)

    def installations(self) -> Sequence[InstallationFact]:
        """All installations of the App, suspended ones too."""
        request = self._client.as_app(endpoints.INSTALLATIONS, "list installations")
        return tuple(self._noted(installation) for installation in self._client.items(request))

    def installation(self, installation_id: int) -> InstallationFact:
        """One installation, as it is now."""
        doing = f"read installation {installation_id}"
        request = self._client.as_app(endpoints.INSTALLATION, doing, installation=installation_id)
        return self._noted(self._client.send(request).data or {})

    def _noted(self, installation: parse.Json) -> InstallationFact:
        fact = parse.installation(installation)
        self._client.seen(fact.id, fact.permissions)
        return fact

    def repositories(self, installation_id: int) -> Sequence[RepoFact]:
        """The repositories that an installation opens to us."""
        call = Call(f"list repositories of installation {installation_id}", endpoints.REPOSITORIES)
        request = Request(call, endpoints.REPOSITORIES.at(), installation_id)
        repositories = self._client.items(request, "repositories")
        return tuple(parse.repository(repository, installation_id) for repository in repositories)

    def repository(self, repo: Repo) -> RepoFact:
        """By number; where a server has no such endpoint, by name if it still is that number's."""
        doing = "read the repository"
        try:
            answer = self._client.send(
                self._client.on(repo, endpoints.REPOSITORY_BY_ID, doing, id=repo.id)
            )
        except Missing:
            answer = self._client.send(self._client.on(repo, endpoints.REPOSITORY, doing))
            if number(answer.data, "id", repo.id) != repo.id:
                raise Missing(f"{doing} {repo.full_name}: another one has that name now") from None
        return parse.repository(answer.data or {}, repo.installation_id)

    def prove(self, repo: Repo) -> None:
        """Transient unless the repository of that number has that name now (its next tick asks)."""
        named = self.repository(repo).repo
        if named.full_name.lower() != repo.full_name.lower():
            raise Transient(f"{repo.full_name} is called {named.full_name} now")

    def permission(self, repo: Repo, login: str) -> Role:
        """
        That person's role there, now.

        A custom role has a name of its own; what counts is then the role that it is built on.
        """
        request = self._client.on(
            repo, endpoints.PERMISSION, f"ask what {login} may do", login=login
        )
        try:
            answer = self._client.send(request)
        except Missing:
            return "none"
        return _role(answer.data)

    def standing(self, repo: Repo, person: Person) -> Standing:
        """By the name that they had, if one is known; where it is not theirs, by their number."""
        standing = self._of_name(repo, person.login) if person.login else None
        if standing is None or standing[0] != person.id:
            doing = f"ask what account {person.id} is called"
            request = self._client.on(repo, endpoints.USER_BY_ID, doing, account=person.id)
            try:
                login = text(self._client.send(request).data, "login")
            except Missing:
                return Standing(person.login, "none")
            standing = self._of_name(repo, login)
        if standing is None or standing[0] != person.id:
            return Standing(person.login, "none")
        return standing[1]

    def _of_name(self, repo: Repo, login: str) -> tuple[int, Standing] | None:
        """The number of whoever has that name, and what they may do; None where nobody has it."""
        doing = f"ask what {login} may do"
        try:
            answer = self._client.send(
                self._client.on(repo, endpoints.PERMISSION, doing, login=login)
            )
        except Missing:
            return None
        user = obj(answer.data, "user")
        return number(user, "id"), Standing(text(user, "login", login), _role(answer.data))

    def is_member(self, repo: Repo, team: str, login: str) -> bool:
        """
        Asked of that person alone, however many there are; who was only invited is none.

        https://docs.github.com/rest/teams/members#get-team-membership-for-a-user
        """
        doing = f"ask whether {login} is in the team {team}"
        request = self._client.on(repo, endpoints.MEMBERSHIP, doing, team=team, login=login)
        try:
            return text(self._client.send(request).data, "state") == "active"
        except Missing:
            return False

    def author(self, repo: Repo, sha: Sha) -> int:
        """As GitHub matches the author's e-mail address with an account."""
        request = self._client.on(
            repo,
            endpoints.COMMITS,
            f"ask who wrote {short(sha)}",
            params={"sha": sha, "per_page": 1},
        )
        commits = self._client.send(request).data
        first = commits[0] if isinstance(commits, list) and commits else None
        return number(obj(first, "author"), "id")

    def read_file(self, repo: Repo, sha: Sha, path: str) -> bytes | None:
        """A regular file of at most a megabyte at *sha*; None where there is none."""
        request = self._client.on(
            repo,
            endpoints.CONTENTS,
            f"read {path} at {short(sha)}",
            params={"ref": sha},
            path=path,
        )
        try:
            data = self._client.send(request).data
        except Missing:
            return None
        if not isinstance(data, dict) or text(data, "type", "file") != "file":
            return None
        if text(data, "encoding", "base64") != "base64":
            return None
        try:
            return base64.b64decode(text(data, "content"))
        except binascii.Error:
            return None


def _role(data: Any) -> Role:
    """A custom role has a name of its own; what counts is then the role that it is built on."""
    named = ROLES.get(text(data, "role_name"))
    return named or ROLES.get(text(data, "permission"), "none")
