"""How much memory a work process may take, by what its container and machine say."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import memory

MACHINE = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def place(root: Path, groups: str, **files: str) -> Path:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(groups)
    for name, text in files.items():
        file = root / "sys/fs/cgroup" / name.replace("__", "/").replace("_dot_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


@pytest.mark.parametrize(
    ("groups", "files", "share"),
    [
        ("0::/\n", {"memory_dot_max": f"{2 << 30}\n"}, 1 << 30),
        (
            "0::/system.slice/stagelock.service\n",
            {"system.slice__memory_dot_max": f"{4 << 30}\n", "memory_dot_max": "max\n"},
            2 << 30,
        ),
        (
            "9:cpu:/\n4:memory:/docker/1\n0::/\n",
            {"memory__docker__1__memory_dot_limit_in_bytes": f"{3 << 30}\n"},
            3 << 29,
        ),
        ("4:memory:/gone\n", {"memory__memory_dot_limit_in_bytes": f"{2 << 30}\n"}, 1 << 30),
        ("0::/\n", {"memory_dot_max": "65536\n"}, memory.LEAST),
        ("0::/\n", {"memory_dot_max": "max\n"}, max(MACHINE // 2, memory.LEAST)),
        ("what is this\n", {}, max(MACHINE // 2, memory.LEAST)),
    ],
    ids=["a container", "a unit", "version 1", "another view", "tiny", "none", "odd"],
)
def test_it_is_half_of_the_smallest_limit_around_it(tmp_path, groups, files, share):
    assert memory.share(place(tmp_path, groups, **files)) == min(
        share, max(MACHINE // 2, memory.LEAST)
    )


def test_what_it_starts_is_bound_as_it_is_and_nothing_is_bound_less_than_before():
    script = (
        "import resource, subprocess, sys; from app.cli import memory;"
        "memory.bound(700 << 20); memory.bound(900 << 20);"
        "print(resource.getrlimit(resource.RLIMIT_DATA)[0], flush=True);"
        "subprocess.run([sys.executable, '-c', 'bytearray(800 << 20)'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == [str(700 << 20)]
    assert "MemoryError" in done.stderr
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] == resource.RLIM_INFINITY
