"""Repositories, branches, refs, commits, statuses, contents, permissions and rules."""

from __future__ import annotations

import base64

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app.sandbox import checks
from app.sandbox.model import ROLES, Refusal, Repo
from app.sandbox.payloads import basic, commits, pulls
from app.sandbox.payloads.basic import Json
from app.sandbox.pushes import writing
from app.sandbox.rest.base import Api, body, page

AT = "/repos/<owner>/<name>"


def routes(api: Api) -> Blueprint:
    bp = Blueprint("repos", __name__)
    hub = api.hub

    @bp.get(AT)
    def repository(owner: str, name: str) -> Json:
        return basic.repository_in_detail(hub, api.enter(owner, name, metadata="read"))

    @bp.get("/repositories/<int:repo_id>")
    def repository_by_id(repo_id: int) -> Json:
        repo = hub.repo(repo_id)
        return repository(repo.owner.login, repo.name)

    @bp.get(f"{AT}/branches/<path:branch>")
    def one_branch(owner: str, name: str, branch: str) -> Json:
        repo = api.enter(owner, name, contents="read")
        tip = hub.git(repo).tip(branch)
        if tip is None:
            raise Refusal(404, "Branch not found")
        return commits.branch_in_detail(hub, repo, branch, hub.git(repo).commit(tip))

    @bp.get(f"{AT}/branches/<path:branch>/protection")
    def protection(owner: str, name: str, branch: str) -> Json:  # noqa: ARG001
        api.enter(owner, name, administration="read")
        raise Refusal(404, "Branch not protected")

    @bp.get(f"{AT}/rules/branches/<path:branch>")
    def rules(owner: str, name: str, branch: str) -> Response:
        repo = api.enter(owner, name, metadata="read")
        return page(_rules(repo, branch), dict)

    @bp.get(f"{AT}/contents/<path:path>")
    def contents(owner: str, name: str, path: str) -> ResponseReturnValue:
        repo = api.enter(owner, name, contents="read")
        sha = hub.git(repo).resolve(request.args.get("ref", repo.default_branch))
        data = None if sha is None else hub.git(repo).files(sha, path).get(path)
        if sha is None or data is None:
            raise Refusal(404, "Not Found")
        if "raw" in request.headers.get("Accept", ""):
            return Response(data, content_type="application/vnd.github.raw+json; charset=utf-8")
        return _content(api, repo, sha, path, data)

    @bp.get(f"{AT}/collaborators/<login>/permission")
    def permission(owner: str, name: str, login: str) -> Json:
        repo = api.enter(owner, name, metadata="read")
        user = hub.users.get(login.lower())
        if user is None:
            raise Refusal(404, f"{login} is not a user")
        role = repo.roles.get(login.lower(), "none")
        old = {"maintain": "write", "triage": "read"}.get(role, role)
        rank = ROLES.index(role)
        words = ("pull", "triage", "push", "maintain", "admin")
        may = {word: rank > at for at, word in enumerate(words)}
        about = {**basic.user(hub, user), "permissions": may, "role_name": role}
        return {"permission": old, "role_name": role, "user": about}

    @bp.get("/orgs/<org>/teams/<team>")
    def team(org: str, team: str) -> Json:  # noqa: ARG001
        raise Refusal(404, "Not Found")

    return bp


def _rules(repo: Repo, branch: str) -> list[Json]:
    rule = repo.protected.get(branch)
    if rule is None or not rule.required_checks:
        return []
    source = {
        "ruleset_source_type": "Repository",
        "ruleset_source": repo.full_name,
        "ruleset_id": repo.id,
    }
    wanted = {
        "required_status_checks": [{"context": name} for name in rule.required_checks],
        "strict_required_status_checks_policy": rule.up_to_date,
    }
    return [{"type": "required_status_checks", "parameters": wanted, **source}]


def _content(api: Api, repo: Repo, sha: str, path: str, data: bytes) -> Json:
    here = f"{api.hub.api}/repos/{repo.full_name}"
    blob = api.hub.git(repo).tree_id(sha, path)
    links = {
        "self": f"{here}/contents/{path}?ref={sha}",
        "git": f"{here}/git/blobs/{blob}",
        "html": f"{api.hub.url}/{repo.full_name}/blob/{sha}/{path}",
    }
    return {
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": blob,
        "size": len(data),
        "url": links["self"],
        "html_url": links["html"],
        "git_url": links["git"],
        "download_url": f"{api.hub.url}/{repo.full_name}/raw/{sha}/{path}",
        "type": "file",
        "content": base64.encodebytes(data).decode(),
        "encoding": "base64",
        "_links": links,
    }


def ref_routes(api: Api) -> Blueprint:
    """Refs as Git has them."""
    bp = Blueprint("refs", __name__)
    hub = api.hub

    def shape(repo: Repo, ref: str, sha: str) -> Json:
        at = f"{hub.api}/repos/{repo.full_name}/git"
        target = {"type": "commit", "sha": sha, "url": f"{at}/commits/{sha}"}
        return {
            "ref": ref,
            "node_id": basic.node_id("Ref", ref),
            "url": f"{at}/{ref}",
            "object": target,
        }

    @bp.get(f"{AT}/git/ref/<path:ref>")
    @bp.get(f"{AT}/git/refs/<path:ref>")
    def one_ref(owner: str, name: str, ref: str) -> Json:
        repo = api.enter(owner, name, contents="read")
        sha = hub.git(repo).refs().get(f"refs/{ref}")
        if sha is None:
            raise Refusal(404, "Not Found")
        return shape(repo, f"refs/{ref}", sha)

    @bp.get(f"{AT}/git/matching-refs/<path:ref>")
    def matching(owner: str, name: str, ref: str) -> Response:
        repo = api.enter(owner, name, contents="read")
        found = sorted(hub.git(repo).refs().items())
        wanted = [item for item in found if item[0].startswith(f"refs/{ref}")]
        return page(wanted, lambda item: shape(repo, *item))

    @bp.delete(f"{AT}/git/refs/<path:ref>")
    def delete(owner: str, name: str, ref: str) -> ResponseReturnValue:
        repo = api.enter(owner, name, contents="write")
        with writing(hub, repo, api.caller.actor) as git:
            if f"refs/{ref}" not in git.refs():
                raise Refusal(422, "Reference does not exist")
            branch = ref.removeprefix("heads/")
            if branch in repo.protected or branch == repo.default_branch:
                raise Refusal(422, f"Cannot delete protected branch {branch}")
            git.set_ref(f"refs/{ref}", None)
        return "", 204

    return bp


def commit_routes(api: Api) -> Blueprint:
    """Commits and what is known of them."""
    bp = Blueprint("commits", __name__)
    hub = api.hub

    @bp.get(f"{AT}/commits/<path:ref>")
    def one_commit(owner: str, name: str, ref: str) -> Json:
        repo = api.enter(owner, name, contents="read")
        git = hub.git(repo)
        info = git.commit(api.commit(repo, ref))
        files = git.changes(info.parents[0] if info.parents else None, info.sha)
        return commits.commit(hub, repo, info, files)

    @bp.get(f"{AT}/commits/<sha>/pulls")
    def pulls_of(owner: str, name: str, sha: str) -> Response:
        repo = api.enter(owner, name, pull_requests="read")
        git, sha = hub.git(repo), api.commit(repo, sha)
        found = [
            pull
            for pull in hub.pulls_of(repo)
            if pull.merge_sha == sha
            or (git.contains(pull.head_sha, sha) and not git.contains(pull.base_sha, sha))
        ]
        return page(found, lambda pull: pulls.pull(hub, repo, pull))

    @bp.get(f"{AT}/commits/<path:ref>/statuses")
    def statuses(owner: str, name: str, ref: str) -> Response:
        repo = api.enter(owner, name, statuses="read")
        found = hub.statuses_of(repo, api.commit(repo, ref))
        return page(found, lambda one: commits.status(hub, repo, one))

    @bp.get(f"{AT}/commits/<path:ref>/status")
    def combined(owner: str, name: str, ref: str) -> Json:
        repo = api.enter(owner, name, statuses="read")
        sha = api.commit(repo, ref)
        newest = {one.context: one for one in reversed(hub.statuses_of(repo, sha))}
        states = {one.state for one in newest.values()}
        bad = states & {"error", "failure"}
        state = "failure" if bad else "pending" if "pending" in states or not states else "success"
        at = f"{hub.api}/repos/{repo.full_name}/commits/{sha}"
        return {
            "state": state,
            "statuses": [commits.status(hub, repo, one) for one in newest.values()],
            "sha": sha,
            "total_count": len(newest),
            "repository": basic.repository(hub, repo),
            "commit_url": at,
            "url": f"{at}/status",
        }

    @bp.post(f"{AT}/statuses/<sha>")
    def add_status(owner: str, name: str, sha: str) -> ResponseReturnValue:
        repo = api.enter(owner, name, statuses="write")
        made = checks.set_status(hub, repo, sha, body(), api.caller.actor)
        return commits.status(hub, repo, made), 201

    return bp
