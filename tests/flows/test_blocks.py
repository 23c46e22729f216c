"""`/block` and `/allow`: freight that enters no stage where it is not yet."""

from __future__ import annotations

from tests.flows.harness import REPO, Flow
from tests.flows.words import ours, replies, say

THREE = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
    verify: {checks: [e2e]}
  qa: {needs: [dev], path: stages/qa}
  prod: {needs: [qa], path: stages/prod, via: pull-request, lock: one}
locks: {one: {}}
"""
FILES = {"stagelock.yaml": THREE, "apps/web/index.html": "one"}


def at(flow: Flow, stage: str) -> bytes | None:
    return flow.world.tree(REPO, "main", f"stages/{stage}").get(f"stages/{stage}/web/index.html")


def verified(flow: Flow, freight: str) -> None:
    """Its checks pass in dev."""
    flow.finish(flow.landed("dev", freight), "e2e")


def test_blocked_freight_stays_where_it_is_and_goes_on_when_it_is_allowed(flow: Flow):
    first = flow.repo(FILES)

    say(flow, first, f"/block {first[:7]} leaks a secret")

    [done] = replies(flow, first)
    assert done.startswith("Done: ")
    assert "by `@bob`: leaks a secret" in done or "by @\u200bbob: leaks a secret" in done
    assert f"`/allow web@{first[:12]}`" in done
    verified(flow, first)
    assert flow.state(first, "dev") == "success"
    assert at(flow, "qa") is None
    run = flow.run(first, "qa")
    assert run is not None
    assert run.status == "queued"
    assert run.title == "blocked: leaks a secret (@bob)"
    assert f"**To do:** comment `/allow web@{first[:12]}`" in (run.summary or "")

    say(flow, first, "/promote qa\n/why qa\n/stagelock status")
    text = replies(flow, first)[-1]
    assert "| block | **wait** | blocked: leaks a secret" in text
    assert "has been blocked since" in text
    assert at(flow, "qa") is None

    say(flow, first, f"/allow web@{first}")
    assert "is allowed again" in replies(flow, first)[-1]
    assert at(flow, "qa") == b"one"


def test_newer_freight_passes_it_by(flow: Flow):
    first = flow.repo(FILES)
    say(flow, first, f"/block {first} leaks a secret")
    verified(flow, first)

    second = flow.push({"apps/web/index.html": "two"})
    verified(flow, second)

    assert at(flow, "qa") == b"two"
    assert flow.state(second, "qa") == "success"
    assert flow.state(first, "qa") == "skipped"


def test_a_pull_request_of_blocked_freight_may_not_be_merged(flow: Flow):
    """The grant that it had goes back, and comes again when it is allowed."""
    first = flow.repo(FILES)
    verified(flow, first)
    pull = ours(flow)
    assert flow.state(pull.head_sha, "plan") == "success"

    say(flow, first, f"/block {first[:12]} leaks a secret")

    assert flow.state(pull.head_sha, "plan") == "queued"
    run = flow.run(first, "prod")
    assert run is not None
    assert run.title == "blocked: leaks a secret (@bob)"
    say(flow, pull.number, f"/allow {first[:12]}")
    assert flow.state(pull.head_sha, "plan") == "success"


def test_what_cannot_be_blocked_says_why_and_what_to_type(flow: Flow):
    first = flow.repo(FILES)

    say(
        flow,
        first,
        f"/block {first[:7]}\n/block\n/block 1234567 because\n/block api@{first} because",
    )
    text = replies(flow, first)[-1]
    assert "needs a reason" in text
    assert "needs a freight" in text
    assert "no freight starts with 1234567" in text
    assert "there is no warehouse api" in text
    say(flow, first, f"/allow {first[:7]}")
    assert "is not blocked" in replies(flow, first)[-1]
    say(flow, first, f"/block {first[:7]} because", by="carol")
    assert "needs *write*; you have *read*" in replies(flow, first)[-1]
    verified(flow, first)
    assert at(flow, "qa") == b"one"


def test_of_freight_of_two_warehouses_it_must_be_said_which(flow: Flow):
    two = (
        THREE.replace(
            "  web: {paths: [apps/web/]}\n",
            "  web: {paths: [apps/web/]}\n  api: {paths: [apps/]}\n",
        )
        .replace("needs: [dev]", "freight: web, needs: [dev]")
        .replace("needs: [qa]", "freight: web, needs: [qa]")
        .replace("    path: stages/dev\n", "    freight: web\n    path: stages/dev\n")
    )
    first = flow.repo({**FILES, "stagelock.yaml": two})

    say(flow, first, f"/block {first[:7]} leaks a secret")

    text = replies(flow, first)[-1]
    assert f"freight of web and api starts with {first[:7]}: write WAREHOUSE@SHA" in text
    assert f"`/block web@{first[:7]} leaks a secret`" in text
    say(flow, first, f"/block web@{first[:7]} leaks a secret")
    verified(flow, first)
    assert at(flow, "qa") is None


def test_a_block_outlives_a_restart_and_a_force_push_that_comes_back(flow: Flow):
    first = flow.repo(FILES)
    say(flow, first, f"/block {first} leaks a secret")
    flow.reboot()
    verified(flow, first)

    assert at(flow, "qa") is None
    assert flow.state(first, "qa") == "queued"


def test_of_a_stage_that_a_person_starts_allow_says_what_starts_it(flow: Flow):
    manual = THREE.replace("path: stages/qa}", "path: stages/qa, auto: false}")
    first = flow.repo({**FILES, "stagelock.yaml": manual})
    say(flow, first, f"/block {first} leaks a secret")

    say(flow, first, f"/allow {first}")

    assert "what a person starts (`qa`) waits for that." in replies(flow, first)[-1]
