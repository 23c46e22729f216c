"""A clone on which `stagelock init` is run, and what it wrote."""

from __future__ import annotations

from app.__main__ import main
from app.core.config import parse
from app.core.model.names import StageName
from tests.adapters.git.origin import Origin


def kustomization(tag: str, base: str = "../../base") -> bytes:
    return (
        f"resources: [{base}]\nimages:\n  - name: ghcr.io/acme/web\n    newTag: {tag}\n"
    ).encode()


OVERLAYS = {
    "apps/web/src/main.py": b"print()\n",
    "apps/web/base/kustomization.yaml": b"resources: [deployment.yaml]\n",
    "apps/web/overlays/prod/kustomization.yaml": kustomization("v1.8.3"),
    "apps/web/overlays/dev/kustomization.yaml": kustomization('""'),
    "apps/web/overlays/staging/kustomization.yaml": kustomization('""'),
}


KEY = "images[name=ghcr.io/acme/web].newTag"


class Clone:
    """A work tree, filled by commits, on which `stagelock init` is run."""

    def __init__(self, path, files) -> None:
        self.path = path
        self.bare = Origin.make(path / ".git")
        self.bare.commit(files)
        self.bare.git("config", "core.bare", "false")
        self.bare.git("config", "core.worktree", str(path))
        self.bare.git("config", "user.name", "Ada")
        self.bare.git("config", "user.email", "ada@example.org")
        self.bare.git("read-tree", "HEAD")

    @property
    def file(self):
        return self.path / "stagelock.yaml"

    def init(self, *words: str) -> int:
        return main(["init", "--repo", str(self.path), *words])

    def pipeline(self):
        """What was written, once it is linted."""
        return checked(self.file.read_bytes())


def checked(text: bytes):
    found = parse(text, "main")
    assert not found.problems
    for line in text.decode().splitlines():
        keyed = line.strip() and not line.lstrip().startswith("#")
        assert not keyed or " # " in line, f"without a word of explanation: {line}"
    return found.pipeline


def stages(pipeline):
    return {str(s.name): tuple(map(str, s.upstreams)) for s in pipeline.stages.values()}


def outputs(pipeline, stage):
    return pipeline.stages[StageName(stage)].outputs


E2E = b"""
name: End to end
on:
  push: {branches: [main], paths: ['apps/web/overlays/staging/**']}
jobs:
  e2e:
    runs-on: ubuntu-latest
    steps: [{run: ./e2e}]
"""
