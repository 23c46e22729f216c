"""What a workflow declares, in every way in which GitHub lets it be written."""

from __future__ import annotations

import pytest

from app.core.config.workflow_inputs import dispatch_inputs, lacking


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("on: workflow_dispatch", ()),
        ("on: [push, workflow_dispatch]", ()),
        ("on:\n  workflow_dispatch:\n", ()),
        ("on: {push: {}, workflow_dispatch: {inputs: {stage: {}, permit: }}}", ("stage", "permit")),
        ('"on": {workflow_dispatch: {inputs: {fence: {required: true}}}}', ("fence",)),
        ("on: push", None),
        ("on: {workflow_call: {inputs: {stage: {}}}}", None),
        ("jobs: {}", None),
        ("on: {workflow_dispatch: {inputs: ", None),
        ("", None),
        ("- a", None),
    ],
)
def test_the_inputs_of_a_workflow_that_a_request_starts(text, inputs):
    assert dispatch_inputs(text.encode()) == inputs


def test_what_is_no_text_declares_nothing():
    assert dispatch_inputs(b"\xff\xfe\x00") is None


def test_a_fence_is_missed_only_with_a_lock_and_a_permit_only_where_permits_have_names():
    assert lacking((), locked=False, named=False) == ("stage", "freight", "promotion")
    assert lacking(("stage", "freight", "promotion"), locked=True, named=False) == ("fence",)
    assert lacking(("stage", "freight", "promotion", "fence"), locked=True, named=True) == (
        "permit",
    )
    assert (
        lacking(("stage", "freight", "promotion", "fence", "permit"), locked=True, named=True) == ()
    )
