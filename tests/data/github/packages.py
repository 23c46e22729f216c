"""The packages that GitHub publishes its schemas in."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any


def package(name: str, member: str, folder: Path) -> Any:
    """One JSON file out of the newest version of an npm package."""
    packed = subprocess.run(
        ["npm", "pack", "--silent", name], cwd=folder, check=True, capture_output=True, text=True
    )
    with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
        file = archive.extractfile(f"package/{member}")
        assert file is not None
        return json.load(file)
