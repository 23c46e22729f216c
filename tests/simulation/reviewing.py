"""What people do with our pull requests, one function a kind, as in `acts`."""

from __future__ import annotations

from app.errors import Rejected
from tests.simulation.laws import base_of
from tests.simulation.world import World


def _pull(world: World, one: int):
    ours = [p for p in world.forge.pulls.values() if p.state == "open"]
    return ours[one % len(ours)] if ours else None


def _merge_pull(world: World, one: int, two: int, _: int) -> str | None:
    pull = _pull(world, one)
    if pull is None:
        return None
    method = ("merge", "squash", "rebase")[two % 3]
    try:
        sha = world.forge.merge(pull.number, method, "bob")
    except Rejected as error:
        return f"bob cannot merge #{pull.number}: {error.message}"
    return f"bob merges #{pull.number} ({pull.head_ref}) by {method} as {sha[:7]}"


def _close_pull(world: World, one: int, two: int, _: int) -> str | None:
    pull = _pull(world, one)
    if pull is None:
        return None
    world.forge.close(pull.number, "bob")
    return f"bob closes #{pull.number} ({pull.head_ref})"


def _retarget(world: World, one: int, two: int, _: int) -> str | None:
    """Somebody picks another base, or the right one again."""
    pull = _pull(world, one)
    if pull is None:
        return None
    right = base_of(world, pull.head_ref)
    base = right if pull.base_ref != right else "release"
    if right not in world.server.tips:
        return None
    if "release" not in world.server.tips:
        world.server.move("release", world.server.tips[right])
    world.forge.retarget(pull.number, base)
    return f"bob changes the base of #{pull.number} ({pull.head_ref}) to {base}"


def _reopen(world: World, one: int, two: int, _: int) -> str | None:
    numbers = sorted(world.forge.pulls)
    if not numbers or not world.forge.reopen(number := numbers[one % len(numbers)]):
        return None
    return f"bob opens #{number} again"


def _review(world: World, one: int, two: int, _: int) -> str | None:
    pull = _pull(world, one)
    if pull is None:
        return None
    state = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")[two % 3]
    world.forge.review(pull.number, state, "bob")
    return f"bob reviews #{pull.number}: {state}"


def _require(world: World, one: int, two: int, _: int) -> str:
    """An owner makes a rule for main, by a ruleset or otherwise, or takes it away."""
    forge = world.forge
    forge.required, forge.told = (0 if forge.required else 1), two % 2 == 0
    return f"an owner lets main require {forge.required} approvals, told to Apps: {forge.told}"


def _foreign(world: World, one: int, two: int, _: int) -> str | None:
    pull = _pull(world, one)
    stage = world.pipeline.stages.get(pull.head_ref.removeprefix("stagelock/")) if pull else None
    if pull is None or stage is None or any(o.key for o in stage.outputs):
        return None
    file = "/".join(part for part in (stage.outputs[0].path, "eve.txt") if part)
    sha = world.server.commit(pull.head_ref, {file: b"eve's"}, "A foreign commit")
    return f"eve pushes {sha[:7]} to {pull.head_ref}"


def _update(world: World, one: int, two: int, _: int) -> str | None:
    """Somebody presses "Update branch"."""
    pull = _pull(world, one)
    base = world.server.tips.get(pull.base_ref) if pull else None
    if pull is None or base is None or world.server.objects.is_ancestor(base, pull.head_sha):
        return None
    tree = world.server.merged_tree(pull.head_sha, base)
    if tree is None:
        return None
    sha = world.server.written(tree, (pull.head_sha, base), "Update branch")
    world.server.push(pull.head_ref, sha)
    return f"bob presses Update branch on #{pull.number}: {sha[:7]}"


REVIEWING = {
    "merge-pull": _merge_pull, "close-pull": _close_pull, "retarget": _retarget,
    "reopen": _reopen, "review": _review, "require": _require, "foreign": _foreign, "update": _update,
}  # fmt: skip
