"""`stagelock init`: a starter `stagelock.yaml` from what a clone holds, and what it would do."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from app.__main__ import main
from app.core.config import parse
from app.core.model.names import StageName
from app.core.model.steps import Output
from tests.adapters.git.origin import LINK, Origin


def kustomization(tag: str, base: str = "../../base") -> bytes:
    return (
        f"resources: [{base}]\nimages:\n  - name: ghcr.io/acme/web\n    newTag: {tag}\n"
    ).encode()


OVERLAYS = {
    "apps/web/src/main.py": b"print()\n",
    "apps/web/base/kustomization.yaml": b"resources: [deployment.yaml]\n",
    "apps/web/overlays/prod/kustomization.yaml": kustomization("v1.8.3"),
    "apps/web/overlays/dev/kustomization.yaml": kustomization('""'),
    "apps/web/overlays/staging/kustomization.yaml": kustomization('""'),
}
KEY = "images[name=ghcr.io/acme/web].newTag"


class Clone:
    """A work tree, filled by commits, on which `stagelock init` is run."""

    def __init__(self, path, files) -> None:
        self.path = path
        self.bare = Origin.make(path / ".git")
        self.bare.commit(files)
        self.bare.git("config", "core.bare", "false")
        self.bare.git("config", "core.worktree", str(path))
        self.bare.git("config", "user.name", "Ada")
        self.bare.git("config", "user.email", "ada@example.org")
        self.bare.git("read-tree", "HEAD")

    @property
    def file(self):
        return self.path / "stagelock.yaml"

    def init(self, *words: str) -> int:
        return main(["init", "--repo", str(self.path), *words])

    def pipeline(self):
        """What was written, once it is linted."""
        return checked(self.file.read_bytes())


def checked(text: bytes):
    found = parse(text, "main")
    assert not found.problems
    for line in text.decode().splitlines():
        keyed = line.strip() and not line.lstrip().startswith("#")
        assert not keyed or " # " in line, f"without a word of explanation: {line}"
    return found.pipeline


@pytest.fixture
def clone(tmp_path):
    def made(files) -> Clone:
        return Clone(tmp_path / "shop", files)

    return made


def stages(pipeline):
    return {str(s.name): tuple(map(str, s.upstreams)) for s in pipeline.stages.values()}


def outputs(pipeline, stage):
    return pipeline.stages[StageName(stage)].outputs


def test_overlays_become_stages_in_the_order_of_their_names_and_their_image_tags_are_set(clone):
    shop = clone(OVERLAYS)

    assert shop.init() == 0

    found = shop.pipeline()
    assert stages(found) == {"dev": (), "staging": ("dev",), "prod": ("staging",)}
    assert outputs(found, "prod") == (Output("apps/web/overlays/prod/kustomization.yaml", KEY),)
    assert found.stages[StageName("prod")].via == "pull-request"
    (warehouse,) = found.warehouses.values()
    assert warehouse.paths == ("apps/web/",)


def test_what_it_would_do_to_each_stage_at_the_first_tick_is_said(clone, capsys):
    shop = clone(OVERLAYS)

    assert shop.init() == 0

    said = capsys.readouterr().out
    head = shop.bare.tip()[:7]
    prod = "holds v1.8.3, which no freight explains: nothing happens until /promote prod"
    assert prod in said
    assert f"dev      gets web {head} at once: 1 file" in said
    assert f"staging  gets web {head} once verified in dev: 1 file" in said
    assert "order is a guess" in said


def test_what_a_freight_gives_already_is_taken_over(clone, capsys):
    shop = clone(OVERLAYS)
    first = shop.bare.tip()[:7]
    shop.bare.commit({"apps/web/overlays/dev/kustomization.yaml": kustomization(f'"{first}"')})

    assert shop.init() == 0

    assert f"dev      holds web {first} already: taken over, nothing is written" in (
        capsys.readouterr().out
    )


def test_an_overlay_without_image_tags_gets_the_base_it_names(clone, capsys):
    shop = clone(
        {
            "base/deployment.yaml": b"kind: Deployment\n",
            "base/kustomization.yaml": b"resources: [deployment.yaml]\n",
            "overlays/test/kustomization.yaml": b"resources: [../../base]\n",
            "overlays/live/kustomization.yaml": b"bases: [../../base]\n",
        }
    )

    assert shop.init() == 0

    found = shop.pipeline()
    assert stages(found) == {"test": (), "live": ("test",)}
    assert outputs(found, "live") == (Output("overlays/live/base"),)
    assert "`base`" in shop.file.read_text()


@pytest.mark.parametrize("folder", ["envs", "stages", "environments", "overlays", "deploy"])
def test_of_plain_folders_the_first_is_the_source_of_the_others(clone, folder):
    names = ("dev", "qa", "prod")
    shop = clone({f"{folder}/{name}/app.yaml": name.encode() for name in names})

    assert shop.init() == 0

    found = shop.pipeline()
    assert stages(found) == {"qa": (), "prod": ("qa",)}
    (warehouse,) = found.warehouses.values()
    assert warehouse.paths == (f"{folder}/dev/",)


def test_what_a_folder_holds_is_not_replaced_unasked(clone, capsys):
    shop = clone({f"envs/{name}/app.yaml": name.encode() for name in ("dev", "prod")})

    assert shop.init() == 0

    words = "holds content no freight explains (1 file): nothing happens until /promote prod"
    assert words in capsys.readouterr().out


@pytest.mark.parametrize(
    "names",
    [
        ("charts/web/values-dev.yaml", "charts/web/values-prod.yaml"),
        ("charts/web/values.dev.yml", "charts/web/values.prod.yml"),
        ("charts/web/dev-values.yaml", "charts/web/prod-values.yaml"),
        ("charts/web/values/dev.yaml", "charts/web/values/prod.yaml"),
        ("deploy/dev/values.yaml", "deploy/prod/values.yaml"),
    ],
)
def test_helm_values_by_environment_become_stages_that_set_the_tag(clone, names):
    shop = clone({"src/a": b"1", **dict.fromkeys(names, b"web:\n  image:\n    tag: ''\n")})

    assert shop.init() == 0

    found = shop.pipeline()
    assert stages(found) == {"dev": (), "prod": ("dev",)}
    for stage, file in zip(("dev", "prod"), names, strict=True):
        assert outputs(found, stage) == (Output(file, "web.image.tag"),)


def test_branches_named_env_become_stages_of_a_whole_branch(clone, capsys):
    shop = clone({"app.yaml": b"1"})
    shop.bare.git("branch", "env/dev")
    shop.bare.git("update-ref", "refs/remotes/origin/env/prod", "HEAD")

    assert shop.init() == 0

    found = shop.pipeline()
    assert [s.branch for s in found.stages.values()] == ["env/dev", "env/prod"]
    assert stages(found) == {"dev": (), "prod": ("dev",)}


E2E = b"""
name: End to end
on:
  push: {branches: [main], paths: ['apps/web/overlays/staging/**']}
jobs:
  e2e:
    runs-on: ubuntu-latest
    steps: [{run: ./e2e}]
"""


def test_a_workflow_that_runs_e2e_tests_verifies_the_stage_that_starts_it(clone):
    shop = clone({**OVERLAYS, ".github/workflows/e2e.yml": E2E})

    assert shop.init() == 0

    found = shop.pipeline()
    rules = {str(s.name): [str(rule) for rule in s.verify] for s in found.stages.values()}
    assert rules == {"dev": [], "staging": ["e2e"], "prod": []}
    assert len(found.stages[StageName("staging")].locks) == 1


def test_a_workflow_that_no_push_starts_is_named_and_not_awaited(clone, capsys):
    shop = clone({**OVERLAYS, ".github/workflows/e2e.yml": E2E.replace(b"push:", b"schedule:")})

    assert shop.init() == 0

    assert all(not s.verify for s in shop.pipeline().stages.values())
    assert "e2e.yml does not run on pushes" in capsys.readouterr().out


def test_where_nothing_is_found_the_file_asks_and_says_that_it_promotes_nothing_yet(clone, capsys):
    shop = clone({"main.py": b"1"})

    assert shop.init() == 0

    found = shop.pipeline()
    assert all(not s.writes for s in found.stages.values())
    text, said = shop.file.read_text(), capsys.readouterr().out
    assert "?" in text
    assert "promotes nothing yet" in text
    assert "promotes nothing yet" in said


def test_several_apps_get_a_warehouse_each(clone):
    files = dict(OVERLAYS)
    files |= {path.replace("web", "api"): data for path, data in OVERLAYS.items()}
    shop = clone(files)

    assert shop.init() == 0

    found = shop.pipeline()
    assert {str(n): w.paths for n, w in found.warehouses.items()} == {
        "api": ("apps/api/",),
        "web": ("apps/web/",),
    }
    assert stages(found)["api-prod"] == ("api-staging",)
    assert stages(found)["web-dev"] == ()


def test_it_says_what_comes_next_and_commits_nothing(clone, capsys):
    shop = clone(OVERLAYS)
    before = shop.bare.git("for-each-ref")

    assert shop.init() == 0

    said = capsys.readouterr().out
    for words in ("git switch -c", "pull request", "stagelock / config", "stagelock / plan"):
        assert words in said
    assert shop.bare.git("for-each-ref") == before


def test_a_file_that_is_there_is_not_overwritten(clone, capsys):
    shop = clone(OVERLAYS)
    shop.file.write_text("mine")

    assert shop.init() == 1
    assert shop.file.read_text() == "mine"
    assert "--force" in capsys.readouterr().err

    assert shop.init("--force") == 0
    assert shop.pipeline()


def test_with_print_nothing_is_written_and_the_file_alone_goes_to_standard_output(clone, capsys):
    shop = clone(OVERLAYS)

    assert shop.init("--print") == 0

    assert not shop.file.exists()
    said = capsys.readouterr()
    assert checked(said.out.encode())
    assert "/promote prod" in said.err


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_link_in_the_files_place_is_not_followed(clone, tmp_path, force, capsys):
    shop = clone(OVERLAYS)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    shop.file.symlink_to(elsewhere)

    assert shop.init(*force) != 0
    assert elsewhere.read_text() == "mine"


def test_a_folder_in_the_files_place_is_said(clone, capsys):
    shop = clone(OVERLAYS)
    shop.file.mkdir()

    assert shop.init("--force") == 2
    assert "folder" in capsys.readouterr().err


def test_on_request_it_is_committed_on_a_new_branch_and_nothing_else_moves(clone, capsys):
    shop = clone(OVERLAYS)
    head = shop.bare.tip()

    assert shop.init("--branch", "describe-stages") == 0

    made = shop.bare.tip("describe-stages")
    assert shop.bare.git("rev-list", "--parents", "-1", made).split() == [made, head]
    assert shop.bare.git("diff-tree", "--name-only", "-r", head, made) == "stagelock.yaml"
    assert shop.bare.git("log", "-1", "--format=%an <%ae>", made) == "Ada <ada@example.org>"
    assert checked(shop.bare.files(made)["stagelock.yaml"].encode() + b"\n")
    assert shop.bare.tip() == head
    assert not shop.file.exists()
    assert "describe-stages" in capsys.readouterr().out


@pytest.mark.parametrize("branch", ["main", "a..b", "-x", "stagelock/dev"])
def test_a_branch_that_is_there_or_can_be_none_is_refused(clone, branch, capsys):
    shop = clone(OVERLAYS)

    assert main(["init", "--repo", str(shop.path), f"--branch={branch}"]) != 0
    assert branch in capsys.readouterr().err


def test_a_commit_needs_a_name_and_says_so(clone, monkeypatch, tmp_path, capsys):
    shop = clone(OVERLAYS)
    shop.bare.git("config", "--unset", "user.name")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    assert shop.init("--branch", "x") == 2
    assert "user.name" in capsys.readouterr().err


def test_what_is_no_clone_is_said(tmp_path, capsys):
    assert main(["init", "--repo", str(tmp_path)]) == 2
    assert "no git repository" in capsys.readouterr().err
    assert main(["init", "--repo", str(tmp_path / "nowhere")]) == 2


def test_a_bare_repository_has_no_place_for_the_file_yet_shows_it(tmp_path, capsys):
    bare = Origin.make(tmp_path / "shop.git")
    bare.commit(OVERLAYS)

    assert main(["init", "--repo", str(bare.path)]) == 2
    assert "--print" in capsys.readouterr().err
    assert main(["init", "--repo", str(bare.path), "--print"]) == 0
    assert checked(capsys.readouterr().out.encode())


def test_a_clone_without_a_commit_is_said(tmp_path, capsys):
    subprocess.run(
        ["git", "init", "-q", str(tmp_path)], check=True, env={"PATH": os.environ["PATH"]}
    )

    assert main(["init", "--repo", str(tmp_path)]) == 2
    assert "no commit" in capsys.readouterr().err


def test_only_what_is_committed_is_read_and_that_is_said(clone, capsys):
    shop = clone({"main.py": b"1"})
    (shop.path / "envs/dev").mkdir(parents=True)
    (shop.path / "envs/dev/a").write_text("1")

    assert shop.init() == 0
    assert "not committed is not seen" in capsys.readouterr().out


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
    shop = clone({**OVERLAYS, b"apps/web/overlays/\xff/kustomization.yaml": kustomization("1")})

    assert shop.init() == 0
    assert "\\xff" in capsys.readouterr().out


def test_two_hundred_overlays_make_one_file_that_lints_clean(clone, capsys):
    files = {
        f"overlays/customer-{n:03}/kustomization.yaml": kustomization('""') for n in range(200)
    }
    shop = clone({"src/a": b"1", **files})

    assert shop.init() == 0

    found = parse(shop.file.read_bytes(), "main").pipeline
    assert found
    assert len(found.stages) == 200
    assert not any(s.auto for s in found.stages.values())
    assert "say nothing" in capsys.readouterr().out


def test_too_many_overlays_for_one_file_are_said(clone, capsys):
    files = {f"overlays/c{n:04}/kustomization.yaml": kustomization('""') for n in range(1500)}
    shop = clone({**files, "overlays/dev/kustomization.yaml": kustomization('""')})

    assert shop.init() == 0

    assert set(stages(shop.pipeline())) == {"dev"}
    assert "1500" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (("prod", "staging", "qa", "dev"), ["dev", "qa", "staging", "prod"]),
        (("production", "uat", "development"), ["development", "uat", "production"]),
        (("live", "pre-prod", "e2e", "int"), ["int", "e2e", "pre-prod", "live"]),
        (("PRD", "STG", "TST"), ["tst", "stg", "prd"]),
        (("preview", "nonprod", "prod"), ["preview", "nonprod", "prod"]),
    ],
)
def test_the_order_is_guessed_by_well_known_names(clone, names, order):
    shop = clone({f"overlays/{n}/kustomization.yaml": kustomization('""') for n in names})

    assert shop.init() == 0

    found = stages(shop.pipeline())
    assert list(found) == order
    assert list(found.values()) == [(), *((name,) for name in order[:-1])]


def test_stages_of_one_rank_stand_side_by_side(clone):
    names = ("dev", "prod-eu", "prod-us")
    shop = clone({f"overlays/{n}/kustomization.yaml": kustomization('""') for n in names})

    assert shop.init() == 0
    assert stages(shop.pipeline()) == {"dev": (), "prod-eu": ("dev",), "prod-us": ("dev",)}


def test_programs_read_it_as_json(clone, capsys):
    shop = clone(OVERLAYS)

    assert shop.init("--print", "--format", "json") == 0

    found = json.loads(capsys.readouterr().out)
    assert checked(found["text"].encode())
    assert {s["stage"]: s["first_tick"] for s in found["stages"]}["prod"].startswith("holds v1.8.3")
    assert found["guessed"]


def test_a_new_branch_replaces_no_file_that_is_committed_already(clone, capsys):
    shop = clone({**OVERLAYS, "stagelock.yaml": b"mine"})

    assert shop.init("--branch", "x") == 1
    assert shop.bare.tip("x") is None
    assert "already" in capsys.readouterr().err
