"""A Terraform HTTP backend: LOCK and UNLOCK, 423 with the holder's description, as Terraform's client reads it."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.lock_servers.serving import Asked, Said


class TerraformState:
    """One lock an address; what Terraform itself writes is kept as it came."""

    profile = """\
    type: terraform
    url: {url}/state/${{{{ lock.name }}}}
    timeout: 1s
    headers: {{Authorization: "Basic ${{{{ env.TF_BASIC }}}}"}}
"""
    environ: ClassVar = {"TF_BASIC": "canary-c3RhdGU6cGFzcw"}

    def __init__(self) -> None:
        self.held: dict[str, dict[str, Any]] = {}

    def holder(self, name: str) -> str | None:
        return self.held[name]["Who"] if name in self.held else None

    def take(self, name: str, by: str) -> None:
        self.held[name] = {"ID": "11111111-2222-3333-4444-555555555555", "Who": by}

    def free(self, name: str) -> None:
        self.held.pop(name, None)

    def answer(self, asked: Asked, _) -> Said:
        if asked.headers.get("authorization") != f"Basic {self.environ['TF_BASIC']}":
            return Said(401)
        name = asked.path.removeprefix("/state/")
        info = asked.json()
        has = self.held.get(name)
        if asked.method == "LOCK":
            if has is not None:
                return Said(423, has)
            self.held[name] = info
            return Said(200)
        assert asked.method == "UNLOCK"
        if has is None:
            return Said(200)
        if has["ID"] != info["ID"]:
            return Said(409, has)
        del self.held[name]
        return Said(200)
