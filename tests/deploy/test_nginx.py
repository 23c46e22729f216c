"""The proxy of operating.md, tried: nginx before the real web side."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.harness import Flow, flowing
from tests.postgres import free_port
from tests.processes import PATIENCE, signed, until

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
MIB = 1024 * 1024
AROUND = """\
daemon off;
{user}
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/a;
  uwsgi_temp_path {folder}/b;
  scgi_temp_path {folder}/c;
  server {{
    listen 127.0.0.1:{port};
{shown}
  }}
}}
"""


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[Flow]:
    with flowing(tmp_path) as made:
        yield made


@pytest.fixture
def port(flow: Flow, tmp_path: Path) -> Iterator[int]:
    """Where nginx listens, with what the paper shows before the App."""
    assert NGINX, "nginx is needed: install it, for example with `apt-get install nginx-light`"
    operating = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```nginx\n(.*?)^```", operating, re.MULTILINE | re.DOTALL)
    app = flow.webhook.removesuffix("/github/webhook")
    assert "http://127.0.0.1:8080" in shown
    folder, port = tmp_path / "nginx", free_port()
    folder.mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    words = shown.replace("http://127.0.0.1:8080", app)
    conf = folder / "nginx.conf"
    conf.write_text(AROUND.format(folder=folder, port=port, shown=words, user=user))
    command = [str(NGINX), "-c", str(conf), "-p", str(folder), "-e", "stderr"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def listens() -> bool:
        assert process.poll() is None
        try:
            return asked(port, "GET", "/nothing") == 404
        except ConnectionError:
            return False

    try:
        until(listens, PATIENCE, "nginx does not start")
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE)


def asked(port: int, method: str, path: str, body: bytes = b"", secret: str = "") -> int:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"Content-Type": "application/json", "X-GitHub-Event": "star"}
    headers |= {"X-GitHub-Delivery": f"by-hand-{len(body)}"}
    headers |= {"X-Hub-Signature-256": signed(secret, body)} if secret else {}
    link.request(method, path, body or None, headers)
    status = link.getresponse().status
    link.close()
    return status


@pytest.mark.parametrize("size", [100, 2 * MIB, 25 * MIB])
def test_deliveries_as_large_as_githubs_come_through_byte_for_byte(
    flow: Flow, port: int, size: int
) -> None:
    """What is signed is the raw body: one byte changed on the way, and it would be refused."""
    body = json.dumps({"action": "created", "zen": "é \\u00e9  "}, ensure_ascii=False).encode()
    body += b" " * (size - len(body))
    assert asked(port, "POST", "/github/webhook", body, flow.secret) == 202
    assert asked(port, "POST", "/github/webhook", body + b" ", f"{flow.secret}x") == 401


def test_what_is_larger_than_github_delivers_is_refused_before_us(flow: Flow, port: int) -> None:
    body = b" " * (27 * MIB)
    try:
        status = asked(port, "POST", "/github/webhook", body, flow.secret)
    except ConnectionError:
        return  # it hangs up while we send
    assert status == 413


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/readyz", "/metrics", "/github/webhook/", "/api/v1/events"]
)
def test_nothing_else_is_reached_from_outside(flow: Flow, port: int, path: str) -> None:
    assert asked(port, "GET", path) == 404
    direct = int(flow.webhook.rsplit(":", 1)[1].split("/")[0])
    assert path not in {"/healthz", "/metrics"} or asked(direct, "GET", path) == 200
