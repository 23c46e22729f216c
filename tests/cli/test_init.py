"""`stagelock init`: a starter `stagelock.yaml` from what a clone holds, and what it would do."""

from __future__ import annotations

import pytest

from app.core.model.names import StageName
from app.core.model.steps import Output
from tests.cli.cloned import E2E, KEY, OVERLAYS, kustomization, outputs, stages


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

    assert f"dev      holds web {first} already: adopted, nothing is written" in (
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
