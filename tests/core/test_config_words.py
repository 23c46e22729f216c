"""What the linter says of the mistakes that people make first: the mend, ready to be typed."""

from __future__ import annotations

import pytest

from app.core.config import parse

WAREHOUSE = "warehouses:\n  web: {paths: [a/]}\n"
TWO = "warehouses:\n  storefront: {paths: [a/]}\n  orders: {paths: [b/]}\n"
STEP = "steps: [{uses: copy, with: {from: a, to: a}}]"


def said(text: str) -> list[str]:
    return [problem.message for problem in parse(text.encode()).problems]


def stages(text: str, before: str = WAREHOUSE) -> str:
    return f"version: 1\n{before}stages:\n{text}"


DEV = "  dev: {path: s/dev}\n"
CASES = {
    "a number in quotes": (
        f'version: "1"\n{WAREHOUSE}stages:\n{DEV}',
        ["write `version: 1`, without quotes"],
    ),
    "another version": (f"version: 2\n{WAREHOUSE}stages:\n{DEV}", ["`version` must be 1, not 2"]),
    "a name where a list belongs": (
        stages(f"{DEV}  e2e: {{needs: dev, path: s/e2e}}\n"),
        ["`needs` must be a list: write `needs: [dev]`"],
    ),
    "the same where nothing would follow without it": (
        stages(
            f"  dev: {{path: s/dev, {STEP}}}\n  e2e: {{needs: dev, path: s/e2e}}\n",
            "warehouses:\n  web: {paths: [a/, b/]}\n",
        ),
        ["`needs` must be a list: write `needs: [dev]`"],
    ),
    "a number where a list of paths belongs": (
        stages(DEV, "warehouses:\n  web: {paths: 5}\n"),
        ['`paths` must be a list: write `paths: ["5"]`'],
    ),
    "no freight below an upstream": (
        stages(
            "  shop-dev: {path: s/dev, freight: orders}\n"
            "  shop-e2e: {needs: [shop-dev], path: s/e2e, freight: orders}\n"
            "  shop-prod: {needs: [shop-e2e], path: s/prod}\n",
            TWO,
        ),
        [
            (
                "stage `shop-prod` has no `freight`: its upstream `shop-e2e` carries `orders`, "
                "so write `freight: orders`"
            )
        ],
    ),
    "no freight at the first stage": (
        stages(DEV, TWO),
        ["stage `dev` has no `freight`: write which one of `storefront` and `orders` it takes"],
    ),
    "a step of another tool": (
        stages("  dev: {path: s/dev, steps: [{uses: kustomize-set-image, with: {a: b}}]}\n"),
        ["there is no step `kustomize-set-image`: there are `copy`, `delete` and `yaml-set`"],
    ),
    "a list of checks": (
        stages("  dev: {path: s/dev, verify: [e2e, smoke]}\n"),
        ["`verify` must be a mapping: write `verify: {checks: [e2e, smoke]}`"],
    ),
    "one check": (
        stages("  dev: {path: s/dev, verify: e2e}\n"),
        ["`verify` must be a mapping: write `verify: {checks: [e2e]}`"],
    ),
    "a workflow with its folder": (
        stages("  dev: {path: s/dev, verify: {workflow: .github/workflows/e2e.yml}}\n"),
        [
            (
                "`.github/workflows/e2e.yml`: `workflow` is the name of a file in "
                "`.github/workflows/` that ends in `.yml` or `.yaml`: did you mean `e2e.yml`?"
            )
        ],
    ),
    "a workflow that is no file of one": (
        stages("  dev: {path: s/dev, verify: {workflow: e2e}}\n"),
        [
            (
                "`e2e`: `workflow` is the name of a file in `.github/workflows/` that ends in `.yml` "
                "or `.yaml`: did you mean `e2e.yml`?"
            )
        ],
    ),
    "verified by nothing": (
        stages("  dev: {path: s/dev, verify: {}}\n"),
        ["`verify` names nothing: it takes `checks`, `workflow`, or both"],
    ),
    "a workflow nearly spelled": (
        stages("  dev: {path: s/dev, verify: {workflw: e2e.yml}}\n"),
        ["unknown key `workflw`: did you mean `workflow`?"],
    ),
    "a lock that nobody defined": (
        stages("  dev: {path: s/dev, lock: staging}\n"),
        ["there is no lock group `staging`: define it, `locks: {staging: {permits: 1}}`"],
    ),
    "a lock that is nearly one": (
        stages("  dev: {path: s/dev, lock: staging}\nlocks: {stagging: {}}\n"),
        ["there is no lock group `staging`: did you mean `stagging`?"],
    ),
    "a number where a duration belongs": (
        stages(f"{DEV}  e2e: {{needs: [dev], path: s/e2e, soak: 120}}\n"),
        ["`soak` must be a whole number and `s`, `m`, `h` or `d`: did you mean `120s`?"],
    ),
    "a stage twice": (
        stages(
            "  a-dev: {path: s/a}\n  a-prod: {needs: [a-dev], path: s/b}\n  a-dev: {path: s/c}\n"
        ),
        ["the key `a-dev` is already in line 5"],
    ),
    "a name that is none, and who needs it": (
        stages("  Shop-Dev: {path: s/a}\n  shop-prod: {needs: [shop-dev], path: s/b}\n"),
        [
            (
                "`Shop-Dev` cannot name a stage: names are 1 to 63 of `a-z`, `0-9`, `.`, `_`, `-`, "
                "begin and end with a letter or digit, hold no `..` and do not end in `.lock`"
            )
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_first_mistake_is_told_once_and_with_its_mend(name: str) -> None:
    text, wanted = CASES[name]
    assert said(text) == wanted


def test_a_name_that_was_refused_is_no_suggestion() -> None:
    text = stages("  Orders: {path: s/a}\n  b: {needs: [orderz], path: s/b}\n")
    assert "there is no stage `orderz`" in said(text)


@pytest.mark.parametrize("check", ['"stagelock / dev"', '{name: "stagelock / dev"}'])
def test_a_check_of_our_own_that_is_awaited_is_noted(check: str) -> None:
    found = parse(stages(f"  e2e: {{path: s/a, verify: {{checks: [{check}]}}}}\n").encode())
    assert found.problems == ()
    [note] = found.notes
    assert note.code == "own-check"
    assert note.message == (
        "`stagelock / dev` is a check that Stagelock posts itself, which never counts as passed "
        "here: name a check of your CI"
    )


@pytest.mark.parametrize("check", ['"stagelock*"', '{name: "stagelock / dev", app: another}'])
def test_a_check_that_somebody_else_may_post_is_not(check: str) -> None:
    assert (
        parse(stages(f"  e2e: {{path: s/a, verify: {{checks: [{check}]}}}}\n").encode()).notes == ()
    )


def test_a_lock_group_that_no_stage_takes_is_noted() -> None:
    found = parse(stages(f"{DEV}locks:\n  e2e-env: {{permits: 1}}\n").encode())
    assert found.problems == ()
    assert [(n.code, n.message) for n in found.notes] == [
        ("idle-lock", "no stage uses the lock group `e2e-env`: add `lock: e2e-env` to one")
    ]
