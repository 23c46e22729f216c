"""Random pipeline files that are valid: by construction, so that a refusal is a finding."""

from __future__ import annotations

from hypothesis import strategies as st

DURATIONS = st.sampled_from(["0s", "90s", "15m", "2h", "1d"])
CHECKS = st.lists(
    st.sampled_from(["build", "e2e *", "2"])
    | st.fixed_dictionaries({"name": st.just("scan")}, optional={"app": st.just("github-actions")}),
    unique_by=lambda check: check if isinstance(check, str) else check["name"],
    min_size=1,
    max_size=2,
)
FOLDERS = ["apps/web", "apps/api", "libs", "docs/a b", "über"]
VALUES = st.dictionaries(
    st.sampled_from(["image.tag", "images[name=web].newTag", "a.b[0].c", "replicas"]),
    st.sampled_from(["${{ freight.sha }}", "v-${{ freight.short }}", 3, True, "on", ""]),
    min_size=1,
)


@st.composite
def documents(draw):
    """A document of one to three warehouses and one to six stages of every layout."""
    warehouses = {f"w{n}": draw(warehouse(n)) for n in range(draw(st.integers(1, 3)))}
    locks = {f"l{n}": draw(lock()) for n in range(draw(st.integers(0, 2)))}
    stages: dict[str, dict] = {}
    for n in range(draw(st.integers(1, 6))):
        stages[f"s{n}"] = draw(stage(n, warehouses, locks, stages))
    document = {"version": 1, "warehouses": warehouses, "stages": stages}
    if locks or draw(st.booleans()):
        document["locks"] = locks
    return document


@st.composite
def warehouse(draw, n):
    optional = {
        "branch": st.sampled_from(["main", "sources/x"]),
        "paths-ignore": st.lists(st.sampled_from(["**/*.md", "regex:^docs/"]), unique=True),
        "checks": CHECKS,
    }
    made = draw(st.fixed_dictionaries({}, optional=optional))
    if draw(st.booleans()):
        made["paths"] = [FOLDERS[n]] if draw(st.booleans()) else [f"{FOLDERS[n]}/**", "*.txt"]
    return made


def lock():
    optional = {
        "permits": st.integers(1, 5),
        "scope": st.just("repository"),
        "max-hold": st.sampled_from(["1h", "2d"]),
    }
    return st.none() | st.fixed_dictionaries({}, optional=optional)


@st.composite
def stage(draw, n, warehouses, locks, before):
    carried = draw(st.sampled_from(sorted(warehouses)))
    upstreams = [name for name, other in before.items() if other["freight"] == carried]
    made = draw(st.fixed_dictionaries({}, optional={"auto": st.booleans(), "soak": DURATIONS}))
    made["freight"] = carried
    needs = draw(st.lists(st.sampled_from(upstreams), unique=True, max_size=2)) if upstreams else []
    if needs:
        made[draw(st.sampled_from(["needs", "needs-any"]))] = needs
    layout = draw(st.sampled_from(["path", "branch", "both", "none"]))
    if layout == "none":
        return made
    if layout != "branch":
        made["path"] = f"stages/s{n}"
    if layout != "path":
        made["branch"] = f"env/s{n}"
    made.update(draw(writing(locks)))
    if not (draw(st.booleans()) and steps_follow(made, warehouses[carried], needs, before)):
        made["steps"] = draw(steps(n, needs, before))
    return made


def steps_follow(made, warehouse, needs, before):
    """Tell whether the stage may go without steps."""
    if needs:
        return len(needs) == 1 and ("path" in before[needs[0]] or "branch" in before[needs[0]])
    plain = [entry for entry in warehouse.get("paths", []) if "*" not in entry]
    return "path" not in made or len(plain) == len(warehouse.get("paths", [])) == 1


@st.composite
def writing(draw, locks):
    optional = {
        "verify": st.fixed_dictionaries({"checks": CHECKS}),
        "timeout-minutes": st.integers(1, 600),
        "at-most-every": DURATIONS,
        "queue": st.sampled_from(["latest", "all"]),
        "allow-links": st.booleans(),
        "include-github": st.booleans(),
    }
    made = draw(st.fixed_dictionaries({}, optional=optional))
    if locks and draw(st.booleans()):
        one = draw(st.sampled_from(sorted(locks)))
        made["lock"] = draw(st.sampled_from([one, [one]]))
    if draw(st.booleans()):
        made["via"] = "pull-request"
        made.update(draw(st.fixed_dictionaries({}, optional={"merge": st.just("auto")})))
        if "lock" in made:
            made["merge-within"] = draw(st.sampled_from(["10m", "1h"]))
    return made


@st.composite
def steps(draw, n, needs, before):
    copy = st.fixed_dictionaries(
        {"from": st.sampled_from(["src/one", "src/two"]), "to": st.sampled_from(["a", "a/b", "c"])},
        optional={"except": st.just(["keep.yaml", "local/x"])},
    )
    any_step = st.one_of(
        copy.map(lambda w: {"uses": "copy", "with": w}),
        st.sampled_from(["d", "a/e"]).map(lambda p: {"uses": "delete", "with": {"path": p}}),
        VALUES.map(lambda v: {"uses": "yaml-set", "with": {"file": "k.yaml", "values": v}}),
    )
    return draw(st.lists(any_step, min_size=1, max_size=3))
