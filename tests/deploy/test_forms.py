"""The deploy files have the forms that Kubernetes and Compose publish."""

from __future__ import annotations

import json

import pytest

from tests.deploy.forms import PUBLISHED, kind, wrong
from tests.deploy.manifests import compose, documents


def test_kubernetes_takes_each_document_as_its_api_is_published() -> None:
    for document in documents():
        assert wrong(kind(document), document) == [], document["metadata"]["name"]


def test_a_key_that_kubernetes_does_not_know_would_be_seen() -> None:
    for document in documents():
        document["spec"]["nonsense"] = True
        assert len(wrong(kind(document), document)) == 1


@pytest.mark.parametrize("app", [False, True], ids=["as it is", "with an App"])
def test_compose_takes_its_file_as_the_specification_is_published(*, app: bool) -> None:
    schema = json.loads((PUBLISHED / "compose.json").read_text(encoding="utf-8"))
    found = compose(app=app)
    assert wrong(schema, found) == []
    found["services"]["stagelock"]["nonsense"] = True
    assert len(wrong(schema, found)) == 1
