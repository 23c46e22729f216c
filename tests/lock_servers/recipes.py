"""Servers for the recipes of the manual, whose profiles are the manual's own blocks."""

from __future__ import annotations

import re
import secrets
import textwrap
from pathlib import Path
from typing import Any, ClassVar

from tests.lock_servers.serving import Asked, Said

PAPERS = Path(__file__).parents[2] / "docs" / "lock-services"


def recipe(name: str, path: str = "") -> str:
    """The block of the manual's pages that begins so, for a server at `{url}`, as `str.format` takes it."""
    pages = "\n".join(page.read_text() for page in sorted(PAPERS.glob("*.md")))
    found = re.search(rf"^```yaml\n#.*\n{name}:\n(.*?)^```", pages, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    text = textwrap.indent(found[1], "  ").replace("{", "{{").replace("}", "}}")
    text, count = re.subn(r"url: https://[^/\s]+(/\S*)?", rf"url: {{url}}{path}", text)
    assert count == 1
    return f"{text}    timeout: 1s\n"


class Kubernetes:
    """Leases of one namespace."""

    path = "/apis/coordination.k8s.io/v1/namespaces/e2e/leases"
    profile = recipe("lease", path)
    environ: ClassVar = {"K8S_TOKEN": "canary-k8s-5f4dcc3b"}

    def __init__(self) -> None:
        self.leases: dict[str, dict[str, Any]] = {}

    def holder(self, name: str) -> str | None:
        return self.leases[name]["spec"]["holderIdentity"] if name in self.leases else None

    def take(self, name: str, by: str) -> None:
        lease = {"metadata": {"name": name}, "spec": {"holderIdentity": by}}
        lease["metadata"]["uid"] = secrets.token_hex(8)
        self.leases[name] = lease

    def free(self, name: str) -> None:
        self.leases.pop(name, None)

    def answer(self, asked: Asked, _) -> Said:
        if asked.headers.get("authorization") != f"Bearer {self.environ['K8S_TOKEN']}":
            return Said(401)
        name = asked.path.removeprefix(self.path).removeprefix("/")
        if asked.method == "POST":
            body = asked.json()
            assert (body["apiVersion"], body["kind"]) == ("coordination.k8s.io/v1", "Lease")
            name = body["metadata"]["name"]
            if name in self.leases:
                return Said(409, {"kind": "Status", "reason": "AlreadyExists", "code": 409})
            self.take(name, body["spec"]["holderIdentity"])
            return Said(201, self.leases[name])
        lease = self.leases.get(name)
        if lease is None:
            return Said(404, {"kind": "Status", "reason": "NotFound", "code": 404})
        if asked.method == "GET":
            return Said(200, lease)
        wanted = asked.json()["preconditions"]["uid"]
        if wanted != lease["metadata"]["uid"]:
            return Said(409, {"kind": "Status", "reason": "Conflict", "code": 409})
        del self.leases[name]
        return Said(200, {"kind": "Status", "status": "Success"})


class Etcd:
    """The JSON gateway: numbers are text, what is false or empty is left out."""

    profile = recipe("etcd")
    environ: ClassVar[dict[str, str]] = {}
    KEY = "L3N0YWdlbG9jay9lMmUtZW52"

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.owners: dict[str, str] = {}

    def holder(self, name: str) -> str | None:
        assert name == "e2e-env"
        return self.values.get(self.KEY)

    def take(self, name: str, by: str) -> None:
        assert name == "e2e-env"
        self.values[self.KEY] = "bmlnaHRseQ==" if by else ""

    def free(self, name: str) -> None:
        assert name == "e2e-env"
        self.values.pop(self.KEY, None)

    def answer(self, asked: Asked, _) -> Said:
        body = asked.json()
        if asked.path == "/v3/kv/range":
            return Said(200, self._range(body["key"]))
        assert asked.path == "/v3/kv/txn"
        fine = all(self._holds(one) for one in body["compare"])
        done = [self._do(one) for one in body.get("success" if fine else "failure", [])]
        return Said(200, {"header": {}, **({"succeeded": True} if fine else {}), "responses": done})

    def _holds(self, one: dict[str, str]) -> bool:
        if one["target"] == "CREATE":
            return (one["key"] in self.values) == (one["createRevision"] != "0")
        return self.values.get(one["key"]) == one["value"]

    def _range(self, key: str) -> dict[str, Any]:
        if key not in self.values:
            return {"header": {}}
        return {"header": {}, "kvs": [{"key": key, "value": self.values[key]}], "count": "1"}

    def _do(self, one: dict[str, dict[str, str]]) -> dict[str, Any]:
        match one:
            case {"requestPut": wanted}:
                self.values[wanted["key"]] = wanted["value"]
                return {"response_put": {"header": {}}}
            case {"requestRange": wanted}:
                return {"response_range": self._range(wanted["key"])}
            case _:
                self.values.pop(one["requestDeleteRange"]["key"], None)
                return {"response_delete_range": {"header": {}, "deleted": "1"}}
