"""What somebody who carries on looks for at the root: it is there, it is read, and it says the same as CI."""

import configparser
import re
import tomllib

import pytest
import yaml

from tests.repository import ROOT, text_of, tracked

FORMS = ".github/ISSUE_TEMPLATE"
MAKES = re.compile(r"^\s*(make [a-z]+)", re.MULTILINE)


def test_the_licence_is_the_one_that_the_package_names():
    project = tomllib.loads(text_of("pyproject.toml"))["project"]

    assert project["license-files"] == ["LICENSE"]
    assert (project["license"], "Apache License" in text_of("LICENSE")) == ("Apache-2.0", True)


@pytest.mark.parametrize("form", ["bug.yml", "idea.yml"])
def test_a_form_for_issues_asks_something_and_has_all_that_github_requires(form):
    """https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-issue-forms"""
    made = yaml.safe_load(text_of(f"{FORMS}/{form}"))

    assert made.keys() >= {"name", "description", "body"}
    names = [field["id"] for field in made["body"]]
    assert len(names) == len(set(names)) > 0
    for field in made["body"]:
        assert field["type"] in {"input", "textarea", "dropdown", "checkboxes"}
        assert field["attributes"]["label"]


def test_every_form_is_read_here():
    forms = {name for name in tracked() if name.startswith(FORMS)}

    assert forms == {f"{FORMS}/{name}.yml" for name in ("bug", "idea", "config")}
    assert yaml.safe_load(text_of(f"{FORMS}/config.yml"))["contact_links"]


def test_a_pull_request_is_asked_for_what_contributing_asks_for():
    asked = re.findall(r"^- \[ \] (.+)$", text_of(".github/pull_request_template.md"), re.MULTILINE)

    assert len(asked) >= 3
    for name in re.findall(r"`([\w./]+\.md)`", "\n".join(asked)):
        assert (ROOT / name).is_file()


def test_every_kind_of_dependency_is_updated():
    updates = yaml.safe_load(text_of(".github/dependabot.yml"))["updates"]
    places = {each["package-ecosystem"]: each["directory"].strip("/") for each in updates}

    assert places.keys() == {"pip", "github-actions", "docker"}
    assert all((ROOT / place).is_dir() for place in places.values())
    assert any((ROOT / places["docker"]).glob("*Dockerfile*"))


def test_editors_are_told_the_lengths_that_the_formatter_has():
    editors = configparser.ConfigParser()
    editors.read_string("[top]\n" + text_of(".editorconfig"))
    ruff = tomllib.loads(text_of("pyproject.toml"))["tool"]["ruff"]

    assert editors["*.py"]["max_line_length"] == str(ruff["line-length"])
    assert editors["Makefile"]["indent_style"] == "tab"


def test_a_commit_is_checked_as_make_check_does():
    [hooks] = [
        repo["hooks"] for repo in yaml.safe_load(text_of(".pre-commit-config.yaml"))["repos"]
    ]
    check = re.split(r"^check:", text_of("Makefile"), flags=re.MULTILINE)[1].split("\n\n")[0]
    entries = " ".join(hook["entry"] for hook in hooks)

    for program in ("ruff check", "ruff format", "mypy", "lint-imports", "tests/test_house*.py"):
        assert program in entries, program
        assert program in check, program


def test_a_fork_runs_what_ci_runs():
    """`.ci/run` is the one list; beside it a workflow runs only what is too long for every change."""
    jobs = yaml.safe_load(text_of(".github/workflows/tests.yml"))["jobs"]
    runs = {
        name: [step["run"] for step in job["steps"] if "run" in step] for name, job in jobs.items()
    }
    listed = set(MAKES.findall(text_of(".ci/run")))

    assert runs["everything"] == [".ci/run"]
    assert listed >= {"make check", "make test", "make simulate", "make safeguards"}
    for name, commands in runs.items():
        assert name == "everything" or set(MAKES.findall("\n".join(commands))) <= listed, name
