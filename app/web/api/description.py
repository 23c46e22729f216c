"""`openapi.json`: the table of routes as OpenAPI has it (https://spec.openapis.org/oas/v3.1.0)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.web.api.call import Route
from app.web.api.schemas import COMPONENTS, Schema, ref

BASE = "/api/v1"
PART = re.compile(r"\{(\w+)\}")
REFUSALS: Mapping[int, str] = {
    401: "no token, or a wrong one",
    403: "the token has not the scope, or not for this repository",
    404: "there is no such thing",
    409: "an outdated fencing token, or it has ended",
    413: "the body is too large",
    422: "a wrong question; `fields` says what is wrong with which field",
    429: "the quota is used up",
    503: "the database, or the issuer of a job's token, does not answer; ask again",
}
_EVERYWHERE = (401, 403, 503)
_ABOUT = (
    "Scopes `{scope}` are `repo-<id>` or `org-<id>`; `OWNER/NAME` and `ORG` in their place are "
    "redirected by 308. A token is one of the server's own, or the OIDC token of a GitHub Actions "
    "job, which has the scope lock for groups of its repository and its owner. Lists that have "
    "pages name the next one in the header `Link`."
)


def described(routes: Iterable[Route], version: str) -> Mapping[str, object]:
    """The whole document."""
    paths: dict[str, dict[str, object]] = {}
    for route in routes:
        paths.setdefault(f"{BASE}{route.path}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Stagelock", "version": version or "0", "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": COMPONENTS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(route: Route) -> Mapping[str, object]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in PART.findall(route.path)
    ]
    in_query = [
        {
            "name": parameter.name,
            "in": "query",
            "schema": parameter.schema,
            "description": parameter.about,
        }
        for parameter in route.query
    ]
    of_bodies = (413,) if route.body is not None else ()
    operation: dict[str, Any] = {
        "summary": route.about,
        "description": f"Scope of the token: {' or '.join(route.scopes)}.",
        "parameters": [*in_path, *in_query],
        "responses": {
            **{str(status): _content(schema) for status, schema in route.answers.items()},
            **{
                str(status): _content(ref("Problem"), REFUSALS[status])
                for status in sorted({*_EVERYWHERE, *of_bodies, *route.refuses})
            },
        },
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, **_json(route.body)}
    return operation


def _content(schema: Schema, about: str = "the answer") -> Mapping[str, object]:
    return {"description": about, **_json(schema)}


def _json(schema: Schema) -> Mapping[str, object]:
    return {"content": {"application/json": {"schema": schema}}}
