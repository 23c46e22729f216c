"""The App, its installations, their tokens, and its deliveries."""

from __future__ import annotations

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from app.sandbox.github.access import new_token
from app.sandbox.github.codes import converted
from app.sandbox.github.model import Delivery, Installation, Refusal
from app.sandbox.github.payloads import basic
from app.sandbox.github.payloads.basic import Json, stamp
from app.sandbox.serve.rest.base import Routes, body, get, page, post


class Apps(Routes):
    """The App, its installations and their tokens."""

    def mine(self, installation_id: int) -> Installation:
        installation = self.hub.installations.get(installation_id)
        if installation is None or installation.app_id != self.api.app_itself().id:
            raise Refusal(404, "Not Found")
        return installation

    @get("/app")
    def app(self) -> Json:
        registered = self.api.app_itself()
        count = sum(
            installation.app_id == registered.id
            for installation in list(self.hub.installations.values())
        )
        return {**basic.app(self.hub, registered), "installations_count": count}

    @get("/app/installations")
    def installations(self) -> Response:
        registered = self.api.app_itself()
        installations = [
            installation
            for installation in list(self.hub.installations.values())
            if installation.app_id == registered.id
        ]
        return page(installations, lambda installation: basic.installation(self.hub, installation))

    @get("/app/installations/<int:installation_id>")
    def installation(self, installation_id: int) -> Json:
        return basic.installation(self.hub, self.mine(installation_id))

    @post("/app/installations/<int:installation_id>/access_tokens")
    def access_token(self, installation_id: int) -> ResponseReturnValue:
        installation, asked = self.mine(installation_id), body()
        if installation.suspended_at is not None:
            raise Refusal(403, "This installation has been suspended")
        ids = set(asked.get("repository_ids", [])) or None
        names = asked.get("repositories")
        if names:
            ids = {
                r.id
                for r in list(self.hub.repos.values())
                if r.name in names and r.id in installation.repo_ids
            }
        token = new_token(self.hub, installation, asked.get("permissions"), ids)
        answer: Json = {
            "token": token.value,
            "expires_at": stamp(token.expires_at),
            "permissions": token.permissions,
            "repository_selection": "selected",
        }
        if ids is not None:
            chosen = [self.hub.repos[repo_id] for repo_id in sorted(ids)]
            answer["repositories"] = [basic.repository(self.hub, repo) for repo in chosen]
        return answer, 201

    @get("/rate_limit")
    def rate_limit(self) -> Json:
        reset = int(self.hub.now().timestamp()) + 3600
        left = self.hub.requests_left
        core = {"limit": 5000, "used": 5000 - left, "remaining": left, "reset": reset}
        search = {"limit": 30, "used": 0, "remaining": 30, "reset": reset}
        return {"resources": {"core": core, "search": search}, "rate": core}

    @get("/installation/repositories")
    def repositories(self) -> ResponseReturnValue:
        if self.api.caller.installation is None:
            raise Refusal(403, "You must authenticate with an installation access token.")
        repos = [self.hub.repos[repo_id] for repo_id in sorted(self.api.caller.repo_ids)]
        response = page(repos, lambda repo: basic.repository(self.hub, repo), "repositories")
        answer = response.get_json()
        response.set_data(jsonify({**answer, "repository_selection": "selected"}).get_data())
        return response


class Manifests(Routes):
    """https://docs.github.com/rest/apps/apps: nobody has to say who they are, the code does."""

    @post("/app-manifests/<code>/conversions")
    def convert(self, code: str) -> ResponseReturnValue:
        made = converted(self.hub, code)
        told = {"client_secret": made.client_secret, "webhook_secret": made.app.webhook_secret}
        return {**basic.app(self.hub, made.app), **told, "pem": made.private_key_pem}, 201


class Deliveries(Routes):
    """https://docs.github.com/rest/apps/webhooks: pages go by cursor, newest first."""

    def attempted(self) -> list[Delivery]:
        registered = self.api.app_itself()
        mine = [delivery for delivery in self.hub.deliveries if delivery.app_id == registered.id]
        return [delivery for delivery in reversed(mine) if delivery.status != "pending"]

    @get("/app/hook/config")
    def config(self) -> Json:
        """An App without a webhook has an empty configuration."""
        url = self.api.app_itself().webhook_url
        if url is None:
            return {}
        return {"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": url}

    @get("/app/hook/deliveries")
    def deliveries(self) -> Response:
        deliveries, size = self.attempted(), min(request.args.get("per_page", 30, int), 100)
        cursor = request.args.get("cursor", "")
        if cursor.startswith("v1_"):
            deliveries = [delivery for delivery in deliveries if delivery.id < int(cursor[3:])]
        response = jsonify([_short(delivery) for delivery in deliveries[:size]])
        if len(deliveries) > size:
            target = f"{request.base_url}?per_page={size}&cursor=v1_{deliveries[size - 1].id}"
            response.headers["Link"] = f'<{target}>; rel="next"'
        return response

    @get("/app/hook/deliveries/<int:delivery_id>")
    def delivery(self, delivery_id: int) -> Json:
        for delivery in self.attempted():
            if delivery.id == delivery_id:
                url = self.hub.apps[delivery.app_id].webhook_url
                sent = {"headers": delivery.request_headers, "payload": delivery.payload}
                answered = {"headers": {}, "payload": delivery.response_body}
                return {**_short(delivery), "url": url, "request": sent, "response": answered}
        raise Refusal(404, "Not Found")

    @post("/app/hook/deliveries/<int:delivery_id>/attempts")
    def attempt(self, delivery_id: int) -> ResponseReturnValue:
        self.api.courier.redeliver(self.api.app_itself(), delivery_id)
        return {}, 202


def _short(delivery: Delivery) -> Json:
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": stamp(delivery.delivered_at or delivery.created_at),
        "redelivery": delivery.redelivery,
        "duration": delivery.duration,
        "status": delivery.status,
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": delivery.installation_id,
        "repository_id": delivery.repository_id,
        "throttled_at": None,
    }
