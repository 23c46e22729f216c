"""Which rulesets protect a pipeline on github.com, and what they say they leave open."""

from app.core.config import parse
from app.core.protection.rulesets import LONGEST_PATH, MOST_PATHS, covers, protection
from app.core.text.rulesets import gaps

APP = 7


def pipeline(stages, warehouses="{web: {paths: [apps/web]}}"):
    text = f"version: 1\nwarehouses: {warehouses}\nstages:\n" + "\n".join(
        f"  {name}: {rest}" for name, rest in stages.items()
    )
    result = parse(text.encode(), "main")
    assert result.pipeline, result.problems
    return result.pipeline


def documents(stages, **more):
    found = protection(pipeline(stages, **more), "main", APP)
    return {ruleset.name.removeprefix("Stagelock: "): ruleset.document for ruleset in found.all}


def refs(document):
    return document["conditions"]["ref_name"]["include"]


def kinds(document):
    return [rule["type"] for rule in document["rules"]]


def restricted(document):
    (rule,) = document["rules"]
    return rule["parameters"]["restricted_file_paths"]


def test_every_ruleset_lets_the_app_pass_and_nobody_else():
    found = documents({"dev": "{path: stages/dev}", "prod": "{needs: [dev], branch: env/prod}"})

    assert set(found) == {"promotion branches", "branches of stages", "promoted paths"}
    for document in found.values():
        assert document["enforcement"] == "active"
        assert document["bypass_actors"] == [
            {"actor_id": APP, "actor_type": "Integration", "bypass_mode": "always"}
        ]


def test_a_branch_that_only_the_app_writes_is_closed_to_others():
    found = documents({"dev": "{path: stages/dev}", "prod": "{needs: [dev], branch: env/prod}"})

    assert refs(found["branches of stages"]) == ["refs/heads/env/prod"]
    assert kinds(found["branches of stages"]) == [
        "creation",
        "update",
        "deletion",
        "non_fast_forward",
    ]


def test_people_can_still_merge_the_apps_pull_requests_into_a_stages_branch():
    found = documents({"prod": "{branch: env/prod, via: pull-request}"})

    assert "branches of stages" not in found
    assert "update" not in kinds(found["branches of stages that people merge into"])
    assert "pull_request" in kinds(found["branches of stages that people merge into"])


def test_the_plan_is_required_where_pull_requests_are_merged_and_only_the_apps_own_counts():
    found = documents(
        {
            "dev": "{path: stages/dev}",
            "prod": "{needs: [dev], path: stages/prod, via: pull-request}",
            "live": "{needs: [prod], branch: env/live, via: pull-request, merge: auto}",
        }
    )

    assert refs(found["plan"]) == ["refs/heads/env/live", "refs/heads/main"]
    (rule,) = found["plan"]["rules"]
    assert rule["parameters"]["required_status_checks"] == [
        {"context": "stagelock / plan", "integration_id": APP}
    ]
    assert not rule["parameters"]["strict_required_status_checks_policy"]


def test_paths_that_the_app_alone_pushes_are_restricted_as_file_and_as_folder():
    found = documents(
        {
            "dev": "{path: stages/dev}",
            "prod": "{needs: [dev], path: 'stages/pr[o]d', via: pull-request, merge: auto}",
        }
    )

    assert found["promoted paths"]["target"] == "push"
    assert "conditions" not in found["promoted paths"]
    assert restricted(found["promoted paths"]) == [
        "stages/dev",
        "stages/dev/**/*",
        "stages/pr?o?d",
        "stages/pr?o?d/**/*",
    ]


def test_what_people_own_or_merge_is_not_restricted_but_named():
    stages = {
        "dev": "{path: stages/dev, steps: [{uses: yaml-set, with: {file: v.yaml, values: {a: x}}}]}",
        "e2e": "{path: stages/e2e, steps: [{uses: copy, with: {from: a, to: b, except: [c]}}]}",
        "prod": "{path: stages/prod, via: pull-request}",
        "far": f"{{path: {'long/' * 39}end}}",
    }
    open_ends = gaps(pipeline(stages), "main")

    assert "promoted paths" not in documents(stages)
    for name, end in zip(stages, ("keys", "`except`", "folders of", "Paths of more"), strict=True):
        (said,) = [gap for gap in open_ends if end in gap]
        assert f"stage {name}" in said


def test_no_rule_has_more_paths_than_github_takes_or_longer_ones():
    stages = {f"s{n}": f"{{path: stages/s{n}}}" for n in range(MOST_PATHS)}

    parts = [d for name, d in documents(stages).items() if name.startswith("promoted paths, part")]

    assert [len(restricted(part)) for part in parts] == [MOST_PATHS, MOST_PATHS]
    assert LONGEST_PATH + len("/**/*") == 200


def test_what_github_adds_to_a_ruleset_is_no_difference_but_what_it_lacks_is():
    wanted = {"name": "x", "rules": [{"type": "a"}, {"type": "b", "parameters": {"n": 1}}]}
    rules = [{"type": "b", "parameters": {"n": 1, "m": 0}}]
    more = {"id": 3, "name": "x", "rules": rules}

    assert not covers(wanted, more)
    assert covers(wanted, {**more, "rules": [*rules, {"type": "a", "parameters": {}}]})
    assert not covers(wanted, {**more, "rules": [{"type": "a"}, {"type": "b"}]})
    assert not covers({"n": [1]}, {"n": "1"})
