"""The page: a repository with its commits, check runs, pull requests and comments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.sandbox.github import merging
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Refusal, Repo
from app.sandbox.github.moods import MOODS
from app.sandbox.page import views
from app.sandbox.page.markdown import render
from app.sandbox.people.git import PEOPLE
from app.sandbox.people.world import World

AT = "/<owner>/<name>"


def page_blueprint(hub: Hub, world: World) -> Blueprint:
    """Pages to look at (`_looks`) and forms to act with (`_acts`)."""
    bp = Blueprint("page", __name__)

    @bp.app_context_processor
    def common() -> dict[str, Any]:
        return {
            "people": PEOPLE,
            "me": _me(),
            "version": hub.version,
            "repos": list(hub.repos.values()),
            "markdown": render,
            "icon": views.icon,
        }

    @bp.app_errorhandler(Refusal)
    def refused(no: Refusal) -> ResponseReturnValue:
        details = [e.get("message") or e.get("field") for e in no.errors if isinstance(e, dict)]
        text = render_template("refusal.html", no=no, details=[d for d in details if d])
        return text, no.status

    @bp.get("/_version")
    def version() -> dict[str, int]:
        return {"version": hub.version}

    @bp.post("/_me")
    def switch() -> ResponseReturnValue:
        who = request.form["who"]
        if who not in PEOPLE:
            abort(400)
        response = make_response(_back("/"))
        response.set_cookie("who", who, samesite="Strict", httponly=True)
        return response

    _looks(bp, hub, world)
    _acts(bp, hub, world)
    return bp


def _me() -> str:
    who = request.cookies.get("who", "alice")
    return who if who in PEOPLE else "alice"


def _back(otherwise: str) -> Response:
    """To the page that the form was on; only ever a path of this server."""
    target = request.form.get("back", otherwise)
    # Browsers drop tabs and line ends, and take a backslash for a slash.
    safe = target.startswith("/") and not target.startswith("//") and target.isprintable()
    safe = safe and "\\" not in target
    made = redirect(target if safe else otherwise, 303)
    return make_response(made)


def _looks(bp: Blueprint, hub: Hub, world: World) -> None:
    @bp.get("/")
    def home() -> ResponseReturnValue:
        if len(hub.repos) == 1:
            return redirect(f"/{next(iter(hub.repos.values())).full_name}")
        return render_template("home.html")

    @bp.get(AT, defaults={"branch": None})
    @bp.get(f"{AT}/tree/<path:branch>")
    def repository(owner: str, name: str, branch: str | None) -> str:
        repo = hub.repo(f"{owner}/{name}")
        git = hub.git(repo)
        shown = branch or repo.default_branch
        return render_template(
            "repository.html",
            repo=repo,
            branches=sorted(git.branches(), key=lambda b: (b != repo.default_branch, b)),
            branch=shown,
            commits=views.commits(hub, repo, git.tip(shown)),
            pulls=hub.pulls_of(repo),
            played=[(name, world.ci.moods.chosen(repo, name)) for name in world.ci.played(repo)],
            moods=MOODS,
            password=None if hub.names_suffice else hub.user(_me()).token,
        )

    @bp.get(f"{AT}/commit/<sha>")
    def commit(owner: str, name: str, sha: str) -> str:
        repo = hub.repo(f"{owner}/{name}")
        git = hub.git(repo)
        full = git.resolve(sha)
        if full is None:
            raise Refusal(404, "There is no such commit.")
        info = git.commit(full)
        files = git.changes(info.parents[0] if info.parents else None, full)
        return render_template(
            "commit.html",
            repo=repo,
            commit=views.commit(hub, repo, info),
            files=files,
            comments=[c for c in hub.comments_of(repo) if c.sha == full],
        )

    @bp.get(f"{AT}/runs/<int:run_id>")
    def run(owner: str, name: str, run_id: int) -> str:
        repo = hub.repo(f"{owner}/{name}")
        check_run = hub.runs.get(run_id)
        if check_run is None or check_run.repo_id != repo.id:
            raise Refusal(404, "There is no such check run.")
        info = hub.git(repo).commit(check_run.head_sha)
        return render_template(
            "run.html",
            repo=repo,
            run=views.run(hub, check_run),
            played=check_run.app_id == world.ci.app.id and check_run.status != "completed",
            commit=views.commit(hub, repo, info),
        )

    @bp.get(f"{AT}/pull/<int:number>")
    def pull(owner: str, name: str, number: int) -> str:
        repo = hub.repo(f"{owner}/{name}")
        pull_request = hub.pull(repo, number)
        git = hub.git(repo)
        return render_template(
            "pull.html",
            repo=repo,
            pull=pull_request,
            state=merging.mergeability(hub, repo, pull_request)[1],
            missing=merging.missing(hub, repo, pull_request),
            head=views.commit(hub, repo, git.commit(pull_request.head_sha)),
            files=merging.files(git, pull_request),
            comments=[c for c in hub.comments_of(repo) if c.number == number],
            reviews=[r for r in hub.reviews if (r.repo_id, r.number) == (repo.id, number)],
        )

    @bp.get(f"{AT}/deliveries")
    def deliveries(owner: str, name: str) -> str:
        repo = hub.repo(f"{owner}/{name}")
        sent = [d for d in hub.deliveries if d.repository_id == repo.id]
        return render_template("deliveries.html", repo=repo, deliveries=sent[:-201:-1])


def _acts(bp: Blueprint, hub: Hub, world: World) -> None:
    def act(rule: str, effect: Callable[[Repo, str], object]) -> None:
        """A form that does one thing as the chosen person, and returns to its page."""

        def view(owner: str, name: str) -> ResponseReturnValue:
            repo = hub.repo(f"{owner}/{name}")
            effect(repo, _me())
            return _back(f"/{repo.full_name}")

        bp.add_url_rule(f"{AT}/_{rule}", rule, view, methods=["POST"])

    def writer(repo: Repo, who: str) -> None:
        if repo.roles.get(who, "none") in {"none", "read", "triage"}:
            raise Refusal(403, f"{who} has only read access; choose somebody else above.")

    def comment(repo: Repo, who: str) -> None:
        number = request.form.get("number", "")
        on: int | str = int(number) if number.isdecimal() else request.form.get("sha", "")
        world.comment(repo.full_name, on, request.form.get("body", "").strip(), who)

    def press(repo: Repo, who: str) -> None:
        writer(repo, who)
        run = hub.runs.get(int(request.form["run"]))
        if run is not None:
            world.press(repo.full_name, run, request.form["identifier"], who)

    def rerun(repo: Repo, who: str) -> None:
        writer(repo, who)
        run = hub.runs.get(int(request.form["run"]))
        if run is not None:
            world.rerequest(repo.full_name, run, who)

    def conclude(repo: Repo, who: str) -> None:
        writer(repo, who)
        run = hub.runs.get(int(request.form["run"]))
        conclusion = request.form["conclusion"]
        if run is not None and conclusion in {"success", "failure"}:
            world.ci.conclude(repo, run, conclusion)

    def mood(repo: Repo, who: str) -> None:
        writer(repo, who)
        wanted = next((mood for mood in MOODS if mood == request.form["mood"]), None)
        world.ci.moods.choose(repo, request.form["check"], wanted)

    def merge(repo: Repo, who: str) -> None:
        writer(repo, who)
        form = request.form
        world.merge(repo.full_name, int(form["number"]), form["method"], who, form.get("sha"))

    def review(repo: Repo, who: str) -> None:
        form = request.form
        world.review(repo.full_name, int(form["number"]), form["event"], "", who)

    def state(repo: Repo, who: str) -> None:
        writer(repo, who)
        form = request.form
        world.edit_pull(repo.full_name, int(form["number"]), who, state=form["state"])

    for rule, effect in {
        "comment": comment,
        "press": press,
        "rerun": rerun,
        "conclude": conclude,
        "mood": mood,
        "merge": merge,
        "review": review,
        "state": state,
    }.items():
        act(rule, effect)
