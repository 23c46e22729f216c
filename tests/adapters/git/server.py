"""Smart HTTP over `git http-backend`, with the ways in which a real server fails."""

import base64
import contextlib
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

from tests.adapters.git.origin import ENV

BACKEND = Path(subprocess.check_output(["git", "--exec-path"], text=True).strip())


class GitServer:
    """
    Serves the bare repositories below *root*.

    *token*: what Basic auth must carry (None: open). *fails*: path suffix -> "drop" (do it, lose
    the answer), "hang" (until `released`), or a status. *before*: path suffix -> called first.
    """

    def __init__(self, root):
        self.root, self.token, self.user = root, None, "somebody"
        self.fails, self.before, self.asked = {}, {}, []
        self.arrived, self.released = Event(), Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), type("Of", (Handler,), {"git": self}))
        self.http.daemon_threads = True

    def __enter__(self):
        Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.released.set()
        self.http.shutdown()
        self.http.server_close()

    def url(self, name="acme/web.git"):
        return f"http://127.0.0.1:{self.http.server_port}/{name}"

    def posts(self, service):
        return [path for method, path in self.asked if method == "POST" and path.endswith(service)]


class Handler(BaseHTTPRequestHandler):
    git: GitServer

    def log_message(self, *args):
        pass

    def do_GET(self):
        self._serve(b"")

    def do_POST(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            return self._serve(_chunks(self.rfile))
        return self._serve(self.rfile.read(int(self.headers["Content-Length"])))

    def _serve(self, body):
        path = self.path.partition("?")[0]
        self.git.asked.append((self.command, self.path))
        if self.git.token and self.headers.get("Authorization") != _basic(self.git.token):
            return self._status(401)
        how = next((h for end, h in self.git.fails.items() if self.path.endswith(end)), None)
        for end, hook in self.git.before.items():
            if self.path.endswith(end):
                hook()
        if isinstance(how, int):
            return self._status(how)
        if how == "hang":
            self.git.arrived.set()
            self.git.released.wait(60)
        answer = _backend(self.git.root, self, path, body)
        if how == "drop":
            return self.connection.close()
        head, _, rest = answer.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        status = next((x[8:11] for x in lines if x.startswith("Status:")), "200")
        self.send_response(int(status))
        for line in lines:
            if not line.startswith("Status:"):
                self.send_header(*line.split(": ", 1))
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        return self.wfile.write(rest)

    def _status(self, status):
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.send_header("Content-Length", "0")
        self.end_headers()


def _backend(root, handler, path, body):
    env = ENV | {
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": path,
        "QUERY_STRING": handler.path.partition("?")[2],
        "REQUEST_METHOD": handler.command,
        "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "GIT_PROTOCOL": handler.headers.get("Git-Protocol", ""),
        "REMOTE_USER": handler.git.user,
        "REMOTE_ADDR": "127.0.0.1",
    }
    if handler.headers.get("Content-Encoding"):
        env["HTTP_CONTENT_ENCODING"] = handler.headers["Content-Encoding"]
    done = subprocess.run(
        [BACKEND / "git-http-backend"], input=body, capture_output=True, env=env, check=False
    )
    return done.stdout


def _chunks(file):
    body = b""
    while size := int(file.readline().strip(), 16):
        body += file.read(size)
        file.readline()
    file.readline()
    return body


def _basic(token):
    return "Basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()


def command_lines():
    """What `ps` would show of every process now, as bytes."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                found.append((entry / "cmdline").read_bytes())
    return found
