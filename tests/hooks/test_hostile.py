"""What an attacker, or a very large push, sends: refused or accepted in time, echoed by nobody."""

from __future__ import annotations

import resource

import pytest

from tests.hooks.world import BOT, PIPELINE, ZERO, World, hook, line, seed

MAIN, DEV = "refs/heads/main", "stages/dev/web/index.html"


@pytest.mark.parametrize(
    "data",
    [
        b"x\n",
        b"\n",
        b"a b refs/heads/x\n",
        line(ZERO, "1" * 40, b"HEAD"),
        line(ZERO, "1" * 39, b"refs/heads/x"),
        line(ZERO, "1" * 64, b"refs/heads/x"),
        line(ZERO, "1" * 40, b"refs/heads/x y"),
        line(ZERO, "1" * 40, b"refs/heads/x\0"),
        line(ZERO, "1" * 40, b"refs/heads/x").rstrip(),
        line(ZERO, "1" * 40, b"refs/heads/x") + b"\xff",
        line(ZERO, "A" * 40, b"refs/heads/x"),
        line(ZERO, "1" * 40, b"refs/heads/\x1b[2J"),
    ],
)
def test_an_input_that_git_does_not_write_is_refused(world, data):
    done = hook(world, data)

    assert done.returncode == 1
    assert done.stderr.startswith(b"stagelock: refused: this push cannot be checked")


def test_an_empty_input_is_a_push_of_nothing(world):
    done = hook(world, b"")

    assert (done.returncode, done.stderr) == (0, b"")


def test_without_the_environment_of_a_push_nothing_is_accepted(world):
    done = hook(world, line(ZERO, "1" * 40, b"refs/heads/x"), GIT_DIR="")

    assert done.returncode == 1


def test_spaces_of_unicode_split_no_line(world):
    """`str.split` would see other refs here, and a ref that is skipped is a way around."""
    tip, evil = world.tip(), world.commit({DEV: "x"}, world.tip())
    world.set_ref("refs/kept/evil", evil)

    odd = "refs/heads/x\u2028y\u00a0z".encode()
    done = hook(world, line(ZERO, tip, odd) + line(tip, evil, MAIN.encode()))

    assert done.returncode == 1
    assert b"refused: refs/heads/main" in done.stderr


def test_a_new_tip_that_is_no_commit_is_refused(world):
    done = hook(world, line(world.tip(), "1" * 40, MAIN.encode()))

    assert done.returncode == 1
    assert b"cannot be checked" in done.stderr


def test_a_branch_that_names_a_tag_is_judged_by_what_it_holds(world):
    evil = world.commit({DEV: "x"}, world.tip())
    world.set_ref("refs/kept/evil", evil)
    said = f"object {evil}\ntype commit\ntag v1\ntagger T <t@example.org> 1700000000 +0000\n\nx\n"
    made = world.run("-C", world.server, "mktag", stdin=said.encode()).stdout.decode().strip()

    done = hook(world, line(world.tip(), made, MAIN.encode()))

    assert done.returncode == 1
    assert DEV.encode() in done.stderr


def test_nothing_foreign_reaches_a_terminal_raw(world):
    evil = world.commit({b"stages/dev/web/\x1b]0;owned\x07\xe2\x80\xae": "x"}, world.tip())
    world.set_ref("refs/kept/evil", evil)

    done = hook(world, line(world.tip(), evil, MAIN.encode()))

    assert done.returncode == 1
    assert rb"stages/dev/web/\x1b]0;owned\x07\xe2\x80\xae" in done.stderr
    assert all(0x20 <= byte < 0x7F or byte == 0x0A for byte in done.stderr)


def test_the_words_of_a_hostile_pipeline_are_cleaned_too(world):
    bad = world.commit({"stagelock.yaml": 'version: 1\n"\\e[31mred\\u202e": 1\n'}, world.tip())

    pushed = world.push(f"{bad}:{MAIN}")

    assert not pushed.accepted
    assert "stagelock.yaml:2:1" in pushed.said
    assert "\x1b" not in pushed.said
    assert "\u202e" not in pushed.said


@pytest.mark.parametrize(
    "text",
    [
        "[" * 30_000,
        "a: &a [" + "*a, " * 1000 + "]",
        "version: 1\n" + "\n".join(f"k{n}: {n}" for n in range(3000)),
        "x" * (1 << 20),
        "\ufeff" + PIPELINE + "\0",
        "version: 1\nstages: {" + ", ".join(f"s{n}: {{path: p{n}}}" for n in range(900)) + "}",
    ],
    ids=["deep", "aliases", "unknown keys", "large", "nul", "many stages"],
)
def test_a_hostile_pipeline_is_refused_in_time(world, text):
    bad = world.commit({"stagelock.yaml": text}, world.tip())

    pushed = world.push(f"{bad}:{MAIN}")

    assert not pushed.accepted
    assert "why: the push leaves stagelock.yaml invalid" in pushed.said
    assert len(pushed.lines) <= 8


def test_five_thousand_refs_in_one_push(world):
    tip, evil = world.tip(), world.commit({DEV: "x"}, world.tip())
    world.set_ref("refs/kept/evil", evil)
    many = b"".join(line(ZERO, tip, b"refs/heads/many/b%d" % n) for n in range(5000))

    assert hook(world, many).returncode == 0
    refused = hook(world, many + line(tip, evil, MAIN.encode()))
    assert b"refused: refs/heads/main" in refused.stderr


def test_ten_megabytes_of_refs(world):
    world.run("-C", world.server, "config", "stagelock.budget", "60")  # a busy machine is slow
    ours = b"".join(
        line(ZERO, world.tip(), b"refs/heads/stagelock/%0900d" % n) for n in range(10_000)
    )

    done = hook(world, ours)

    assert done.returncode == 1
    assert b"9999 more rules broken" in done.stderr
    assert len(done.stderr.splitlines()) <= 8


def test_folders_nested_without_end_are_refused(world):
    deep = world.commit({"stages/dev/web/" + "d/" * 1500 + "f": "x"}, world.tip())

    assert not world.push(f"{deep}:{MAIN}").accepted


def test_when_the_time_is_up_the_push_is_refused_or_let_pass_as_the_server_says(world):
    """Ten thousand commits below a rewound branch are more than a tenth of a second of looking."""
    world.run("-C", world.server, "config", "stagelock.budget", "0.1")
    slow = b"".join(line(ZERO, world.tip(), b"refs/heads/%0100d" % n) for n in range(60_000))

    refused = hook(world, slow)
    world.run("-C", world.server, "config", "stagelock.overtime", "allow")
    allowed = hook(world, slow)

    assert refused.returncode == 1
    assert b"took longer than 0.1 s" in refused.stderr
    assert allowed.returncode == 0
    assert b"warning: the push was NOT checked" in allowed.stderr


def test_a_repository_with_a_colon_in_its_path(tmp_path):
    """Git quotes such a path among the alternates; libgit2 and naive splitting lose objects."""
    root = tmp_path / "a:b"
    root.mkdir()
    world = seed(root)

    assert not world.push(f"{world.commit({DEV: 'x'}, world.tip())}:{MAIN}").accepted
    assert world.push(f"{world.commit({'README.md': 'x'}, world.tip())}:{MAIN}").accepted


def test_a_repository_with_sha256(tmp_path):
    world = World(tmp_path, form="sha256")
    base = world.commit({"stagelock.yaml": PIPELINE, DEV: "x"})
    world.push(f"{base}:{MAIN}")
    world.install(promoter=BOT)

    assert not world.push(f"{world.commit({DEV: 'y'}, base)}:{MAIN}").accepted
    assert world.push(f"{world.commit({DEV: 'y'}, base)}:{MAIN}", who=BOT).accepted


def test_a_push_from_a_shallow_clone(world, tmp_path):
    shallow = tmp_path / "shallow.git"
    world.run("clone", "-q", "--bare", "--depth=1", f"file://{world.server}", shallow)
    world.clone = shallow

    assert not world.push(f"{world.commit({DEV: 'y'}, world.tip())}:{MAIN}").accepted
    assert world.push(f"{world.commit({'a': 'y'}, world.tip())}:{MAIN}").accepted


def test_a_server_that_ignores_case_takes_names_for_the_same(world):
    """There, a push to `Main` moves `main`."""
    evil = world.commit({DEV: "y"}, world.tip())
    world.set_ref("refs/kept/evil", evil)
    ours = line(world.tip(), evil, b"refs/heads/Main")
    assert hook(world, ours).returncode == 0

    world.run("-C", world.server, "config", "core.ignorecase", "true")

    assert hook(world, ours).returncode == 1
    assert hook(world, line(ZERO, evil, b"refs/heads/StageLock/x")).returncode == 1


def test_a_large_push_is_judged_far_within_its_time(world):
    """Thousands of commits cost nothing: only the two ends are compared."""
    stream = [b"reset refs/tmp/big\nfrom " + world.tip().encode() + b"\n"]
    for n in range(3000):
        stream.append(b"commit refs/tmp/big\nmark :1\ncommitter C <c@x> 1700000000 +0000\n")
        stream.append(b"data 1\nx\nM 100644 inline f%d\ndata 1\nx\n" % n)
    big = world.text(
        "fast-import", "--quiet", "--force", stdin=b"".join([*stream, b"get-mark :1\n"])
    )
    world.set_ref("refs/kept/big", big)

    before = spent()
    done = hook(world, line(world.tip(), big, MAIN.encode()))

    assert done.returncode == 0
    assert spent() - before < 4


def spent():
    """Seconds of processor time that processes of this test took: a busy machine counts for nothing."""
    taken = resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken.ru_utime + taken.ru_stime


def test_dry_runs_of_bitbucket_leave_no_trace(world):
    evil = world.commit({DEV: "x"}, world.tip())
    world.set_ref("refs/kept/evil", evil)
    option = {"GIT_PUSH_OPTION_COUNT": "1", "GIT_PUSH_OPTION_0": "stagelock.reason=x"}
    who = {"BB_USER_NAME": "ann"} | option

    dry = hook(world, line(world.tip(), evil, MAIN.encode()), BB_IS_DRY_RUN="true", **who)
    assert dry.returncode == 0
    assert not (world.server / "stagelock").exists()

    assert hook(world, line(world.tip(), evil, MAIN.encode()), **who).returncode == 0
    assert (world.server / "stagelock" / "audit.jsonl").exists()


def test_a_namespace_is_a_repository_of_its_own(world):
    """https://git-scm.com/docs/gitnamespaces: hooks see names without the prefix."""
    inside = "refs/namespaces/a/"
    world.set_ref(f"{inside}{MAIN}", world.tip())
    (world.server / inside / "HEAD").write_text(f"ref: {inside}{MAIN}\n")
    evil = world.commit({DEV: "x"}, world.tip())
    world.set_ref("refs/kept/evil", evil)
    pushed = line(world.tip(), evil, MAIN.encode())

    assert hook(world, pushed, GIT_NAMESPACE="a").returncode == 1
    assert hook(world, pushed, GIT_NAMESPACE="b").returncode == 0
