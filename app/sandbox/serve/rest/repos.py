"""Repositories, branches, refs, commits, statuses, contents, permissions and rules."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from app.sandbox.github import checks
from app.sandbox.github.model import ROLES, Refusal, Repo
from app.sandbox.github.payloads import basic, commits, pulls
from app.sandbox.github.payloads.basic import Json, stamp
from app.sandbox.github.payloads.rules import of_branch, ruleset_id
from app.sandbox.github.pushes import writing
from app.sandbox.serve.rest.base import Api, Routes, body, delete, get, page, post

AT = "/repos/<owner>/<name>"


class Repositories(Routes):
    """A repository and what it is made of."""

    @get(AT)
    def repository(self, owner: str, name: str) -> Json:
        return basic.repository_in_detail(self.hub, self.api.enter(owner, name, metadata="read"))

    @get("/repositories/<int:repo_id>")
    def repository_by_id(self, repo_id: int) -> Json:
        repo = self.hub.repo(repo_id)
        return self.repository(repo.owner.login, repo.name)

    @get(f"{AT}/branches/<path:branch>")
    def one_branch(self, owner: str, name: str, branch: str) -> Json:
        repo = self.api.enter(owner, name, contents="read")
        tip = self.hub.git(repo).tip(branch)
        if tip is None:
            raise Refusal(404, "Branch not found")
        return commits.branch_in_detail(self.hub, repo, branch, self.hub.git(repo).commit(tip))

    @get(f"{AT}/branches/<path:branch>/protection")
    def protection(self, owner: str, name: str, branch: str) -> Json:  # noqa: ARG002
        self.api.enter(owner, name, administration="read")
        raise Refusal(404, "Branch not protected")

    @get(f"{AT}/rules/branches/<path:branch>")
    def rules(self, owner: str, name: str, branch: str) -> Response:
        repo = self.api.enter(owner, name, metadata="read")
        return page(of_branch(repo, branch), dict)

    @get(f"{AT}/rulesets/<int:ruleset>")
    def ruleset(self, owner: str, name: str, ruleset: int) -> Json:
        """One ruleset a protected branch: its number is made of the repository's and its place."""
        repo = self.api.enter(owner, name, metadata="read")
        for at, (branch, rule) in enumerate(repo.protected.items()):
            if ruleset_id(repo, at) == ruleset:
                may = not rule.refuses_pushes or self.api.caller.actor.login in rule.allowed
                return {
                    "id": ruleset,
                    "name": f"Protect {branch}",
                    "target": "branch",
                    "source_type": "Repository",
                    "source": repo.full_name,
                    "enforcement": "active",
                    "current_user_can_bypass": "always" if may else "never",
                }
        raise Refusal(404, "Not Found")

    @get(f"{AT}/environments")
    def environments(self, owner: str, name: str) -> Response:
        repo = self.api.enter(owner, name, actions="read")
        return page(
            sorted(repo.reviewed),
            lambda environment: _environment(self.api, repo, environment),
            "environments",
        )

    @get(f"{AT}/contents/<path:path>")
    def contents(self, owner: str, name: str, path: str) -> ResponseReturnValue:
        repo = self.api.enter(owner, name, contents="read")
        sha = self.hub.git(repo).resolve(request.args.get("ref", repo.default_branch))
        below = {} if sha is None else self.hub.git(repo).files(sha, path)
        if sha is not None and below and path not in below:
            listed = _folder(self.api, repo, sha, path, below)
            return jsonify(listed)
        data = below.get(path)
        if sha is None or data is None:
            raise Refusal(404, "Not Found")
        if "raw" in request.headers.get("Accept", ""):
            return Response(data, content_type="application/vnd.github.raw+json; charset=utf-8")
        return _content(self.api, repo, sha, path, data)

    @get(f"{AT}/collaborators/<login>/permission")
    def permission(self, owner: str, name: str, login: str) -> Json:
        repo = self.api.enter(owner, name, metadata="read")
        user = self.hub.users.get(login.lower())
        if user is None:
            raise Refusal(404, f"{login} is not a user")
        role = repo.roles.get(login.lower(), "none")
        old = {"maintain": "write", "triage": "read"}.get(role, role)
        rank = ROLES.index(role)
        words = ("pull", "triage", "push", "maintain", "admin")
        may = {word: rank > at for at, word in enumerate(words)}
        about = {**basic.user(self.hub, user), "permissions": may, "role_name": role}
        return {"permission": old, "role_name": role, "user": about}

    @get("/orgs/<org>/teams/<team>")
    def team(self, org: str, team: str) -> Json:  # noqa: ARG002
        raise Refusal(404, "Not Found")


def _folder(api: Api, repo: Repo, sha: str, path: str, below: Mapping[str, bytes]) -> list[Json]:
    """A folder's own entries, as GitHub lists them: files without their content."""
    entries: dict[str, Json] = {}
    for file, data in sorted(below.items()):
        name, deeper, _ = file.removeprefix(f"{path}/").partition("/")
        entry = _content(api, repo, sha, f"{path}/{name}", data)
        kind = "dir" if deeper else "file"
        size = 0 if deeper else len(data)
        shown = {key: value for key, value in entry.items() if key not in {"content", "encoding"}}
        entries.setdefault(name, {**shown, "type": kind, "size": size})
    return list(entries.values())


def _environment(api: Api, repo: Repo, name: str) -> Json:
    at = stamp(repo.created_at)
    rule = {"id": 1, "node_id": basic.node_id("GateRule", name), "type": "required_reviewers"}
    return {
        "id": 1,
        "node_id": basic.node_id("Environment", name),
        "name": name,
        "url": f"{api.hub.api}/repos/{repo.full_name}/environments/{name}",
        "html_url": f"{api.hub.url}/{repo.full_name}/deployments/activity_log?environment={name}",
        "created_at": at,
        "updated_at": at,
        "protection_rules": [{**rule, "prevent_self_review": False, "reviewers": []}],
        "deployment_branch_policy": None,
    }


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


class Refs(Routes):
    """Refs as Git has them."""

    def shape(self, repo: Repo, ref: str, sha: str) -> Json:
        at = f"{self.hub.api}/repos/{repo.full_name}/git"
        target = {"type": "commit", "sha": sha, "url": f"{at}/commits/{sha}"}
        return {
            "ref": ref,
            "node_id": basic.node_id("Ref", ref),
            "url": f"{at}/{ref}",
            "object": target,
        }

    @get(f"{AT}/git/ref/<path:ref>")
    @get(f"{AT}/git/refs/<path:ref>")
    def one_ref(self, owner: str, name: str, ref: str) -> Json:
        repo = self.api.enter(owner, name, contents="read")
        sha = self.hub.git(repo).refs().get(f"refs/{ref}")
        if sha is None:
            raise Refusal(404, "Not Found")
        return self.shape(repo, f"refs/{ref}", sha)

    @get(f"{AT}/git/matching-refs/<path:ref>")
    def matching(self, owner: str, name: str, ref: str) -> Response:
        repo = self.api.enter(owner, name, contents="read")
        refs = sorted(self.hub.git(repo).refs().items())
        wanted = [item for item in refs if item[0].startswith(f"refs/{ref}")]
        return page(wanted, lambda item: self.shape(repo, *item))

    @delete(f"{AT}/git/refs/<path:ref>")
    def delete(self, owner: str, name: str, ref: str) -> ResponseReturnValue:
        repo = self.api.enter(owner, name, contents="write")
        with writing(self.hub, repo, self.api.caller.actor) as git:
            if f"refs/{ref}" not in git.refs():
                raise Refusal(422, "Reference does not exist")
            branch = ref.removeprefix("heads/")
            if branch in repo.protected or branch == repo.default_branch:
                raise Refusal(422, f"Cannot delete protected branch {branch}")
            git.set_ref(f"refs/{ref}", None)
        return "", 204


class Commits(Routes):
    """Commits and what is known of them."""

    @get(f"{AT}/commits")
    def listed(self, owner: str, name: str) -> Response:
        """From `sha` (default: the default branch) back, newest first."""
        repo = self.api.enter(owner, name, contents="read")
        sha = self.api.commit(repo, request.args.get("sha", repo.default_branch))
        size = request.args.get("per_page", 30, int)
        listed = self.hub.git(repo).log(sha, limit=size)
        return page(listed, lambda commit: commits.commit(self.hub, repo, commit))

    @get(f"{AT}/commits/<path:ref>")
    def one_commit(self, owner: str, name: str, ref: str) -> Json:
        repo = self.api.enter(owner, name, contents="read")
        git = self.hub.git(repo)
        info = git.commit(self.api.commit(repo, ref))
        files = git.changes(info.parents[0] if info.parents else None, info.sha)
        return commits.commit(self.hub, repo, info, files)

    @get(f"{AT}/commits/<sha>/pulls")
    def pulls_of(self, owner: str, name: str, sha: str) -> Response:
        repo = self.api.enter(owner, name, pull_requests="read")
        git, sha = self.hub.git(repo), self.api.commit(repo, sha)
        listed = [
            pull
            for pull in self.hub.pulls_of(repo)
            if pull.merge_sha == sha
            or (git.contains(pull.head_sha, sha) and not git.contains(pull.base_sha, sha))
        ]
        return page(listed, lambda pull: pulls.pull(self.hub, repo, pull))

    @get(f"{AT}/commits/<path:ref>/statuses")
    def statuses(self, owner: str, name: str, ref: str) -> Response:
        repo = self.api.enter(owner, name, statuses="read")
        statuses = self.hub.statuses_of(repo, self.api.commit(repo, ref))
        return page(statuses, lambda status: commits.status(self.hub, repo, status))

    @get(f"{AT}/commits/<path:ref>/status")
    def combined(self, owner: str, name: str, ref: str) -> Json:
        repo = self.api.enter(owner, name, statuses="read")
        sha = self.api.commit(repo, ref)
        newest = {status.context: status for status in reversed(self.hub.statuses_of(repo, sha))}
        states = {status.state for status in newest.values()}
        bad = states & {"error", "failure"}
        state = "failure" if bad else "pending" if "pending" in states or not states else "success"
        at = f"{self.hub.api}/repos/{repo.full_name}/commits/{sha}"
        return {
            "state": state,
            "statuses": [commits.status(self.hub, repo, status) for status in newest.values()],
            "sha": sha,
            "total_count": len(newest),
            "repository": basic.repository(self.hub, repo),
            "commit_url": at,
            "url": f"{at}/status",
        }

    @post(f"{AT}/statuses/<sha>")
    def add_status(self, owner: str, name: str, sha: str) -> ResponseReturnValue:
        repo = self.api.enter(owner, name, statuses="write")
        made = checks.set_status(self.hub, repo, sha, body(), self.api.caller.actor)
        return commits.status(self.hub, repo, made), 201
