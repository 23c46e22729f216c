"""What steps make of the keys of YAML files, and what they say where they cannot."""

import pytest

from app.core.model.names import FreightId, GroupName, StageName, WarehouseName
from app.core.model.pipeline import Stage
from app.core.model.renders import RenderRequest, StepProblem
from app.core.model.steps import Copy, CopyKey, Output, Value, YamlSet


def test_content_of_keys_is_the_text_of_the_value(origin, repo):
    outputs = [Output("k.yaml", key) for key in ("tag", "none", "gone")] + [Output("no.yaml", "a")]
    tip = origin.commit({"k.yaml": b"tag: 'v1'\nnone:\n"})

    assert repo.content(tip, outputs) == (
        ("k.yaml#gone", ""),
        ("k.yaml#none", ""),
        ("k.yaml#tag", "v1"),
        ("no.yaml#a", ""),
    )


def test_keys_are_set_from_templates(origin, render, files):
    tip = origin.commit({"stages/dev/k.yaml": b"images:\n- name: web  # it\n  newTag: old\n"})
    template = "${{warehouse.name}}-${{ stage.name }}-${{ freight.short }}"
    step = YamlSet("stages/dev/k.yaml", (("images[name=web].newTag", Value(template)),))
    made = render(step, freight=tip, onto=tip)

    text = files(made)[b"stages/dev/k.yaml"]
    assert text == f"images:\n- name: web  # it\n  newTag: web-dev-{tip[:7]}\n".encode()


def test_keys_are_copied_from_an_upstream(origin, render, files):
    wrote = origin.commit({"stages/dev/k.yaml": b'tag: "1.0"\n'})
    tip = origin.commit({"stages/e2e/k.yaml": b"tag: v0\n"})
    step = CopyKey(StageName("dev"), "stages/dev/k.yaml", "stages/e2e/k.yaml", "tag")
    made = render(step, freight=tip, onto=tip, upstreams={"dev": wrote})

    assert files(made)[b"stages/e2e/k.yaml"] == b'tag: "1.0"\n'


def test_a_later_step_sees_what_an_earlier_one_made(origin, render, files):
    tip = origin.commit({"app/k.yaml": b"tag: v0\n"})
    steps = Copy("app", "stages/dev"), YamlSet("stages/dev/k.yaml", (("tag", Value("v1")),))

    assert files(render(*steps, freight=tip, onto=tip))[b"stages/dev/k.yaml"] == b"tag: v1\n"


def test_a_key_that_is_gone_names_file_key_and_commit(origin, render):
    origin.commit({"stages/dev/k.yaml": b"tag: v1\n"})
    changed = origin.commit({"stages/dev/k.yaml": b"tags: v1\n"})
    tip = origin.commit({"b": b"3"})
    step = YamlSet("stages/dev/k.yaml", (("tag", Value("v2")),))
    problem = render(step, freight=tip, onto=tip)

    assert isinstance(problem, StepProblem)
    assert (problem.file, problem.key, problem.commit) == ("stages/dev/k.yaml", "tag", changed)
    again = render(step, freight=tip, onto=origin.commit({"stages/dev/k.yaml": b"x: 1\n"}))
    assert again.fingerprint != problem.fingerprint


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({"b": b""}, "not there"),
        ({"stages/dev/k.yaml/x": b""}, "no regular file"),
        ({"stages/dev/k.yaml": ("120000", b"/etc/passwd")}, "k.yaml is a symlink, not followed"),
        ({"stages/dev/k.yaml": b"{"}, "not valid YAML"),
    ],
)
def test_what_is_no_yaml_file_is_not_edited(origin, render, files, word):
    tip = origin.commit(files)
    problem = render(YamlSet("stages/dev/k.yaml", (("tag", Value("v2")),)), freight=tip, onto=tip)

    assert isinstance(problem, StepProblem)
    assert word in problem.message


def test_an_unknown_template_is_a_problem_not_a_text(origin, render):
    tip = origin.commit({"stages/dev/k.yaml": b"tag: v1\n"})
    step = YamlSet("stages/dev/k.yaml", (("tag", Value("${{ freight.shaa }}")),))

    assert "freight.shaa" in render(step, freight=tip, onto=tip).message


def test_an_upstream_without_the_key_is_a_problem(origin, render):
    tip = origin.commit({"stages/dev/k.yaml": b"a: 1\n", "stages/e2e/k.yaml": b"tag: v0\n"})
    step = CopyKey(StageName("dev"), "stages/dev/k.yaml", "stages/e2e/k.yaml", "tag")
    problem = render(step, freight=tip, onto=tip, upstreams={"dev": tip})

    assert (problem.file, problem.key) == ("stages/dev/k.yaml", "tag")


ENV = YamlSet("stages/dev/v.yaml", (("env", Value("${{ lock.e2e }}")), ("tag", Value("2"))))
KEYS = (Output("stages/dev/v.yaml", "env"), Output("stages/dev/v.yaml", "tag"))


def granted(repo, tip, permits, kept=None):
    stage = Stage(
        StageName("dev"), WarehouseName("web"), path="stages/dev", steps=(ENV,), outputs=KEYS
    )
    freight = FreightId(WarehouseName("web"), tip)
    return repo.render(
        RenderRequest(StageName("dev"), freight, tip, {}, permits, kept), stage, lambda _: True
    )


def test_a_value_names_the_permit_of_the_grant(origin, repo, files):
    tip = origin.commit({"stages/dev/v.yaml": b"env: none\ntag: 1\n"})
    made = granted(repo, tip, {"e2e": "e2e-2"})
    assert files(made) == {b"stages/dev/v.yaml": b'env: e2e-2\ntag: "2"\n'}


def test_before_a_grant_the_key_stays_as_it_is_in_what_was_brought_last(origin, repo, files):
    before = origin.commit({"stages/dev/v.yaml": b"env: e2e-1\ntag: 1\n"})
    tip = origin.commit({"stages/dev/v.yaml": b"env: none\ntag: 1\n"})
    assert files(granted(repo, tip, {})) == {b"stages/dev/v.yaml": b'env: none\ntag: "2"\n'}
    assert files(granted(repo, tip, {}, before)) == {
        b"stages/dev/v.yaml": b'env: e2e-1\ntag: "2"\n'
    }


def test_a_key_that_is_not_there_is_told_before_the_grant(origin, repo):
    tip = origin.commit({"stages/dev/v.yaml": b"tag: 1\n"})
    made = granted(repo, tip, {})
    assert isinstance(made, StepProblem)
    assert made.key == "env"


def test_what_is_restored_names_the_permit_of_its_own_grant(origin, repo, files):
    tip = origin.commit({"stages/dev/v.yaml": b"env: e2e-1\ntag: 1\n"})
    then = repo.content(tip, KEYS)
    stage = Stage(
        StageName("dev"), WarehouseName("web"), path="stages/dev", steps=(ENV,), outputs=KEYS
    )
    request = RenderRequest(
        StageName("dev"), FreightId(WarehouseName("web"), tip), tip, {}, {GroupName("e2e"): "e2e-2"}
    )
    assert files(repo.restore(request, stage, then)) == {
        b"stages/dev/v.yaml": b"env: e2e-2\ntag: 1\n"
    }
