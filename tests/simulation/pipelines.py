"""Random pipelines, as documents that people edit: both layouts, locks, pull requests, gates."""

from __future__ import annotations

import copy
import json
from random import Random

FOLDERS = {"w0": "apps/a", "w1": "apps/b"}
GROUPS = ("one", "two", "three")
DRIFTING = ("block", "overwrite")
CROWDED = 0.35
"""The share of pipelines in which stages queue for a lock nearly always; elsewhere few ever do."""


WINDOWED = 0.2
"""The share of stages that accept promotions within windows only."""


APPROVED = 0.12
"""The share of stages that ask for approvals."""
LEAVES: tuple[dict, ...] = (
    {"count": 1}, {"count": 2}, {"users": ["zoe", "pat", "rob", "kim"]}, {"teams": ["release"]},
    {"count": 2, "users": ["zoe", "pat", "kim"], "allow-author": True},
)  # fmt: skip


def draw(rng: Random) -> dict:
    """A document of one or two warehouses and one to five stages."""
    names = ["w0"] if rng.random() < 0.7 else ["w0", "w1"]
    # A single warehouse that watches everything lives by the rule that outputs make no freight.
    warehouses: dict[str, dict] = {n: {"paths": [FOLDERS[n]]} for n in names}
    if len(names) == 1 and rng.random() < 0.5:
        warehouses["w0"] = {"paths-ignore": ["stagelock.yaml", "docs/"]}
    if rng.random() < 0.25:
        warehouses["w0"]["checks"] = ["build"]
    locks = {group: {"permits": rng.choice([1, 1, 1, 2])} for group in GROUPS}
    stages: dict[str, dict] = {}
    if rng.random() < CROWDED:
        stages, locks["one"] = _crowd(rng), {"permits": 1}
    else:
        for n in range(rng.choice([1, 2, 2, 3, 3, 4, 5])):
            stages[f"s{n}"] = _stage(rng, n, names, stages)
    _drifting(rng, stages)
    _hurrying(rng, stages, locks)
    document = {"version": 1, "warehouses": warehouses, "stages": stages, "locks": locks}
    _closing(Random(text(document)), stages)
    _approving(Random(f"leave for {list(stages)} {text(document)!r}"), stages)
    return document


def _crowd(rng: Random) -> dict[str, dict]:
    """One stage, and several that wait for it and then queue for one lock."""
    first: dict = {"freight": "w0", **_place(rng, 0, "w0", [])}
    if rng.random() < 0.5:
        first["verify"] = {"checks": ["t0"]}
    stages = {"s0": first}
    for n in range(1, rng.choice([3, 3, 4])):
        stage = {"freight": "w0", "needs": ["s0"], **_place(rng, n, "w0", [first])}
        stages[f"s{n}"] = {**stage, **_writing(rng, n)}
        stages[f"s{n}"] |= {"lock": ["one"], "verify": {"checks": [f"t{n}"]}}
    return stages


def text(document: dict) -> bytes:
    """The file: JSON is YAML."""
    return json.dumps(document, indent=1).encode()


def _stage(rng: Random, n: int, names: list[str], before: dict[str, dict]) -> dict:
    carried = rng.choice(names)
    above = [name for name, other in before.items() if other["freight"] == carried]
    made: dict = {"freight": carried}
    needs = rng.sample(above, rng.choice([1, 1, 2][: len(above) + 1])) if above else []
    if needs and rng.random() < 0.85:
        made["needs-any" if len(needs) > 1 and rng.random() < 0.4 else "needs"] = needs
    else:
        needs = []
    if rng.random() < 0.12:
        made["auto"] = False
    if rng.random() < 0.2:
        made["soak"] = rng.choice(["20m", "2h"])
    if rng.random() < 0.06 and needs:
        return made
    made.update(_place(rng, n, carried, [before[name] for name in needs]))
    made.update(_writing(rng, n))
    return made


def _place(rng: Random, n: int, carried: str, above: list[dict]) -> dict:
    """Where it is written, and the steps where none can be derived."""
    folder = FOLDERS[carried]
    copied = {"uses": "copy", "with": {"from": folder, "to": "web"}}
    if rng.random() < 0.3:
        whole = not above or (len(above) == 1 and _is_whole(above[0]))
        made: dict = {"branch": f"env/s{n}"}
        return made if whole else {**made, "steps": [copied]}
    made = {"path": f"stages/s{n}"}
    if len(above) == 1 and "path" in above[0]:
        return made
    if not above and rng.random() < 0.3:
        values = {"tag": "${{ freight.short }}"}
        return {
            **made,
            "steps": [{"uses": "yaml-set", "with": {"file": "k.yaml", "values": values}}],
        }
    return {**made, "steps": [copied]}


def _is_whole(stage: dict) -> bool:
    return "branch" in stage and "steps" not in stage


def _writing(rng: Random, n: int) -> dict:
    made: dict = {}
    if rng.random() < 0.6:
        made["verify"] = {"checks": [rng.choice([f"t{n}", f"t{n}", f"t{n}*", "shared"])]}
    if rng.random() < 0.5:
        made["lock"] = rng.sample(GROUPS, rng.choice([1, 1, 2, 3]))
        if rng.random() < 0.6:
            made["lock"] = ["one"]
    if rng.random() < 0.15:
        made["at-most-every"] = "1h"
    if rng.random() < 0.15:
        made["queue"] = "all"
    if rng.random() < 0.3:
        made["timeout-minutes"] = rng.choice([20, 90])
    if rng.random() < 0.25:
        made["via"] = "pull-request"
        made["merge"] = rng.choice(["people", "auto"])
    return made


def _drifting(rng: Random, stages: dict[str, dict]) -> None:
    """What some stages do with hand edits, where that is not what they do anyway."""
    feeding = {up for s in stages.values() for up in (*s.get("needs", ()), *s.get("needs-any", ()))}
    for name, stage in stages.items():
        if ("path" in stage or "branch" in stage) and rng.random() < 0.35:
            stage["on-drift"] = "overwrite" if name in feeding else rng.choice(DRIFTING)


def _hurrying(rng: Random, stages: dict[str, dict], locks: dict[str, dict]) -> None:
    """Grants that may not be held as long as they usually may."""
    for group in locks.values():
        if rng.random() < 0.2:
            group["max-hold"] = rng.choice(["10m", "30m"])
    for stage in stages.values():
        if "lock" in stage and stage.get("via") == "pull-request" and rng.random() < 0.4:
            stage["merge-within"] = rng.choice(["2m", "1h"])


def _closing(rng: Random, stages: dict[str, dict]) -> None:
    """Some are closed for half an hour or more, in the hours in which stories are played."""
    for stage in stages.values():
        if rng.random() < WINDOWED:
            begins = rng.randrange(9 * 60, 13 * 60, 5)
            ends = begins + rng.choice([30, 45, 90])
            shut = [f"{at // 60:02}:{at % 60:02}" for at in (begins, ends)]
            deny = rng.random() < 0.5
            times = "-".join(shut if deny else reversed(shut))
            stage["windows"] = {"deny" if deny else "allow": [f"Mon-Sun {times} UTC"]}


def _approving(rng: Random, stages: dict[str, dict]) -> None:
    """Some ask for people's leave."""
    for stage in stages.values():
        if rng.random() < APPROVED and ("path" in stage or "branch" in stage):
            stage["approve"] = copy.deepcopy(rng.choice(LEAVES))


def edited(document: dict, one: int, two: int) -> tuple[str, dict]:
    """Another version of *document*, and what was done to it in words."""
    new = copy.deepcopy(document)
    names = list(new["stages"])
    name = names[one % len(names)]
    stage = new["stages"][name]
    match two % 6:
        case 0:
            stage["soak"] = "10m"
            return f"gives {name} a soak of 10m", new
        case 1 if len(names) > 1:
            _remove(new, name)
            return f"removes the stage {name}", new
        case 2:
            stage["auto"] = not stage.get("auto", True)
            return f"makes {name} {'automatic' if stage['auto'] else 'wait for /promote'}", new
        case 3 if "path" in stage or "branch" in stage:
            return relocked(stage, name, one), new
        case 4:
            _rename(new, name, f"{name}r")
            return f"renames {name} to {name}r", new
        case _:
            group, permits = GROUPS[two // 6 % 3], 1 + one % 2
            new["locks"][group] = {"permits": permits, "max-hold": ("2h", "10m")[one // 2 % 2]}
            return f"gives the group {group} {permits} permits", new


def relocked(stage: dict, name: str, one: int) -> str:
    """Other groups for a stage that may be queued, or hold what it has."""
    group, had = GROUPS[one % 3], list(stage.get("lock", ()))
    if one % 5 == 0 and had:
        del stage["lock"]
        stage.pop("merge-within", None)
        return f"takes its locks from {name}"
    if one % 2 and group not in had:
        stage["lock"] = [*had, group]
        return f"locks {name} with {group}, too"
    if len(had) > 1:
        stage["lock"] = had[1:]
        return f"takes {had[0]} from the locks of {name}"
    stage["lock"] = [group]
    return f"locks {name} with {group}"


def _remove(document: dict, name: str) -> None:
    del document["stages"][name]
    gone = {name}
    while gone:
        gone = {
            n
            for n, s in document["stages"].items()
            if any(
                up not in document["stages"]
                for up in (*s.get("needs", ()), *s.get("needs-any", ()))
            )
        }
        for n in gone:
            del document["stages"][n]
    if not document["stages"]:
        document["stages"] = {
            "s9": {
                "freight": "w0",
                "path": "stages/s9",
                "steps": [{"uses": "copy", "with": {"from": FOLDERS["w0"], "to": "web"}}],
            }
        }


def _rename(document: dict, name: str, new: str) -> None:
    stages = {new if n == name else n: s for n, s in document["stages"].items()}
    for stage in stages.values():
        for key in ("needs", "needs-any"):
            if key in stage:
                stage[key] = [new if up == name else up for up in stage[key]]
    document["stages"] = stages
