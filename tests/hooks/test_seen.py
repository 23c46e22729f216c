"""`stagelock doctor --repo`: on the Git host it is known whether the hook is there, and in which version."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import sys
from pathlib import Path

import pytest

import app
from app.__main__ import main
from app.hook.build import build
from tests.hooks.world import BOT

CURRENT = importlib.metadata.version("stagelock")


@pytest.fixture
def ask(world, capsys):
    def asked(*folders):
        """The exit code, and of each repository the state and all the words."""
        capsys.readouterr()
        words = [word for folder in folders or [world.server] for word in ("--repo", str(folder))]
        code = main(["doctor", *words, "--format", "json"])
        found = json.loads(capsys.readouterr().out)
        assert {one["name"] for one in found} == {"hook"}
        return code, *((one["state"], f"{one['said']} {one['do']}") for one in found)

    return asked


def hook(world):
    return world.server / "hooks" / "pre-receive"


def modules(world):
    """The folder of our own modules, as the launcher names it."""
    own = str(Path(app.__path__[0]).parent)
    assert f"'{own}'" in hook(world).read_text()
    return own


def again(world):
    return f"`stagelock hook install {world.server}`"


def test_a_hook_that_is_installed_is_fine_and_says_its_version_and_promoter(world, ask):
    code, (state, said) = ask()

    assert (code, state) == (0, "ok")
    assert f"{hook(world)}, version {CURRENT}, promoter: {BOT}" in said
    assert f"stagelock hook test {world.server}" in said


def test_a_repository_without_it_is_told_how_to_install_it(world, ask):
    main(["hook", "install", str(world.server), "--uninstall"])

    code, (state, said) = ask()

    assert (code, state) == (1, "todo")
    assert again(world) in said


def test_another_hook_at_its_place_is_none_of_ours(world, ask):
    hook(world).write_text("#!/bin/sh\nexit 0\n")

    code, (state, said) = ask()

    assert (code, state) == (1, "todo")
    assert "has no hook of Stagelock" in said


def test_a_hook_that_git_passes_by_is_not_installed(world, ask):
    hook(world).chmod(0o644)

    code, (state, said) = ask()

    assert (code, state) == (1, "todo")
    assert "not executable" in said


def test_hooks_that_stand_elsewhere_are_looked_for_there(world, ask, tmp_path):
    """With `core.hooksPath` git runs no hook of the repository's own."""
    folder = tmp_path / "everywhere"
    world.run("-C", world.server, "config", "core.hooksPath", folder)
    assert ask()[:1] == (1,)

    main(["hook", "install", "--global", str(folder)])

    code, (state, said) = ask()
    assert (code, state) == (0, "ok")
    assert str(folder / "pre-receive") in said


@pytest.mark.parametrize("missing", ["python", "modules"])
def test_a_hook_whose_installation_is_gone_refuses_every_push_and_says_so(world, ask, missing):
    place = {"python": sys.executable, "modules": modules(world)}[missing]
    text = hook(world).read_text()
    assert place in text
    for before in (f"exec {place} ", f"'{place}'"):
        text = text.replace(before, before.replace(place, "/nowhere"))
    hook(world).write_text(text)

    code, (state, said) = ask()

    assert (code, state) == (1, "todo")
    assert "/nowhere" in said
    assert "every push is refused" in said


def test_a_hook_without_a_promoter_refuses_promotions_too(world, ask):
    world.run("-C", world.server, "config", "--unset-all", "stagelock.promoter")

    code, (state, said) = ask()

    assert (code, state) == (1, "todo")
    assert "--promoter NAME" in said


def test_settings_that_cannot_be_read_refuse_every_push_and_are_said(world, ask):
    world.run("-C", world.server, "config", "stagelock.budget", "soon")

    code, (state, said) = ask()

    assert (code, state) == (1, "todo")
    assert "stagelock.budget" in said


def test_a_packed_hook_says_the_version_that_packed_it(world, ask):
    build(hook(world), sys.executable)
    assert ask()[1][0] == "ok"

    data = hook(world).read_bytes()
    hook(world).write_bytes(data.replace(f" {CURRENT}, packed".encode(), b" 0.0.7, packed", 1))

    code, (state, said) = ask()
    assert (code, state) == (1, "todo")
    assert f"version 0.0.7, this command of {CURRENT}" in said


def test_a_hook_of_another_installation_has_that_ones_version(world, ask, tmp_path):
    own = modules(world)
    (tmp_path / "app" / "hook").mkdir(parents=True)
    (tmp_path / "app" / "hook" / "main.py").write_text("")
    hook(world).write_text(hook(world).read_text().replace(f"'{own}'", f"'{tmp_path}'"))
    code, (state, said) = ask()
    assert (code, state) == (0, "unknown")
    assert "does not say its version" in said

    about = tmp_path / "stagelock-0.0.8.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: stagelock\nVersion: 0.0.8\n")

    code, (state, said) = ask()
    assert (code, state) == (1, "todo")
    assert "version 0.0.8" in said


def test_beside_another_hosts_hooks_it_is_fine_where_those_run_it(world, ask):
    main(["hook", "install", str(world.server), "--uninstall"])
    (world.server / "hooks" / "pre-receive.d").mkdir()
    main(["hook", "install", str(world.server), "--promoter", BOT])
    code, (state, said) = ask()
    assert (code, state) == (1, "todo")
    assert "nothing beside pre-receive.d" in said

    hook(world).write_text("#!/bin/sh\n# Gitea's\n")
    hook(world).chmod(0o755)

    code, (state, said) = ask()
    assert (code, state) == (0, "ok")
    assert "pre-receive.d/stagelock" in said


def test_where_git_alone_would_not_run_it_that_is_not_known(world, ask):
    main(["hook", "install", str(world.server), "--uninstall"])
    file = "custom_hooks/pre-receive.d/stagelock"
    main(["hook", "install", str(world.server), "--promoter", BOT, "--file", file])

    code, (state, said) = ask()

    assert (code, state) == (0, "unknown")
    assert "GitLab runs it there" in said


def test_each_repository_has_a_line_and_what_is_none_is_told(world, ask, tmp_path):
    other = tmp_path / "other.git"
    shutil.copytree(world.server, other, symlinks=True)
    (other / "hooks" / "pre-receive").unlink()

    code, first, second, third = ask(world.server, other, tmp_path)

    assert code == 1
    assert [one[0] for one in (first, second, third)] == ["ok", "todo", "todo"]
    assert str(other) in second[1]
    assert "is not a Git repository" in third[1]


def test_looking_runs_nothing_of_the_repository_and_changes_nothing(world, ask, tmp_path):
    told = tmp_path / "told"
    hook(world).write_text(hook(world).read_text().replace("exec ", f"touch {told}; exec ", 1))
    before = {path: path.stat().st_mtime_ns for path in world.server.rglob("*")}

    ask()

    assert not told.exists()
    assert {path: path.stat().st_mtime_ns for path in world.server.rglob("*")} == before


def test_what_it_says_to_type_mends_it_and_each_repository_is_a_line(world, capsys):
    for broken in ("not executable", "has no hook of Stagelock"):
        if "executable" in broken:
            hook(world).chmod(0o644)
        else:
            hook(world).unlink()
        capsys.readouterr()
        assert main(["doctor", "--repo", str(world.server)]) == 1
        [line] = capsys.readouterr().out.splitlines()
        assert line.startswith("to do")
        assert broken in line
        assert again(world) in line

        assert main(["hook", "install", str(world.server)]) == 0

        capsys.readouterr()
        assert main(["doctor", "--repo", str(world.server)]) == 0
        [line] = capsys.readouterr().out.splitlines()
        assert line.startswith("ok")
