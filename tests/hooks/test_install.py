"""Installing, removing, chaining, packing and trying the hook, as an administrator does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import main
from app.hook.main import BEFORE
from tests.adapters.git.server import GitServer
from tests.hooks.installing import OTHER, config, put
from tests.hooks.world import ANN, BOT, ENV, EVE, World

ROOT = Path(__file__).parent.parent.parent
MAIN, DEV = "refs/heads/main", "stages/dev/web/index.html"


def evil(world: World) -> str:
    return f"{world.commit({DEV: 'x'}, world.tip())}:{MAIN}"


def free(world: World) -> str:
    return f"{world.commit({'README.md': 'x'}, world.tip())}:{MAIN}"


def test_installing_twice_changes_nothing(world, capsys):
    before = config(world)

    assert main(["hook", "install", str(world.server), "--promoter", BOT]) == 0

    assert capsys.readouterr().out == "nothing to do\n"
    assert config(world) == before


def test_a_dry_run_says_everything_and_does_nothing(world, capsys):
    main(["hook", "install", str(world.server), "--uninstall"])
    capsys.readouterr()
    before = config(world)

    assert main(["hook", "install", str(world.server), "--promoter", "x", "--dry-run"]) == 0

    said = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in said] == ["write", *["set"] * 5]
    assert config(world) == before
    assert not (world.server / "hooks" / "pre-receive").exists()


def test_uninstalling_leaves_what_was_there_before(tmp_path):
    world = World(tmp_path)
    hook = put(world.server / "hooks" / "pre-receive")
    before = config(world)

    world.install(promoter=BOT, identity="MY_USER", breakglass=(ANN, "bob"))
    assert hook.read_text() != OTHER
    assert config(world) != before
    main(["hook", "install", str(world.server), "--uninstall"])

    assert hook.read_text() == OTHER
    assert [line for line in config(world).splitlines() if "=" in line] == [
        line for line in before.splitlines() if "=" in line
    ]


def test_git_is_told_to_look_through_what_is_pushed_unless_asked_not_to(tmp_path, capsys):
    world = World(tmp_path)

    main(["hook", "install", str(world.server), "--promoter", BOT, "--no-fsck"])
    assert "fsck" not in config(world)
    main(["hook", "install", str(world.server), "--promoter", BOT])
    assert "set receive.fsckObjects = true" in capsys.readouterr().out
    assert "fsckObjects = true" in config(world)

    main(["hook", "install", str(world.server), "--uninstall"])
    assert "fsck" not in config(world)


def test_trying_the_hook_pushes_a_folder_with_a_name_twice(world, capsys):
    """Also where git itself looks through nothing: the hook does."""
    world.run("-C", world.server, "config", "--unset-all", "receive.fsckObjects")

    assert main(["hook", "test", str(world.server)]) == 0

    said = capsys.readouterr().out
    assert "refuse  somebody pushes a folder with a name twice" in said
    assert "cannot be checked" in said


def test_the_hook_that_was_there_is_asked_too(world):
    """It sees the same input, can refuse, and is not asked about what we refuse."""
    seen = world.server / "seen"
    put(world.server / "hooks" / f"pre-receive{BEFORE}")

    assert not world.push(evil(world)).accepted
    assert not seen.exists()
    assert world.push(free(world)).accepted
    assert seen.read_text().endswith(f" {MAIN}\n")
    assert not world.push(free(world), env={"EXIT": "3"}).accepted


def test_a_hook_that_was_switched_off_stays_off(tmp_path, capsys):
    world = World(tmp_path)
    put(world.server / "hooks" / "pre-receive", mode=0o644)

    main(["hook", "install", str(world.server), "--promoter", BOT])

    assert "not executable: never asked" in capsys.readouterr().out
    assert world.push(f"{world.commit({'a': 'b'})}:{MAIN}").accepted
    assert not (world.server / "seen").exists()


def test_the_folder_of_gitea_and_forgejo_is_used(tmp_path):
    world = World(tmp_path)
    (world.server / "hooks" / "pre-receive.d").mkdir(parents=True)

    world.install(promoter=BOT)

    assert os.access(world.server / "hooks" / "pre-receive.d" / "stagelock", os.X_OK)


def test_a_folder_can_be_named_as_gitlab_wants_it(tmp_path):
    world = World(tmp_path)

    world.install(promoter=BOT, file="custom_hooks/pre-receive.d/stagelock")

    assert os.access(world.server / "custom_hooks" / "pre-receive.d" / "stagelock", os.X_OK)


def test_a_repository_whose_hooks_stand_elsewhere_is_not_fooled(world, tmp_path, capsys):
    """Git would never run the hook that we wrote there."""
    world.run("-C", world.server, "config", "core.hooksPath", tmp_path / "hooks")

    assert main(["hook", "install", str(world.server)]) == 1
    assert "--global" in capsys.readouterr().err


def test_one_hook_for_all_repositories(tmp_path, seeded, capsys):
    """Settings of the machine count, and the repository's own hook is asked after ours."""
    world = World.copied(seeded, tmp_path)
    main(["hook", "install", str(world.server), "--uninstall"])
    put(world.server / "hooks" / "pre-receive")
    folder, machine = tmp_path / "everywhere", tmp_path / "gitconfig"
    main(["hook", "install", "--global", str(folder), "--promoter", BOT])
    assert f"git config --system stagelock.promoter '{BOT}'" in capsys.readouterr().out
    for key, value in (("core.hooksPath", folder), ("stagelock.promoter", BOT)):
        world.run("config", "--file", machine, key, value)
    env = {"GIT_CONFIG_GLOBAL": str(machine)}

    assert not world.push(evil(world), env=env).accepted
    assert world.push(evil(world), who=BOT, env=env).accepted
    assert (world.server / "seen").exists()


@pytest.mark.parametrize("ask", [("install",), ("install", "--uninstall"), ("test",)])
def test_what_is_no_repository_is_a_wrong_question(tmp_path, capsys, ask):
    """Usage, as `lint`, `plan` and `init` have it: nothing was refused."""
    assert main(["hook", *ask, str(tmp_path)]) == 2
    assert "is not a Git repository" in capsys.readouterr().err


def test_an_emergency_is_recorded(world):
    reason = "stagelock.reason=the site\x07 is down"

    pushed = world.push(evil(world), who=ANN, options=(reason,))

    assert pushed.accepted
    assert "accepted as an emergency" in pushed.said
    (line,) = (world.server / "stagelock" / "audit.jsonl").read_text().splitlines()
    found = json.loads(line)
    assert (found["who"], found["stages"], found["rules"]) == (ANN, ["dev"], ["outputs"])
    assert found["reason"] == r"the site\x07 is down"
    assert found["updates"][0]["new"] == world.tip()


def test_an_emergency_that_cannot_be_recorded_is_refused(world):
    (world.server / "stagelock").write_text("in the way")

    pushed = world.push(evil(world), who=ANN, options=("stagelock.reason=x",))

    assert not pushed.accepted
    assert "cannot be checked" in pushed.said


def test_trying_the_hook_shows_accept_and_refuse(world, capsys):
    before = world.tip()

    assert main(["hook", "test", str(world.server)]) == 0

    said = capsys.readouterr().out
    assert "refuse  somebody breaks stagelock.yaml" in said
    assert "accept  somebody changes another file" in said
    assert "all right" in said
    assert world.tip() == before


def test_where_nobody_is_known_who_promotes_installing_and_trying_say_so(world, capsys):
    """Until then `stagelock/*` is refused to everybody: later it counts as the promoter's."""
    world.run("-C", world.server, "config", "--unset-all", "stagelock.promoter")

    assert main(["hook", "install", str(world.server)]) == 0
    assert "note: who promotes is not known" in capsys.readouterr().err
    assert main(["hook", "test", str(world.server)]) == 1
    assert "git config stagelock.promoter NAME" in capsys.readouterr().err

    assert main(["hook", "install", str(world.server), "--promoter", BOT]) == 0
    assert "who promotes" not in capsys.readouterr().err


def test_trying_it_without_a_pipeline_says_so(tmp_path, capsys):
    world = World(tmp_path)

    assert main(["hook", "test", str(world.server)]) == 1
    assert "no outputs are protected" in capsys.readouterr().err


def test_the_packed_hook_needs_nothing_but_python(world, tmp_path):
    """Pure Python inside: no C parser, no installed packages, no bytecode of this machine needed."""
    packed = world.server / "hooks" / "pre-receive"
    python = os.path.realpath(sys.executable)
    assert main(["hook", "build", str(packed), "--python", python]) == 0
    invalid = f"{world.commit({'stagelock.yaml': '['}, world.tip())}:{MAIN}"

    for refused in (evil(world), invalid):
        pushed = world.push(refused)
        assert not pushed.accepted
        assert "stagelock: refused: refs/heads/main" in pushed.said
    assert world.push(free(world)).accepted
    known = (world.server / "stagelock" / "guards").read_text()
    assert not known.splitlines()[0].endswith("unknown")


def test_the_launcher_of_the_repository_starts_the_hook(world):
    shown = (ROOT / "hooks" / "pre-receive").read_text()
    hook = put(world.server / "hooks" / "pre-receive", shown)
    env = {"STAGELOCK_PYTHON": sys.executable}

    assert os.access(ROOT / "hooks" / "pre-receive", os.X_OK)
    assert not world.push(evil(world), env=env).accepted
    assert world.push(free(world), env=env).accepted
    assert hook.exists()


def test_what_is_remembered_of_the_pipeline_follows_the_pipeline(world):
    known = world.server / "stagelock" / "guards"
    assert not world.push(evil(world)).accepted
    first = known.read_text().splitlines()[0]
    known.write_text("{broken")
    assert not world.push(evil(world)).accepted
    assert known.read_text().splitlines()[0] == first

    moved = (world.server / "x").name and world.commit({"stagelock.yaml": None}, world.tip())
    assert world.push(f"{moved}:{MAIN}").accepted
    assert world.push(evil(world)).accepted


@pytest.mark.parametrize(("who", "change", "accepted"), [
    (EVE, DEV, False), (BOT, DEV, True), (EVE, "README.md", True),
])  # fmt: skip
def test_over_http_the_web_server_says_who_pushes(world, who, change, accepted, monkeypatch):
    monkeypatch.setitem(ENV, "REMOTE_USER", "nobody")  # the client's own words count nothing
    world.run("-C", world.server, "config", "http.receivepack", "true")
    with GitServer(world.root) as http:
        http.user = who
        world.url = lambda _: (http.url("server.git"), {})
        pushed = world.push(f"{world.commit({change: 'x'}, world.tip())}:{MAIN}")

    assert pushed.accepted == accepted, pushed.said


def test_starting_it_imports_nothing_heavy(world):
    """Neither re2 nor pygit2 ever; next to nothing where the parser's answer is remembered."""
    world.push(evil(world))
    script = (
        "import sys; sys.path[:0] = " + repr([p for p in sys.path if p]) + "\n"
        "from app.hook.main import main\n"
        "main(['/none'])\n"
        "print(*sys.modules)"
    )
    env = ENV | {"GIT_DIR": ".", "REMOTE_USER": EVE}

    def modules(new):
        line = f"{world.tip()} {new} {MAIN}\n".encode()
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", script],
            *(), input=line, env=env, cwd=world.server, capture_output=True, check=True,
        )  # fmt: skip
        return set(done.stdout.decode().split())

    broken = world.commit({"stagelock.yaml": "["}, world.tip())
    world.set_ref("refs/kept/broken", broken)
    warm = modules(world.tip())
    assert not warm & {"yaml", "re2", "pygit2", "app.core.config", "app.errors"}
    # Each of them takes milliseconds, and brings others: the decision 0014.
    assert not warm & {"subprocess", "signal", "typing", "collections", "enum", "re", "json"}
    assert "yaml" in modules(broken)
    assert not modules(broken) & {"re2", "_re2", "pygit2", "app.ports", "sqlalchemy"}


def test_a_push_costs_at_most_three_git_processes(world, tmp_path):
    """However many commits: counted by a git that stands before git on the path."""
    count = tmp_path / "count"
    real = subprocess.check_output(["sh", "-c", "command -v git"], text=True).strip()
    put(tmp_path / "bin" / "git", f'#!/bin/sh\necho x >> {count}\nexec {real} "$@"\n')
    note = world.note("e2e", "p-e2e", e2e_env=7)
    tip = world.tip()
    for n in range(30):
        tip = world.commit({"stages/e2e/web/index.html": f"{n}"}, tip, message=note)
    world.set_ref("refs/kept/tip", tip)
    env = ENV | {"PATH": f"{tmp_path / 'bin'}:{ENV['PATH']}", "GIT_DIR": "."}

    done = subprocess.run(
        [world.server / "hooks" / "pre-receive"],
        input=f"{world.tip()} {tip} {MAIN}\n".encode(),
        env=env | {"REMOTE_USER": BOT},
        cwd=world.server,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert len(count.read_text().splitlines()) == 3
