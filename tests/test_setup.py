"""What the first commands of a newcomer do: they say what they install, and why."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def needs(bare: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """`.ci/needs` on a machine where nothing is found."""
    return subprocess.run(
        ["/bin/bash", str(ROOT / ".ci/needs")],
        env={"PATH": str(bare), **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_what_the_tests_lack_is_named_with_the_reason_and_nothing_is_installed(tmp_path):
    found = needs(tmp_path, NO_INSTALL="1")

    assert found.returncode == 1
    lines = found.stderr.splitlines()
    assert lines[0].startswith("the tests need packages of the system")
    for package, why in (("chromium", "browser"), ("gitolite3", "the hook"), ("git", "repository")):
        (line,) = [one for one in lines if one.split()[:1] == [package]]
        assert why in line
    assert "NO_INSTALL is set" in lines[-1]


def test_a_machine_that_is_no_debian_is_told_what_to_install(tmp_path):
    found = needs(tmp_path)

    assert found.returncode == 1
    assert "this is no Debian" in found.stderr


def test_a_machine_that_has_everything_is_told_nothing():
    found = subprocess.run(
        ["/bin/bash", str(ROOT / ".ci/needs")],
        env={**os.environ, "NO_INSTALL": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_installing_shows_how_far_it_is_and_fails_when_pip_does(tmp_path):
    """pip is played: a real one would ask an index."""
    lock = tmp_path / "lock.txt"
    lock.write_text("".join(f"p{n}==1.0\n" for n in range(12)))
    pip = tmp_path / "python"
    pip.write_text(
        "#!/bin/sh\n"
        "for n in 0 1 2 3 4 5 6 7 8 9 10 11; do echo Collecting p$n==1.0; done\n"
        "echo Installing collected packages: p0\n"
        '[ -z "$BROKEN" ] || { echo ERROR: no matching distribution; exit 7; }\n'
    )
    pip.chmod(0o755)

    def install(**env: str) -> subprocess.CompletedProcess[str]:
        command = [str(ROOT / ".ci/install"), str(pip), str(lock)]
        return subprocess.run(
            command, env={**os.environ, **env}, capture_output=True, text=True, check=False
        )

    fine = install()
    assert fine.returncode == 0
    assert fine.stdout.splitlines() == [
        "  1 of at most 12: p0",
        "  11 of at most 12: p10",
        "  unpacking them",
    ]
    broken = install(BROKEN="1")
    assert broken.returncode == 7
    assert "ERROR: no matching distribution" in broken.stdout
