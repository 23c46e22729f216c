"""Rules that cannot be found, or read, are not rules that do not exist."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import main
from tests.hooks.signing import OURS, sign, told
from tests.hooks.world import ANN, BOT, EVE, FILES, World

ROOT = Path(__file__).parents[2]
MAIN, DEV = "refs/heads/main", "stages/dev/web/index.html"
INVALID = "version: 1\nstages: [1]\n"
REASON = ("stagelock.reason=the site is down",)


@pytest.fixture
def bare(tmp_path):
    """A server with the hook, and nothing else."""
    world = World(tmp_path)
    world.install(promoter=BOT, breakglass=(ANN,))
    return world


def warned(pushed) -> bool:
    return any("only stagelock/* is protected" in line for line in pushed.lines)


def test_without_its_default_branch_a_server_protects_our_refs_and_says_that_it_is_all(bare):
    bare.run("-C", bare.server, "symbolic-ref", "HEAD", "refs/heads/trunk")
    first = bare.commit(FILES)

    pushed = bare.push(f"{first}:{MAIN}")
    assert pushed.accepted
    assert "refs/heads/trunk, and there is no such branch" in pushed.said
    assert bare.push(f"{bare.commit({DEV: 'x'}, first)}:{MAIN}").accepted
    assert not bare.push(f"{first}:refs/heads/stagelock/dev").accepted
    assert not bare.push(f"{first}:refs/stagelock/locks/x").accepted
    bare.push(f"{first}:refs/heads/trunk")
    assert not bare.push(f"{bare.commit({DEV: 'x'}, first)}:refs/heads/trunk").accepted


def test_a_detached_head_names_no_default_branch(world):
    world.run("-C", world.server, "update-ref", "--no-deref", "HEAD", world.tip())

    assert warned(world.push(f"{world.commit({'README.md': 'x'}, world.tip())}:{MAIN}"))


def test_the_push_that_makes_the_default_branch_is_not_warned_about(bare):
    pushed = bare.push(f"{bare.commit(FILES)}:{MAIN}")

    assert pushed.accepted
    assert pushed.lines == []


def test_a_file_that_was_never_valid_protects_our_refs_and_says_so(bare):
    bare.set_ref(MAIN, bare.commit({"stagelock.yaml": INVALID}))

    pushed = bare.push(f"{bare.commit({DEV: 'x'}, bare.tip())}:{MAIN}")

    assert pushed.accepted
    assert "stagelock.yaml on refs/heads/main was never valid" in pushed.said
    assert not bare.push(f"{bare.tip()}:refs/heads/stagelock/dev").accepted


def test_a_repository_that_does_not_use_us_hears_nothing(bare):
    bare.set_ref(MAIN, bare.commit({"README.md": "x"}))

    assert bare.push(f"{bare.commit({DEV: 'x'}, bare.tip())}:{MAIN}").lines == []


@pytest.mark.parametrize("text", [None, INVALID])
def test_trying_the_hook_fails_where_it_protects_nothing(bare, capsys, text):
    if text is not None:
        bare.set_ref(MAIN, bare.commit({"stagelock.yaml": text}))
        bare.set_ref("refs/heads/x", bare.tip())

    assert main(["hook", "test", str(bare.server)]) == 1
    assert "no outputs are protected" in capsys.readouterr().err


def test_the_rules_of_a_broken_file_hold_and_the_way_to_them_is_walked_once(world):
    """Also where the first of them lies thousands of commits back."""
    broken = world.commit({"stagelock.yaml": INVALID}, world.tip())
    for _ in range(3):
        broken = world.commit({"README.md": broken}, broken)
    world.set_ref(MAIN, broken)

    assert not world.push(f"{world.commit({DEV: 'x'}, broken)}:{MAIN}").accepted
    found = world.server / "stagelock" / "force"
    assert broken in found.read_text()
    freed = world.commit({"README.md": "y"}, broken)
    assert world.push(f"{freed}:{MAIN}", who=ANN, options=REASON).accepted
    assert not world.push(f"{world.commit({DEV: 'x'}, freed)}:{MAIN}").accepted


@pytest.fixture
def torn(world):
    """The object of the file in force is gone from the server."""
    world.run("-C", world.server, "config", "receive.fsckObjects", "false")
    blob = world.text("rev-parse", f"{world.tip()}:stagelock.yaml")
    free = world.commit({"README.md": "x"}, world.tip())
    world.set_ref("refs/kept/free", free)
    world.run("-C", world.server, "unpack-objects", "-q", stdin=b"", code=None)
    for pack in (world.server / "objects" / "pack").glob("*"):
        moved = world.root / pack.name
        pack.rename(moved)
        if moved.suffix == ".pack":
            world.run("-C", world.server, "unpack-objects", "-q", stdin=moved.read_bytes())
    (world.server / "objects" / blob[:2] / blob[2:]).unlink()
    (world.server / "stagelock" / "guards").unlink(missing_ok=True)
    world.blob, world.free = blob, free
    return world


def test_where_the_file_in_force_cannot_be_read_only_the_promoter_and_break_glass_push(torn):
    for ref in (MAIN, "refs/heads/other"):
        pushed = torn.push(f"{torn.free}:{ref}")
        assert not pushed.accepted
        assert torn.blob in pushed.said
    assert torn.push(f"{torn.free}:{MAIN}", who=ANN, options=REASON).accepted
    assert torn.push(f"{torn.commit({DEV: 'x'}, torn.free)}:{MAIN}", who=BOT).accepted


def test_the_promoter_is_never_refused_for_time_and_break_glass_neither(world):
    world.run("-C", world.server, "config", "stagelock.budget", "0.1")
    fat = {f"stages/dev/web/{n}": "x" for n in range(3000)}
    slow = world.commit(fat, world.commit({}, world.tip()))
    (world.server / "stagelock" / "guards").unlink(missing_ok=True)

    assert not world.push(f"{slow}:{MAIN}", who=EVE).accepted
    assert world.push(f"{slow}:{MAIN}", who=BOT).accepted
    more = world.commit({"stages/dev/web/0": "y"}, slow)
    (world.server / "stagelock" / "guards").unlink(missing_ok=True)
    assert world.push(f"{more}:{MAIN}", who=ANN, options=REASON).accepted


KEYS = "stages/keys/values.yaml"


def keyed(size: int, tag: str = "1.10") -> str:
    filler = "".join(f"k{n}: {'x' * 60}\n" for n in range(size // 66))
    return f"image:\n  name: web\n  tag: '{tag}'\n{filler}"


def test_nobody_pushes_a_file_with_promoted_keys_over_what_is_read_in_time(world):
    pushed = world.push(f"{world.commit({KEYS: keyed(2 << 20)}, world.tip())}:{MAIN}")

    assert not pushed.accepted
    assert "larger than" in pushed.said
    assert world.push(f"{world.commit({KEYS: keyed(100 << 10)}, world.tip())}:{MAIN}").accepted


def test_a_file_that_is_too_large_already_hides_no_change_of_its_keys(world):
    world.set_ref(MAIN, world.commit({KEYS: keyed(2 << 20)}, world.tip()))

    assert not world.push(
        f"{world.commit({KEYS: keyed(2 << 20, '2')}, world.tip())}:{MAIN}"
    ).accepted


def test_another_mode_of_a_file_with_promoted_keys_is_no_change(world):
    same = world.commit({KEYS: ("100755", FILES[KEYS])}, world.tip())

    assert world.push(f"{same}:{MAIN}").accepted


def test_nobody_makes_one_object_stand_for_another(world):
    good, evil = world.tip(), world.commit({DEV: "x"}, world.tip())

    for who in (EVE, BOT):
        pushed = world.push(f"{evil}:refs/replace/{good}", who=who)
        assert not pushed.accepted
        assert "substitute one object for another" in pushed.said


def changed(world: World, text: str | None = "# more\n" + FILES["stagelock.yaml"]) -> str:
    return f"{world.commit({'stagelock.yaml': text}, world.tip())}:{MAIN}"


def test_installing_says_who_may_change_what_is_protected_and_offers_to_close_it(world, capsys):
    main(["hook", "install", str(world.server), "--promoter", BOT])
    assert "--protect-config" in capsys.readouterr().err
    assert world.push(changed(world)).accepted

    named = ["--identity", "GL_USERNAME", "--protect-config", "dave"]
    main(["hook", "install", str(world.server), *named])
    said = capsys.readouterr()
    assert "set stagelock.protect-config = dave" in said.out
    assert said.err == ""


@pytest.mark.parametrize("text", [None, "# less\n" + FILES["stagelock.yaml"]])
def test_where_it_is_closed_only_the_promoter_and_named_people_change_the_file(world, text):
    world.install(editors=("dave",))

    pushed = world.push(changed(world, text), who=EVE)
    assert not pushed.accepted
    assert "only the promoter and named people change stagelock.yaml" in pushed.said
    assert world.push(f"{world.commit({'README.md': 'x'}, world.tip())}:{MAIN}", who=EVE).accepted
    assert world.push(changed(world, text), who="dave").accepted
    assert world.push(changed(world, FILES["stagelock.yaml"]), who=BOT).accepted


REVIEW = "refs/heads/stagelock/review"
WEB = "stages/review/web/index.html"


@pytest.fixture
def signing(world):
    world.run("-C", world.server, "update-ref", "-d", REVIEW)
    signers = world.root / "signers"
    signers.write_text(f"promoter {OURS.public_line}\n")
    world.run("-C", world.server, "config", "stagelock.signers", os.fspath(signers))
    return world


def proposal(world: World, content: str, at: int) -> str:
    said = told("review", "stagelock/review", f"p-{content}")
    return sign(world, world.commit({WEB: content}, world.tip(), message=said), at=at)


def merged(world: World, content: str) -> bool:
    made = world.commit({WEB: content}, world.tip(), message="Merge it, squashed")
    return world.push(f"{made}:{MAIN}", who=None).accepted


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_promotion_that_was_outdated_stays_so_when_its_branch_was_tidied_up(signing, forgetful):
    world = signing
    first, second = (
        proposal(world, "first", 1_800_000_000),
        proposal(world, "second", 1_800_000_100),
    )
    for head in (first, second):
        assert world.push(f"+{head}:{REVIEW}", who=None).accepted
    assert merged(world, "second")
    world.run("-C", world.server, "update-ref", "-d", REVIEW)
    if forgetful:
        (world.server / "stagelock" / "newest").unlink()

    assert world.push(f"+{first}:{REVIEW}", who=None).accepted == forgetful
    assert not merged(world, "first")


def promotion(world: World, content: str = "x") -> str:
    onto = getattr(world, "free", None) or world.tip()
    return sign(world, world.commit({DEV: content}, onto, message=told("dev", "main")))


def test_where_the_file_cannot_be_read_what_the_promoter_signed_goes_on(torn):
    signers = torn.root / "signers"
    signers.write_text(f"promoter {OURS.public_line}\n")
    torn.run("-C", torn.server, "config", "stagelock.signers", os.fspath(signers))
    torn.free = torn.tip()

    assert not torn.push(f"{torn.commit({DEV: 'x'}, torn.tip())}:{MAIN}", who=None).accepted
    assert torn.push(f"{promotion(torn)}:{MAIN}", who=None).accepted


def test_what_the_promoter_signed_is_not_refused_for_time(signing):
    signing.run("-C", signing.server, "config", "stagelock.budget", "0.1")
    (signing.server / "stagelock" / "guards").unlink(missing_ok=True)

    assert not signing.push(
        f"{signing.commit({DEV: 'x'}, signing.tip())}:{MAIN}", who=None
    ).accepted
    assert signing.push(f"{promotion(signing)}:{MAIN}", who=None).accepted


IMPORTS_WHILE_TIME_IS_UP = """
import signal, time
from app.hook import main
signal.signal(signal.SIGALRM, main._time_is_up)
try:
    import slow
    until = time.monotonic() + 10
    while time.monotonic() < until:
        pass
except main.OutOfTimeError:
    pass
else:
    raise SystemExit("the time is never up")
print(slow.END)
"""
SLOW = """
import signal, time
signal.setitimer(signal.ITIMER_REAL, 0.01)
until = time.monotonic() + 0.1
while time.monotonic() < until:
    pass
END = "whole"
"""


def test_the_end_of_its_time_cuts_no_import_and_comes_right_after_it(tmp_path):
    """What was imported in part is not imported anew, and the promoter's push needs it."""
    (tmp_path / "slow.py").write_text(SLOW)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}

    found = subprocess.run(
        [sys.executable, "-c", IMPORTS_WHILE_TIME_IS_UP],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (found.returncode, found.stdout, found.stderr) == (0, "whole\n", "")
