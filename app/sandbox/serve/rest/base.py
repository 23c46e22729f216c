"""What every route uses: who calls, which repository, the body, pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from flask import Blueprint, Response, g, jsonify, request

from app.sandbox.github.access import Caller, require
from app.sandbox.github.ci import CI
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import App, Refusal, Repo
from app.sandbox.github.webhooks import Courier

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Api:
    """The parts of the sandbox that routes need."""

    hub: Hub
    courier: Courier
    ci: CI

    @property
    def caller(self) -> Caller:
        return cast("Caller", g.caller)

    def enter(self, owner: str, name: str, **needed: str) -> Repo:
        """The repository, if the caller may; Refusal 404 or 403 if not."""
        repo = self.hub.repo(f"{owner}/{name}")
        require(self.caller, repo, **needed)
        return repo

    def enter_either(self, owner: str, name: str, level: str, *permissions: str) -> Repo:
        """As `enter`; one of the permissions is enough (comments: issues or pull requests)."""
        for number, permission in enumerate(permissions, 1):
            try:
                return self.enter(owner, name, **{permission: level})
            except Refusal as no:
                if number == len(permissions) or no.status != 403:
                    raise
        raise Refusal(404, "Not Found")

    def app_itself(self) -> App:
        """The App that shows its JWT; Refusal 401 for everybody else."""
        if self.caller.app is None or self.caller.installation is not None:
            raise Refusal(401, "A JSON web token could not be decoded")
        return self.caller.app

    def acting_app(self) -> App:
        """The App behind an installation token; checks are written by Apps only."""
        if self.caller.installation is None or self.caller.app is None:
            raise Refusal(403, "You must authenticate via a GitHub App.")
        return self.caller.app

    def commit(self, repo: Repo, ref: str) -> str:
        """A commit's full id; Refusal 422 when there is none, as GitHub answers."""
        sha = self.hub.git(repo).resolve(ref)
        if sha is None:
            raise Refusal(422, f"No commit found for SHA: {ref}")
        return sha


def _on(method: str, rule: str, **defaults: Any) -> Callable[[View], View]:
    """Mark a method of `Routes` as the answer to a request; several marks add up."""

    def mark(view: View) -> View:
        known = getattr(view, "answers", [])
        view.answers = [*known, (method, rule, defaults)]  # type: ignore[attr-defined] # our mark
        return view

    return mark


get = partial(_on, "GET")
post = partial(_on, "POST")
patch = partial(_on, "PATCH")
put = partial(_on, "PUT")
delete = partial(_on, "DELETE")


class Routes:
    """A family of routes: methods marked with `get`, `post`, `patch`, `put`, `delete`."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.hub = api.hub

    def add_to(self, blueprint: Blueprint) -> None:
        """Register every marked method."""
        for name in dir(self):
            view = getattr(self, name)
            for method, rule, defaults in getattr(view, "answers", []):
                endpoint = f"{type(self).__name__}_{name}"
                blueprint.add_url_rule(rule, endpoint, view, methods=[method], defaults=defaults)


def body() -> dict[str, Any]:
    """The JSON object sent; {} for no body. Refusal 400 for anything else."""
    if not request.get_data():
        return {}
    sent = request.get_json(silent=True, force=True)
    if not isinstance(sent, dict):
        raise Refusal(400, "Problems parsing JSON")
    return sent


def page(
    items: Sequence[T], shape: Callable[[T], Any], wrap: str | None = None, status: int = 200
) -> Response:
    """One page of a list, with GitHub's ``Link`` header; *wrap* names the list inside an object."""
    size = min(max(request.args.get("per_page", 30, int), 1), 100)
    number = max(request.args.get("page", 1, int), 1)
    shown = [shape(item) for item in items[(number - 1) * size : number * size]]
    answer: Any = shown if wrap is None else {"total_count": len(items), wrap: shown}
    response = jsonify(answer)
    response.status_code = status
    last = max((len(items) + size - 1) // size, 1)
    links = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
    if number <= 1:
        links = {name: at for name, at in links.items() if name in {"next", "last"}}
    if number >= last:
        links = {name: at for name, at in links.items() if name in {"prev", "first"}}
    if links:
        response.headers["Link"] = ", ".join(
            f'<{_page_url(at)}>; rel="{name}"' for name, at in links.items()
        )
    return response


def _page_url(number: int) -> str:
    return f"{request.base_url}?{urlencode({**request.args.to_dict(), 'page': number})}"
