"""The App, its installations, their tokens, and its deliveries."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from app.sandbox.access import new_token
from app.sandbox.model import Delivery, Installation, Refusal
from app.sandbox.payloads import basic
from app.sandbox.payloads.basic import Json, stamp
from app.sandbox.rest.base import Api, body, page


def routes(api: Api) -> Blueprint:
    bp = Blueprint("apps", __name__)
    hub = api.hub

    def mine(installation_id: int) -> Installation:
        found = hub.installations.get(installation_id)
        if found is None or found.app_id != api.app_itself().id:
            raise Refusal(404, "Not Found")
        return found

    @bp.get("/app")
    def app() -> Json:
        this = api.app_itself()
        count = sum(one.app_id == this.id for one in list(hub.installations.values()))
        return {**basic.app(hub, this), "installations_count": count}

    @bp.get("/app/installations")
    def installations() -> Response:
        this = api.app_itself()
        found = [one for one in list(hub.installations.values()) if one.app_id == this.id]
        return page(found, lambda one: basic.installation(hub, one))

    @bp.get("/app/installations/<int:installation_id>")
    def installation(installation_id: int) -> Json:
        return basic.installation(hub, mine(installation_id))

    @bp.post("/app/installations/<int:installation_id>/access_tokens")
    def access_token(installation_id: int) -> ResponseReturnValue:
        one, asked = mine(installation_id), body()
        if one.suspended_at is not None:
            raise Refusal(403, "This installation has been suspended")
        ids = set(asked.get("repository_ids", [])) or None
        names = asked.get("repositories")
        if names:
            ids = {
                r.id for r in list(hub.repos.values()) if r.name in names and r.id in one.repo_ids
            }
        token = new_token(hub, one, asked.get("permissions"), ids)
        return {
            "token": token.value,
            "expires_at": stamp(token.expires_at),
            "permissions": token.permissions,
            "repository_selection": "selected",
        }, 201

    @bp.get("/installation/repositories")
    def repositories() -> ResponseReturnValue:
        if api.caller.installation is None:
            raise Refusal(403, "You must authenticate with an installation access token.")
        found = [hub.repos[one] for one in sorted(api.caller.repo_ids)]
        response = page(found, lambda one: basic.repository(hub, one), "repositories")
        answer = response.get_json()
        response.set_data(jsonify({**answer, "repository_selection": "selected"}).get_data())
        return response

    return bp


def delivery_routes(api: Api) -> Blueprint:
    """https://docs.github.com/rest/apps/webhooks: pages go by cursor, newest first."""
    bp = Blueprint("deliveries", __name__)
    hub = api.hub

    def attempted() -> list[Delivery]:
        this = api.app_itself()
        mine = [one for one in hub.deliveries if one.app_id == this.id]
        return [one for one in reversed(mine) if one.status != "pending"]

    @bp.get("/app/hook/deliveries")
    def deliveries() -> Response:
        found, size = attempted(), min(request.args.get("per_page", 30, int), 100)
        cursor = request.args.get("cursor", "")
        if cursor.startswith("v1_"):
            found = [one for one in found if one.id < int(cursor[3:])]
        response = jsonify([_short(one) for one in found[:size]])
        if len(found) > size:
            target = f"{request.base_url}?per_page={size}&cursor=v1_{found[size - 1].id}"
            response.headers["Link"] = f'<{target}>; rel="next"'
        return response

    @bp.get("/app/hook/deliveries/<int:delivery_id>")
    def delivery(delivery_id: int) -> Json:
        for one in attempted():
            if one.id == delivery_id:
                url = hub.apps[one.app_id].webhook_url
                sent = {"headers": one.request_headers, "payload": one.payload}
                answered = {"headers": {}, "payload": one.response_body}
                return {**_short(one), "url": url, "request": sent, "response": answered}
        raise Refusal(404, "Not Found")

    @bp.post("/app/hook/deliveries/<int:delivery_id>/attempts")
    def attempt(delivery_id: int) -> ResponseReturnValue:
        api.courier.redeliver(api.app_itself(), delivery_id)
        return {}, 202

    return bp


def _short(one: Delivery) -> Json:
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": stamp(one.delivered_at or one.created_at),
        "redelivery": one.redelivery,
        "duration": one.duration,
        "status": one.status,
        "status_code": one.status_code,
        "event": one.event,
        "action": one.action,
        "installation_id": one.installation_id,
        "repository_id": one.repository_id,
        "throttled_at": None,
    }
