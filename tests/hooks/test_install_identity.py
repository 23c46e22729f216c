"""Which variable says who pushes, as `hook install` finds out where it can."""

from __future__ import annotations

import pytest

from app.__main__ import main
from tests.hooks.installing import config, put
from tests.hooks.world import BOT, World


def _gitea(git_dir):
    put(git_dir / "hooks" / "pre-receive.d" / "gitea")


def _gitlab(git_dir):
    with (git_dir / "config").open("a") as file:
        file.write("[gitlab]\n\tfullpath = acme/shop\n")


def _gitolite(git_dir):
    (git_dir / "gl-conf").write_text("%one_repo = ();\n")


def _bitbucket(git_dir):
    (git_dir / "repository-config").write_text("[bitbucket]\n\tproject = ACME\n")


def _two_at_once(git_dir):
    _gitlab(git_dir)
    _gitolite(git_dir)


def _nothing(git_dir):
    pass


HOSTED = [
    (_gitea, "GITEA_PUSHER_NAME"),
    (_gitlab, "GL_USERNAME"),
    (_gitolite, "GL_USER"),
    (_bitbucket, "BB_USER_NAME"),
    (_two_at_once, None),
    (_nothing, None),
]


def identity(world: World) -> str | None:
    lines = [line.strip() for line in config(world).splitlines()]
    return next((line[11:] for line in lines if line.startswith("identity = ")), None)


@pytest.fixture
def bare(tmp_path):
    world = World(tmp_path)
    (world.server / "hooks" / "pre-receive.d").mkdir(parents=True)
    return world


@pytest.mark.parametrize(("leave_traces", "variable"), HOSTED)
def test_the_one_variable_that_is_read_is_set_where_the_host_is_known(
    bare, capsys, leave_traces, variable
):
    leave_traces(bare.server)

    assert main(["hook", "install", str(bare.server), "--promoter", BOT]) == 0

    said = capsys.readouterr()
    assert identity(bare) == variable
    assert (f"set stagelock.identity = {variable}" in said.out) is (variable is not None)
    assert ("--identity VAR" in said.err) is (variable is None)
    main(["hook", "install", str(bare.server), "--promoter", BOT])
    assert capsys.readouterr().out == "nothing to do\n"
    main(["hook", "install", str(bare.server), "--uninstall"])
    assert identity(bare) is None


def test_gitlabs_folder_for_hooks_and_for_repositories_tell_that_it_is_gitlab(tmp_path):
    named, hashed = World(tmp_path / "a"), World(tmp_path / "@hashed")

    named.install(promoter=BOT, file="custom_hooks/pre-receive.d/stagelock")
    main(["hook", "install", str(hashed.server), "--promoter", BOT])

    assert identity(named) == identity(hashed) == "GL_USERNAME"


@pytest.mark.parametrize("where", ["repository", "machine", "option"])
def test_what_the_administrator_named_stays(bare, tmp_path, monkeypatch, capsys, where):
    _gitolite(bare.server)
    said = ["--identity", "MY_USER"] if where == "option" else []
    if where == "repository":
        bare.run("-C", bare.server, "config", "stagelock.identity", "MY_USER")
    if where == "machine":
        home = tmp_path / ".gitconfig"
        bare.run("config", "--file", home, "stagelock.identity", "MY_USER")
        monkeypatch.setenv("HOME", str(tmp_path))

    assert main(["hook", "install", str(bare.server), "--promoter", BOT, *said]) == 0

    assert identity(bare) == (None if where == "machine" else "MY_USER")
    assert "--identity VAR" not in capsys.readouterr().err
