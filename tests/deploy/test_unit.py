"""manifests/deploy's systemd unit starts what it is for, under its own restrictions."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.deploy.confined import Confined, Room, owned
from tests.deploy.deploying import SECRET, Github
from tests.deploy.manifests import DEPLOY, with_app
from tests.postgres import free_port

AS_IT_IS = (DEPLOY / "stagelock.service").read_text(encoding="utf-8")
UNIT = with_app(AS_IT_IS)
DYNAMIC = 61184
"""The first of the users that systemd gives out with DynamicUser=yes."""


def said(name: str, unit: str = UNIT) -> list[str]:
    """The values of a directive of the unit, in their order."""
    return re.findall(rf"^{name}=(.*)$", unit, re.MULTILINE)


def as_the_unit_says(tmp_path: Path, etc: Mapping[str, str], unit: str = UNIT) -> Room:
    """Its room; *etc* are the files of /etc/stagelock."""
    credentials = "/run/credentials/stagelock.service"
    handed = dict(one.split(":/etc/stagelock/") for one in said("LoadCredential", unit))
    lines = [*etc["environment"].split(), *" ".join(said("Environment", unit)).split()]
    environ = dict(line.replace("%d", credentials).split("=", 1) for line in lines)
    (state,) = said("StateDirectory")
    for name in (
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "PrivateDevices=yes",
        "RestrictNamespaces=yes",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
    ):
        assert name in UNIT.splitlines()
    return Room(
        user=DYNAMIC,
        environ={
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
            "LANG": "C.UTF-8",
            "HOME": "/",
            "CREDENTIALS_DIRECTORY": credentials,
            "STATE_DIRECTORY": f"/var/lib/{state}",
            **environ,
        },
        writable={f"/var/lib/{state}": owned(tmp_path / "state", DYNAMIC)},
        hidden=("/home", "/root", "/run/user"),
        scratch=("/tmp", "/var/tmp"),
        secrets={f"{credentials}/{name}": etc[file] for name, file in handed.items()},
        calls=said("SystemCallFilter")[0].split(),
        families=said("RestrictAddressFamilies")[0].split(),
        umask=said("UMask")[0],
    )


def etc_of(github: Github, **more: str) -> dict[str, str]:
    number, key = github.registered()
    known = {
        "STAGELOCK_APP_ID": number,
        "STAGELOCK_GITHUB_URL": github.url,
        "STAGELOCK_PORT": "0",
        **more,
    }
    lines = "\n".join(f"{name}={value}" for name, value in known.items())
    return {"environment": lines, "app.pem": key, "webhook-secret": SECRET}


def test_the_unit_promotes_a_push_under_its_restrictions_and_ends_when_it_is_told(
    github: Github, tmp_path: Path, confined: list[Confined]
) -> None:
    room = as_the_unit_says(tmp_path, etc_of(github))
    running = Confined(room, said("ExecStart")[0].split())
    confined.append(running)
    running.wait_until_ready()
    running.wait_for(lambda: running.get("/readyz")[0] == 200, "/readyz")

    github.promotes(running.url)

    proc = Path(f"/proc/{running.process.pid}")
    status = dict(line.split(":\t", 1) for line in (proc / "status").read_text().splitlines())
    assert status["Uid"].split() == [str(DYNAMIC)] * 4
    assert {status[f"Cap{name}"] for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert sorted(p.name for p in (tmp_path / "state").iterdir()) != []
    logged = [json.loads(line) for line in running.err]
    assert [one for one in logged if one["level"] in ("error", "critical")] == []
    assert running.end(seconds=float(said("TimeoutStopSec")[0])) == 0


def test_the_unit_as_it_is_needs_no_file_leads_to_set_up_and_keeps_the_app(
    github: Github, tmp_path: Path, confined: list[Confined]
) -> None:
    """From an empty /etc/stagelock to a promotion, and on after a start again: no secret is typed."""
    assert said("EnvironmentFile", AS_IT_IS) == ["-/etc/stagelock/environment"]
    assert said("LoadCredential", AS_IT_IS) == []
    etc = {"environment": f"STAGELOCK_PORT={free_port()}"}

    def started() -> Confined:
        room = as_the_unit_says(tmp_path, etc, AS_IT_IS)
        confined.append(Confined(room, said("ExecStart", AS_IT_IS)[0].split()))
        return confined[-1]

    running = started()
    running.wait_until_ready()
    github.sets_up(running, running.url)
    github.fills(running, "one")

    kept = tmp_path / "state" / "app" / "credentials.json"
    assert (kept.stat().st_mode & 0o777, kept.stat().st_uid) == (0o600, DYNAMIC)
    assert running.end(seconds=float(said("TimeoutStopSec")[0])) == 0
    again = started()
    again.wait_until_ready()
    github.fills(again, "two")
    assert "token=" not in "".join(again.out)


def test_the_units_process_may_do_nothing_that_the_unit_forbids(
    github: Github, tmp_path: Path, confined: list[Confined]
) -> None:
    """So the room is one: each of these would work outside."""
    room = as_the_unit_says(tmp_path, etc_of(github))
    tries = (
        "touch /etc/x; touch /opt/stagelock/x; ls /root; chroot / true; unshare -U true; "
        "touch /tmp/x && touch /var/lib/stagelock/x && echo done"
    )
    running = Confined(room, ["/bin/sh", "-c", tries])
    confined.append(running)
    running.ended()
    assert running.out == ["done\n"], running.err
    for word in ("/etc/x", "/opt/stagelock/x", "chroot", "unshare"):
        assert [line for line in running.err if word in line], word


def test_a_wrong_setting_ends_the_unit_with_the_code_that_is_not_started_again(
    github: Github, tmp_path: Path, confined: list[Confined]
) -> None:
    room = as_the_unit_says(tmp_path, etc_of(github, STAGELOCK_APP_ID="99999999"))
    running = Confined(room, said("ExecStart")[0].split())
    confined.append(running)
    assert str(running.ended()) in said("RestartPreventExitStatus")[0].split()


@pytest.mark.parametrize("text", [AS_IT_IS, UNIT], ids=["as it is", "with an App"])
def test_systemd_finds_nothing_wrong_in_the_unit(tmp_path: Path, text: str) -> None:
    """Of it is asked what is not installed here: the program, at its place."""
    unit = tmp_path / "stagelock.service"
    unit.write_text(text.replace("/opt/stagelock/bin/stagelock", "/bin/true"))
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout + found.stderr) == (0, "")
