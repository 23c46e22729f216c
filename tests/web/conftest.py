import hashlib
import hmac
import http.client
import json
import logging
import threading
from datetime import UTC, datetime

import pytest
from werkzeug.serving import make_server

from app.observe import Metrics
from app.web.application import create_app
from tests.stores import sqlite_store

SECRET = b"a webhook secret"
NOW = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)


APP_ID = 4242


class Client:
    """Speaks HTTP to the served application as GitHub does, and as it does not."""

    def __init__(self, port, store):
        self.port = port
        self.store = store

    def request(self, method, path, body=b"", headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def get(self, path):
        return self.request("GET", path)

    def deliver(self, payload, event="push", guid="guid-1", *, secret=SECRET, **changed):
        """Deliver as GitHub would; *changed* headers replace (None: leave out)."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": guid,
            "X-Hub-Signature-256": sign(body, secret),
        }
        for name, value in changed.items():
            headers[name.replace("_", "-")] = value
        kept = {name: value for name, value in headers.items() if value is not None}
        status, _, answer = self.request("POST", "/github/webhook", body, kept)
        return status, json.loads(answer)


def sign(body, secret=SECRET):
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()


@pytest.fixture
def serve():
    """Serve a store's web application on a free port, from a thread."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    servers = []

    def start(store, secrets=(SECRET,), tokens=()):
        wsgi = create_app(
            store=store,
            secrets=secrets,
            clock=lambda: NOW,
            metrics=Metrics(store.gauges),
            tokens=tokens,
            app_id=APP_ID,
        )
        server = make_server("127.0.0.1", 0, wsgi, threaded=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return Client(server.server_port, store)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def store(tmp_path):
    store = sqlite_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def github(serve, store):
    return serve(store)
