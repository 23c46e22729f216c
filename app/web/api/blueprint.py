"""The table of routes, served: token first, then the question, then the route's own function."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter, PathConverter

from app.core.locks.quota import Quota
from app.core.model.names import REQUESTS
from app.ports import Clock, Store
from app.web.api.call import ApiAnswer, Call, Route
from app.web.api.characters import kept, known, once
from app.web.api.description import BASE, PART, described
from app.web.api.jobs import at_home
from app.web.api.redirects import by_ids
from app.web.api.table import ROUTES
from app.web.api.waiting import Waits
from app.web.keys import ApiKeys
from app.web.problems import Problem

BODY_LIMIT = 64 * 1024
"""Bytes of a body: no question of ours needs a hundredth of it."""


def api_blueprint(
    store: Store, keys: ApiKeys, clock: Clock, version: str, quota: Quota
) -> Blueprint:
    """Every route of the table, its description, and the ways from names to ids."""
    blueprint = Blueprint("api", __name__, url_prefix=BASE)
    blueprint.record_once(lambda state: state.app.url_map.converters.update(CONVERTERS))
    made = Maker(store, clock, quota, Waits())
    for route in ROUTES:
        blueprint.add_url_rule(
            PART.sub(_part, route.path),
            endpoint=f"{route.method} {route.path}".replace(".", "-"),
            view_func=_view(route, keys, made),
            methods=[route.method],
        )
    description = described(ROUTES, version)

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        return jsonify(description)

    @blueprint.route("/locks/<names:rest>", methods=["GET", "POST"])
    def names(rest: str) -> Response:
        by = keys.need("read", "lock")
        known([rest])
        place = by_ids(store, rest)
        at_home(store, by.job, (place or "").partition("/")[0])
        if place is None:
            raise NotFound("the App knows no such repository or organisation")
        return Response(status=308, headers={"Location": _url(f"{BASE}/locks/{place}")})

    return blueprint


class ScopeConverter(BaseConverter):
    """`repo-<id>` or `org-<id>`: names lead there."""

    regex = r"(?:repo|org)-[0-9]+"


class NamesConverter(PathConverter):
    """What begins with names: a group's own addresses are not led anywhere."""

    regex = rf"(?!{ScopeConverter.regex}/[^/]+(?:/{REQUESTS}(?:/.*)?)?\Z)[^/].*?"


CONVERTERS = {"scope": ScopeConverter, "names": NamesConverter}


def _part(match: re.Match[str]) -> str:
    return "<scope:scope>" if match[1] == "scope" else f"<{match[1]}>"


@dataclass(frozen=True, slots=True)
class Maker:
    """What every call is made with."""

    store: Store
    clock: Clock
    quota: Quota
    waits: Waits


def _view(route: Route, keys: ApiKeys, made: Maker) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        by = keys.need(*route.scopes)
        known(path.values())
        at_home(made.store, by.job, path.get("scope", ""))
        kept(request.args)
        body = _body() if route.body is not None else {}
        call = Call(made.store, made.clock, by, made.quota, made.waits, path, request.args, body)
        return _respond(route.carry_out(call))

    return view


def _body() -> dict[str, object]:
    request.max_content_length = BODY_LIMIT
    try:
        body = json.loads(request.get_data(), object_pairs_hook=once)
    except (ValueError, RecursionError):  # the latter: lists in lists in lists
        body = None
    if not isinstance(body, dict):
        raise Problem(422, "send a JSON object")
    kept(body)
    return body


def _respond(answer: ApiAnswer) -> Response:
    response = jsonify(answer.value)
    response.status_code = answer.status
    response.headers.extend(answer.headers)
    if answer.following is not None:
        query = {**request.args, **answer.following}
        address = f"{request.path}?{urlencode(query)}"
        response.headers["Link"] = f'<{address}>; rel="next"'
    return response


def _url(path: str) -> str:
    query = request.query_string.decode("ascii", "replace")
    return f"{path}?{query}" if query else path
