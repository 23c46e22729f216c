"""The pages on which a person makes an App from a manifest, and installs it."""

from __future__ import annotations

import json
import secrets

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Refusal
from app.sandbox.people.manifests import Asked
from app.sandbox.people.world import World

PLACE = "/settings/apps/new"


def is_shown_to_all(path: str) -> bool:
    """Where a manifest is posted to, from a page of anybody: it changes nothing yet."""
    return path.endswith(PLACE)


def apps_blueprint(hub: Hub, world: World, me: str = "alice") -> Blueprint:
    """A manifest is shown, confirmed, and the browser sent back; the App is installed."""
    bp = Blueprint("apps", __name__)
    shown: dict[str, Asked] = {}

    def show(owner: str = "") -> ResponseReturnValue:
        try:
            manifest = json.loads(request.form.get("manifest", ""))
        except ValueError:
            manifest = None
        kind = "Organization" if owner else "User"
        asked = world.asked(manifest, owner or me, kind, request.args.get("state", ""))
        ticket = secrets.token_hex(8)
        shown[ticket] = asked
        return render_template("register.html", asked=asked, ticket=ticket)

    for place in (PLACE, f"/organizations/<owner>{PLACE}"):
        bp.add_url_rule(place, "show", show, methods=["POST"])

    @bp.post("/_register")
    def register() -> ResponseReturnValue:
        asked = shown.get(request.form.get("ticket", ""))
        if asked is None:
            abort(400)
        return redirect(world.confirmed(asked, request.form.get("name", "").strip()), 303)

    @bp.get("/apps/<slug>/installations/new")
    @bp.get("/github-apps/<slug>/installations/new")
    def choose(slug: str) -> str:
        repos = [r for r in list(hub.repos.values()) if r.owner.id == hub.app(slug).owner.id]
        return render_template("install.html", app=hub.app(slug), chosen=repos)

    @bp.post("/_install/<slug>")
    def install(slug: str) -> ResponseReturnValue:
        app = hub.app(slug)
        installation = world.install_everywhere(slug, app.owner.login)
        if not app.setup_url:
            return redirect(f"/apps/{slug}/installations/new", 303)
        return redirect(
            f"{app.setup_url}?installation_id={installation.id}&setup_action=install", 303
        )

    @bp.errorhandler(Refusal)
    def refused(no: Refusal) -> ResponseReturnValue:
        return render_template("refusal.html", no=no, details=[]), no.status

    return bp
