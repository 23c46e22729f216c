"""The hook as one executable file: pure Python for a server that has nothing but Python."""

from __future__ import annotations

import importlib.metadata
import io
import py_compile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import yaml

import app
from app.hook.launcher import MARK, write_executable

PYTHON = "/usr/bin/python3"
_PARTS = ("__init__.py", "errors.py", "core", "gitplumbing", "hook")
_MAIN = """\
import os
import sys

os.environ["STAGELOCK_HOOK_FILE"] = sys.argv[0]

from app.hook.main import main

sys.exit(main(sys.argv[:1]))
"""


def build(target: Path, python: str = PYTHON) -> int:
    """
    Write the hook to *target*, to be run by *python* on the server; its size in bytes.

    It holds sources, and bytecode for the Python that runs this: another version on the server
    works too, and starts slower.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("__main__.py", _MAIN)
        for path, name in _modules():
            archive.writestr(name, path.read_bytes())
            archive.writestr(f"{name}c", _compiled(path, name))
    # https://docs.python.org/3/library/zipapp.html: whatever precedes a zip file is allowed
    version = importlib.metadata.version("stagelock")
    start = f"#!{python} -IS\n{MARK} {version}, packed by stagelock hook build.\n".encode()
    write_executable(target, start + packed.getvalue())
    return len(start) + packed.getbuffer().nbytes


def _modules() -> Iterator[tuple[Path, str]]:
    ours = Path(app.__path__[0])
    for part in _PARTS:
        place = ours / part
        for path in sorted(place.rglob("*.py")) if place.is_dir() else (place,):
            yield path, f"app/{path.relative_to(ours).as_posix()}"
    theirs = Path(yaml.__path__[0])
    for path in sorted(theirs.glob("*.py")):
        yield path, f"yaml/{path.name}"


def _compiled(path: Path, name: str) -> bytes:
    """Bytecode that is believed without a look at the source, which has no time of its own here."""
    with tempfile.TemporaryDirectory() as folder:
        # Never beside the source: such bytecode would be believed there after every edit.
        made = Path(folder, "made.pyc")
        py_compile.compile(
            str(path),
            cfile=str(made),
            dfile=name,
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        return made.read_bytes()
