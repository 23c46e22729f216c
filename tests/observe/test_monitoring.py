"""The alert rules and the dashboard speak of metrics and labels that exist, as the manual does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import promql_parser
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.observe import Metrics
from app.observe.gauges import GAUGES
from app.ports.gauge import Gauge
from tests.deploy.monitoring import MONITORING, alerts
from tests.paper_texts import table

OF_PROMETHEUS = {"instance", "job"}
"""Labels that every scraped series has."""


def panels() -> list[dict[str, Any]]:
    return list(json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))["panels"])


EXPRESSIONS = [rule["expr"] for rule in alerts()]
EXPRESSIONS += [target["expr"] for panel in panels() for target in panel["targets"]]


def shown() -> Mapping[str, set[str]]:
    """Each series of `/metrics` after everything was counted once, and its labels."""
    numbers = [Gauge(name, 1, tuple("x" for _ in labels)) for name, (_, labels) in GAUGES.items()]
    metrics = Metrics(lambda: numbers)
    metrics.delivery("push", "accepted")
    metrics.tick("repo", "done", 1)
    metrics.push("promotion", "landed")
    metrics.call("get_repo", "200", 1)
    metrics.budget_wait(3)
    metrics.left("waiting", "soaking", timedelta(seconds=1))
    metrics.lead(7, "dev", timedelta(seconds=1))
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(metrics.render().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


SHOWN = shown()


def parts(node: Any) -> Iterator[Any]:
    """An expression, and all that it is made of."""
    yield node
    below = [
        getattr(node, name, None) for name in ("lhs", "rhs", "expr", "param", "vector_selector")
    ]
    below += getattr(node, "args", None) or []
    for one in below:
        if one is not None:
            yield from parts(one)


def unknown(expression: str) -> list[str]:
    """What *expression* names and `/metrics` has not."""
    found, labels, used = [], set(OF_PROMETHEUS), set()
    for part in parts(promql_parser.parse(expression)):
        if isinstance(part, promql_parser.VectorSelector):
            name = str(part.name)
            found += [] if name in SHOWN else [name]
            has = SHOWN.get(name, set())
            labels |= has
            found += [f"{name}: {m.name}" for m in part.matchers.matchers if m.name not in has]
        modifier = getattr(part, "modifier", None)
        used |= set(getattr(modifier, "labels", None) or [])
    return [*found, *sorted(used - labels)]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_what_is_asked_of_prometheus_is_promql_over_metrics_and_labels_that_exist(expression: str):
    assert "stagelock_" in expression
    assert unknown(expression) == []


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("stagelock_nonsense > 1", ["stagelock_nonsense"]),
        ('rate(stagelock_ticks_total{stage="x"}[5m])', ["stagelock_ticks_total: stage"]),
        ("sum by (flavour) (stagelock_work_due)", ["flavour"]),
        ("min(stagelock_work_due) / max(stagelock_gone)", ["stagelock_gone"]),
    ],
)
def test_what_does_not_exist_would_be_seen(expression: str, found: list[str]):
    assert unknown(expression) == found


def test_the_rules_are_the_alerts_of_the_manual():
    units = {"m": "min", "h": "h"}
    told = {}
    for rule in alerts():
        wait = rule.get("for", "")
        name = rule["annotations"]["summary"]
        after = f" for {wait[:-1]} {units[wait[-1]]}" if wait else ""
        told[name[0].lower() + name[1:]] = f"`{rule['expr']}`{after}"
    rows = {
        row[0][0].lower() + row[0][1:]: row[1] for row in table("docs/observability.md", "alert")
    }
    assert {name: when.replace("\\|", "|") for name, when in rows.items()} == told


def test_each_rule_has_a_name_of_its_own_and_says_what_it_means():
    names = [rule["alert"] for rule in alerts()]
    assert len(set(names)) == len(names)
    for rule in alerts():
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"]["description"]


def test_the_panels_of_the_dashboard_do_not_cover_each_other():
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in panels()]
    assert len(set(places)) == len(places)
    assert len({p["id"] for p in panels()}) == len(places)
