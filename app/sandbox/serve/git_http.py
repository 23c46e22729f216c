"""
Git over smart HTTP: `git http-backend` behind Basic authentication.

People authenticate as ``LOGIN:TOKEN``, Apps as ``x-access-token:INSTALLATION_TOKEN``. Where
`Hub.names_suffice` (the command `stagelock sandbox`), a person's name with an empty password is
enough: callers are on this machine, where the page lets everybody act as anybody anyway, and so no
address that people copy holds a secret.
https://git-scm.com/docs/git-http-backend
"""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, cast

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Headers

from app.sandbox.github.access import Caller, caller_of
from app.sandbox.github.faults import GIT, Fault, Faults
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import ROLES, Refusal, Repo, User
from app.sandbox.github.pushes import writing
from app.sandbox.people.git import PEOPLE
from app.sandbox.serve.ls_refs import LONGEST, listed

CHUNK = 1 << 16
Abilities = dict[bytes, tuple[bytes, Headers]]
"""What git said that it can do, and its headers, by a repository's configuration."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a git client."""

    repo: Repo
    pusher: User | None
    tail: str
    writes: bool
    no_workflows: bool


def git_blueprint(hub: Hub, faults: Faults) -> Blueprint:
    """Serve ``/OWNER/REPO.git/...``: clones, fetches, pushes, unless one of *faults* strikes."""
    bp = Blueprint("git", __name__)
    abilities: Abilities = {}

    @bp.route("/<owner>/<name>.git/<path:tail>", methods=["GET", "POST"])
    def serve(owner: str, name: str, tail: str) -> ResponseReturnValue:
        writes = "git-receive-pack" in (tail, request.args.get("service"))
        fault = faults.strike(GIT, request.path)
        if fault is not None and not (writes and fault.kind == "lost"):
            return _struck(fault)
        try:
            asked = _authorise(hub, f"{owner}/{name}", tail, writes=writes)
        except Refusal as no:
            response = Response(f"{no.message}\n", no.status, content_type="text/plain")
            if no.status == 401:
                response.headers["WWW-Authenticate"] = 'Basic realm="GitHub"'
            return response
        answer = _answer(hub, asked, abilities)
        return answer if fault is None else _struck(fault)

    return bp


def _struck(fault: Fault) -> Response:
    """What GitHub says to a git client that it cannot, or may not, serve now."""
    status = {"limited": 429, "secondary": 429, "denied": 403}.get(fault.kind, 502)
    response = Response("try again later\n", status, content_type="text/plain")
    if status == 429:
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def _authorise(hub: Hub, full_name: str, tail: str, *, writes: bool) -> Asked:
    caller = _caller(hub)
    if caller.app is not None and caller.installation is None:
        raise Refusal(401, "Invalid username or password.")
    repo = hub.repo(full_name)
    if not _may(caller, repo, "write" if writes else "read"):
        visible = _may(caller, repo, "read")
        message = f"Permission to {repo.full_name}.git denied to {caller.actor.login}."
        raise Refusal(403 if visible else 404, message if visible else "Repository not found.")
    if writes and repo.archived:
        raise Refusal(403, "This repository was archived so it is read-only.")
    guarded = caller.app is not None and caller.permissions.get("workflows") != "write"
    return Asked(repo, caller.actor, tail, writes, guarded)


def _caller(hub: Hub) -> Caller:
    login = request.authorization
    if login is None:
        raise Refusal(401, "Repository not found.")
    if hub.names_suffice and login.password == "" and login.username in PEOPLE:
        return Caller(hub.user(login.username))
    if not login.password:
        raise Refusal(401, "Repository not found.")
    return caller_of(hub, login.password)


def _may(caller: Caller, repo: Repo, level: str) -> bool:
    if caller.app is None:
        role = repo.roles.get(caller.actor.login.lower(), "none")
        return ROLES.index(role) >= ROLES.index("write" if level == "write" else "read")
    if repo.id not in caller.repo_ids:
        return False
    granted = caller.permissions.get("contents", "")
    return granted == "write" or (level == "read" and granted == "read")


def _environment(hub: Hub, asked: Asked) -> dict[str, str]:
    """CGI's variables; nothing of this process's Git settings leaks in."""
    pusher = "" if asked.pusher is None else asked.pusher.login
    env = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(hub.root),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "GIT_PROJECT_ROOT": str(asked.repo.path.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{asked.repo.path.name}/{asked.tail}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.query_string.decode(),
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_USER": pusher,
        "GITHUB_USER_LOGIN": pusher,
        "SANDBOX_PUSHER": pusher,
        "SANDBOX_NO_WORKFLOWS": "1" if asked.no_workflows else "",
    }
    for header, name in (
        ("Content-Encoding", "HTTP_CONTENT_ENCODING"),
        ("Git-Protocol", "GIT_PROTOCOL"),
    ):
        if header in request.headers:
            env[name] = request.headers[header]
    if request.content_length is not None:
        env["CONTENT_LENGTH"] = str(request.content_length)
    return env


@contextmanager
def _told(hub: Hub, asked: Asked) -> Iterator[None]:
    """A push happens as the repository's one writer, and what moved is told at its end."""
    if asked.writes and request.method == "POST" and asked.pusher is not None:
        with writing(hub, asked.repo, asked.pusher):
            yield
    else:
        yield


def _answer(hub: Hub, asked: Asked, abilities: Abilities) -> Response:
    """
    What git answers. Each fetch begins by asking what the server can do, which in protocol 2 names
    no ref (https://git-scm.com/docs/protocol-v2#_http_transport): that is asked once.
    """
    if request.headers.get("Git-Protocol") != "version=2":
        return _backend(hub, asked)
    if asked.tail == "git-upload-pack":
        return _fetched(hub, asked)
    if asked.tail != "info/refs" or request.query_string != b"service=git-upload-pack":
        return _backend(hub, asked)
    config = (asked.repo.path / "config").read_bytes()
    if config not in abilities:
        said = _backend(hub, asked)
        if said.status_code != 200:
            return said
        abilities[config] = said.get_data(), said.headers
    body, headers = abilities[config]
    return Response(body, headers=headers)


def _fetched(hub: Hub, asked: Asked) -> Response:
    """The refs, which most fetches ask for and find as they have them; the rest is git's."""
    plain = "Content-Encoding" not in request.headers
    begun = request.stream.read(LONGEST) if plain and (request.content_length or 0) else b""
    refs = listed(asked.repo.path, begun)
    if refs is None:
        return _backend(hub, asked, begun)
    headers = {"Cache-Control": "no-cache, max-age=0, must-revalidate"}
    return Response(refs, headers=headers, content_type="application/x-git-upload-pack-result")


@functools.cache
def _program() -> str:
    """`git http-backend` itself: without git, which would start it, in half the time."""
    told = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True)
    return f"{told.stdout.strip()}/git-http-backend"


def _backend(hub: Hub, asked: Asked, begun: bytes = b"") -> Response:
    """Let git answer; *begun* was read of the request already."""
    stack = ExitStack()
    stack.enter_context(_told(hub, asked))
    try:
        process = subprocess.Popen(
            [_program()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(hub, asked),
        )
        stack.callback(_end, process)
        _feed(cast("IO[bytes]", process.stdin), begun)
        out = cast("IO[bytes]", process.stdout)
        status, headers = _head(out)
        if asked.writes:  # the lock is held by this thread, so the answer is read here
            body = out.read()
            stack.close()
            return Response(body, status, headers)
    except BaseException:
        stack.close()
        raise
    return Response(_stream(out, stack), status, headers)


def _feed(stdin: IO[bytes], begun: bytes) -> None:
    """Copy the body, chunked or not, to the backend; it may stop listening early."""
    try:
        stdin.write(begun)
        while chunk := request.stream.read(CHUNK):
            stdin.write(chunk)
        stdin.close()
    except BrokenPipeError:
        return


def _head(out: IO[bytes]) -> tuple[int, list[tuple[str, str]]]:
    status, headers = 200, []
    while (line := out.readline().strip()) != b"":
        name, _, value = line.decode("latin-1").partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers.append((name, value.strip()))
    return status, headers


def _stream(out: IO[bytes], stack: ExitStack) -> Iterator[bytes]:
    with stack:
        while chunk := out.read(CHUNK):
            yield chunk


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
