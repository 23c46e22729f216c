"""`stagelock hook install --signers`: whose keys count, and that real pushes are judged by them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from app.__main__ import main
from app.hook.signers import SignersError, normalised
from tests.hooks.signing import OURS, THEIRS, sign, told

MAIN, DEV = "refs/heads/main", "stages/dev/web/index.html"
KEY, OTHER = OURS.public_line, THEIRS.public_line


@pytest.fixture
def keys(tmp_path):
    file = tmp_path / "promoter.pub"
    file.write_text(f"{KEY} stagelock@example.org\n")
    return file


def promotion(world, by=OURS):
    new = world.commit({DEV: "x"}, world.tip(), message=told("dev"))
    return f"{sign(world, new, by)}:{MAIN}"


def test_a_push_is_judged_by_its_signatures(world, keys, capsys):
    assert main(["hook", "install", str(world.server), "--signers", str(keys)]) == 0
    kept = world.server / "stagelock" / "signers"
    assert f"set stagelock.signers = {kept}" in capsys.readouterr().out
    keys.write_text(f"{OTHER}\n")  # what the administrator gave was copied

    refused = world.push(promotion(world, THEIRS), who=None)
    accepted = world.push(promotion(world), who=None)

    assert "is not signed by the promoter for it" in refused.said
    assert accepted.accepted, accepted.said
    assert main(["hook", "install", str(world.server), "--signers", str(keys)]) == 0
    assert "write" in capsys.readouterr().out
    assert kept.read_text() == f'promoter namespaces="git" {OTHER}\n'


def test_installing_the_same_keys_again_changes_nothing(world, keys, capsys):
    main(["hook", "install", str(world.server), "--signers", str(keys)])
    capsys.readouterr()
    main(["hook", "install", str(world.server), "--signers", str(keys)])

    assert capsys.readouterr().out == "nothing to do\n"


def test_uninstalling_takes_the_keys_away(world, keys, capsys):
    main(["hook", "install", str(world.server), "--signers", str(keys)])
    main(["hook", "install", str(world.server), "--uninstall"])

    assert not (world.server / "stagelock" / "signers").exists()
    assert "signers" not in (world.server / "config").read_text()


def test_keys_that_are_gone_let_nobody_in(world, keys):
    world.install(signers=str(keys))
    (world.server / "stagelock" / "signers").unlink()

    pushed = world.push(promotion(world), who=None)

    assert not pushed.accepted
    assert "stagelock.signers names no file on the server" in pushed.said
    assert world.push(f"{world.commit({'f': 'x'}, world.tip())}:{MAIN}", who=None).accepted


def test_a_server_without_ssh_keygen_lets_nobody_in(world, keys, tmp_path):
    world.install(signers=str(keys))
    new = promotion(world).partition(":")[0]
    world.set_ref("refs/kept/x", new)
    folder = tmp_path / "bin"
    folder.mkdir()
    real = subprocess.check_output(["sh", "-c", "command -v git"], text=True).strip()
    (folder / "git").symlink_to(real)

    done = subprocess.run(
        [world.server / "hooks" / "pre-receive"],
        input=f"{world.tip()} {new} {MAIN}\n".encode(),
        env={"PATH": str(folder), "GIT_DIR": "."},
        cwd=world.server,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 1
    assert b"ssh-keygen is missing on the server" in done.stderr


def test_the_packed_hook_verifies_too(world, keys):
    world.install(signers=str(keys))
    packed = world.server / "hooks" / "pre-receive"
    python = os.path.realpath(sys.executable)
    assert main(["hook", "build", str(packed), "--python", python]) == 0

    assert not world.push(promotion(world, THEIRS), who=None).accepted
    assert world.push(promotion(world), who=None).accepted


def test_trying_the_hook_shows_that_signatures_are_verified(world, keys, capsys):
    world.install(signers=str(keys))

    assert main(["hook", "test", str(world.server)]) == 0

    said = capsys.readouterr().out
    assert "accept  a signed commit writes" in said
    assert "refuse  an unsigned commit writes" in said
    assert "all right" in said


def test_one_file_of_keys_for_all_repositories(tmp_path, keys, capsys):
    folder = tmp_path / "everywhere"
    assert main(["hook", "install", "--global", str(folder), "--signers", str(keys)]) == 0

    said = capsys.readouterr().out
    assert f"git config --system stagelock.signers '{folder / 'signers'}'" in said
    assert "stagelock.promoter" not in said
    assert (folder / "signers").read_text().endswith(f"{KEY}\n")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (f"{KEY} comment", f'promoter namespaces="git" {KEY}'),
        (f"bot@x {KEY}", f'promoter namespaces="git" {KEY}'),
        (f'"a b",c {KEY}', f'promoter namespaces="git" {KEY}'),
        (f'"a b" {KEY}', f'promoter namespaces="git" {KEY}'),
        (f'bot valid-before="20300101" {KEY} x', f'promoter valid-before="20300101" {KEY}'),
        (f"# ours\n\n{KEY}\n{OTHER}", f'promoter namespaces="git" {OTHER}'),
        ("", None),
        ("ssh-ed25519", None),
        ("ssh-ed25519 AAAA", None),
        (KEY[:-8], None),
        (KEY.replace("ssh-ed25519", "ssh-rsa"), None),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", None),
    ],
    ids=range(12),  # keys are made anew in each process: no name of a test may hold one
)
def test_public_keys_and_allowed_signers_are_both_understood(given, kept):
    if kept is None:
        with pytest.raises(SignersError):
            normalised(given)
    else:
        assert normalised(given).splitlines()[-1] == kept


def test_a_private_key_given_by_mistake_is_refused_without_being_shown(world, tmp_path, capsys):
    file = tmp_path / "key"
    file.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n")

    assert main(["hook", "install", str(world.server), "--signers", str(file)]) == 1

    said = capsys.readouterr().err
    assert "private key" in said
    assert "canary" not in said
