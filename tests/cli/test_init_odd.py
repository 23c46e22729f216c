"""`stagelock init` of odd clones: other people's names, links, what cannot be read, and too much."""

from __future__ import annotations

import json

import pytest

from app.__main__ import main
from app.core.config import parse
from tests.adapters.git.origin import LINK, Origin
from tests.cli.cloned import E2E, OVERLAYS, kustomization, stages


def test_only_what_is_committed_is_read_and_that_is_said(clone, capsys):
    shop = clone({"main.py": b"1"})
    (shop.path / "envs/dev").mkdir(parents=True)
    (shop.path / "envs/dev/a").write_text("1")

    assert shop.init() == 0
    assert "Uncommitted changes are not seen" in capsys.readouterr().out


@pytest.mark.parametrize(
    "data",
    [b"a: [", b"\xff\xfe", b"&a [*a]", b"a: &x [1]\nb: *x\n", b"", b"- 1\n---\n- 2\n", b"[" * 999],
)
def test_a_file_that_cannot_be_read_is_named_and_ends_nothing(clone, data, capsys):
    files = {**OVERLAYS, "apps/web/overlays/prod/kustomization.yaml": data}
    shop = clone(files)

    assert shop.init() == 0
    assert "dev" in stages(shop.pipeline())
    assert "apps/web/overlays/prod" in capsys.readouterr().out


def test_links_are_named_and_not_followed(clone, capsys):
    shop = clone({**OVERLAYS, "apps/web/overlays/qa": (LINK, b"../../../../etc")})

    assert shop.init() == 0
    assert "qa" not in stages(shop.pipeline())
    assert "apps/web/overlays/qa is a link" in capsys.readouterr().out


NASTY = [
    "Prod EU",
    "plan",
    "lock",
    "a..b",
    "x.lock",
    "no",
    "1e5",
    "#",
    ": {x: y}",
    "${{ freight.sha }}",
    "\u202egnidaer",
    "\x1b[31mred",
    "line\nbreak: 1",
    "'\"",
    "-",
    "é" * 40,
    "*",
    "&a",
    "\U0001f600",
]


@pytest.mark.parametrize("name", NASTY)
def test_names_of_other_peoples_never_act_and_the_file_lints_clean(clone, name, capsys):
    shop = clone(
        {
            **OVERLAYS,
            f"apps/web/overlays/{name}/kustomization.yaml": kustomization('""'),
            f".github/workflows/{name} e2e.yml": E2E.replace(
                b"e2e:", json.dumps(name).encode() + b":"
            ),
        }
    )
    shop.bare.git("update-ref", "refs/heads/env/x", "HEAD")

    assert shop.init() == 0

    assert "prod" in stages(shop.pipeline())
    written, said = shop.file.read_text(), capsys.readouterr().out
    assert all(c.isprintable() or c == "\n" for c in written + said)


def test_a_name_that_is_no_text_is_named_and_left_out(clone, capsys):
    files: dict = dict(OVERLAYS)
    shop = clone(files | {b"apps/web/overlays/\xff/kustomization.yaml": kustomization("1")})

    assert shop.init() == 0
    assert "\\xff" in capsys.readouterr().out


def test_two_hundred_overlays_make_one_file_that_lints_clean(clone, capsys):
    files = {
        f"overlays/customer-{n:03}/kustomization.yaml": kustomization('""') for n in range(200)
    }
    shop = clone({"src/a": b"1", **files})

    assert shop.init() == 0

    pipeline = parse(shop.file.read_bytes(), "main").pipeline
    assert pipeline
    assert len(pipeline.stages) == 200
    assert not any(s.auto for s in pipeline.stages.values())
    assert "do not tell their order" in capsys.readouterr().out


def test_too_many_overlays_for_one_file_are_said(clone, capsys):
    long = "x" * 56  # the file has 64 KiB; long names fill it with fewer overlays
    files = {f"overlays/c{n:03}-{long}/kustomization.yaml": kustomization('""') for n in range(400)}
    shop = clone({**files, "overlays/dev/kustomization.yaml": kustomization('""')})

    assert shop.init() == 0

    assert set(stages(shop.pipeline())) == {"dev"}
    assert "400" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["init", "--print"], ["plan"]])
def test_of_a_shallow_clone_it_is_said_how_to_get_the_commits_that_it_lacks(
    clone, tmp_path, words, capsys
):
    """What `actions/checkout` makes: what a stage holds may come from a commit that is not here."""
    shop = clone({**OVERLAYS, "apps/web/src/main.py": b"print(1)\n"})
    shop.bare.commit({"stagelock.yaml": b"version: 1\n"})
    shop.bare.commit({"docs/a.md": b"1"})
    shallow = tmp_path / "shallow"
    shop.bare.git("clone", "-q", "--depth=1", f"file://{shop.path}", str(shallow))

    assert main([*words, "--repo", str(shallow)]) == 2

    told = capsys.readouterr()
    assert "shallow" in told.err
    assert "git fetch --unshallow" in told.err
    assert "mirror" not in told.err
    assert told.out == ""

    Origin(shallow / ".git").git("fetch", "-q", "--unshallow")
    assert main([*words, "--repo", str(shallow)]) == (0 if words[0] == "init" else 1)
