"""What this repository promises about itself, beyond what the linters can say."""

import ast
import functools
import re
import subprocess
import sys
import tomllib
from itertools import product

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.__main__ import COMMANDS
from tests.repository import ROOT, text_of, tracked

LINES_OF_A_FILE = 300
LINES_OF_A_FUNCTION = 40

LONG_FILES = {
    "tests/": (
        360,
        "a test file grows with its subject and is read one test at a time; above, it has two",
    ),
}
"""By path, or by a folder's prefix: how many lines it may have, and why."""

LONG_FUNCTIONS = {
    "app/engine/survey/survey.py:_answer": "a case a question, and nothing else",
    "app/sql/schema/migrations/": "the tables of one version, listed in the order of their making",
    "app/sandbox/github/payloads/": "one literal document in the shape that GitHub publishes",
}
"""By ``path:function``, or by a folder's prefix: why it may be longer."""

DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"]


@functools.cache
def functions(name):
    """Each function's name and length, without its docstring and the functions inside it."""
    return list(_functions(name))


def _functions(name):
    for node in ast.walk(ast.parse(text_of(name))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = [
                lines_of(one)
                for one in ast.walk(node)
                if isinstance(one, ast.FunctionDef) and one is not node and one in node.body
            ]
            contract = lines_of(node.body[0]) if ast.get_docstring(node) is not None else 0
            assert node.end_lineno is not None
            yield node.name, node.end_lineno - node.lineno + 1 - contract - sum(inner)


def lines_of(node):
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
    return node.end_lineno - first + 1


def most_lines(name):
    known = [lines for prefix, (lines, _) in LONG_FILES.items() if name.startswith(prefix)]
    return max(known, default=LINES_OF_A_FILE)


def test_files_stay_short():
    long = [
        f"{name}: {lines} lines"
        for name in tracked(".py")
        if (lines := text_of(name).count("\n")) > most_lines(name)
    ]

    assert long == []


def test_functions_stay_short():
    long = [
        f"{name}:{function}: {lines} lines"
        for name in tracked(".py")
        for function, lines in functions(name)
        if lines > LINES_OF_A_FUNCTION
        and not any(f"{name}:{function}".startswith(known) for known in LONG_FUNCTIONS)
    ]

    assert not long, "\n".join(long)


def test_exceptions_from_the_lengths_are_still_needed():
    """Else the tables would collect leave for files that nobody looks at any more."""
    known = [f"{name}:{function}" for name in tracked(".py") for function, _ in functions(name)]
    long = [name for name in tracked(".py") if text_of(name).count("\n") > LINES_OF_A_FILE]

    for prefix, names in [*product(LONG_FUNCTIONS, [known]), *product(LONG_FILES, [long])]:
        assert any(name.startswith(prefix) for name in names), prefix


def test_nothing_is_left_for_later():
    """No marks of unfinished work, no tests that do not run, no silenced checkers without a code."""
    marks = "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3 + r"\b", "NotImplemented" + "Error"])
    never = re.compile(
        rf"\b(?:{marks})|mark\.(?:skip|xfail)|type: ignore(?!\[)|# noqa(?!:)|pytest\.skip\("
    )
    found = [
        f"{name}:{number}: {line.strip()}"
        for name in tracked(".py")
        if name != "tests/test_house.py"
        for number, line in enumerate(text_of(name).splitlines(), 1)
        if never.search(line)
    ]

    assert found == []


def test_no_machine_of_ours_is_named():
    """Paths of a developer's machine and addresses of package registries age, and tell too much."""
    folders = "|".join(["wo" + "rk", "ro" + "ot", "tmp/br" + "ief", "opt/py" + "pi"])
    hosts = "|".join([r"py" + r"pi\.org", r"python" + r"hosted\.org", r"npm" + r"js\.(?:org|com)"])
    never = re.compile(rf"(?<![\w.}}*/-])/(?:{folders})/|\b(?:{hosts})\b")
    found = [
        f"{name}:{number}"
        for name in tracked()
        if not name.startswith("tests/data/")
        for number, line in enumerate(text_of(name).splitlines(), 1)
        if never.search(line)
    ]

    assert found == []


def test_importing_the_core_costs_nothing_it_does_not_need():
    """The hook and the linter start with it; re2 is imported when a pattern is compiled."""
    modules = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in tracked(".py")
        if name.startswith("app/core/")
    ]
    script = (
        f"import sys, {', '.join(modules)}\n"
        "print(*{'socket', 'subprocess', 'urllib.request'} & set(sys.modules),"
        " *{name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names))"
    )

    done = subprocess.run(
        [sys.executable, "-S", "-c", _with_packages(script)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    of_yaml = {"yaml", "_yaml", "cython_runtime"}
    found = {name for name in done.stdout.split() if not name.startswith("_cython_")}
    assert found <= {"__main__", "app"} | of_yaml


def _with_packages(script):
    """Started without `site`, whose own imports (of editable installs) are not the core's."""
    return f"import sys; sys.path += {[path for path in sys.path if path]!r}\n{script}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_documents_that_people_look_for_are_there(name):
    assert (ROOT / name).is_file()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command):
    guides = [name for name in tracked(".md") if name == "README.md" or name.startswith("docs/")]

    assert any(f"stagelock {command}" in text_of(name) for name in guides)


def test_every_test_that_the_architecture_and_the_rules_name_exists():
    """A renamed test must not leave a hollow promise."""
    papers = text_of("ARCHITECTURE.md") + text_of("docs/behaviour.md")
    named = set(re.findall(r"\b(test_[a-z0-9_]+)\b(?!\.py)", papers))
    known = {
        function
        for name in tracked(".py")
        if name.startswith("tests/")
        for function, _ in functions(name)
    }

    assert named - known == set()
    assert named


def locked(name):
    """The requirements of a lock file, each with its hashes."""
    text = re.sub(r"^#.*\n", "", text_of(name), flags=re.MULTILINE)
    for block in re.split(r"\n(?=\S)", text.strip()):
        first, *hashes = block.split(" \\\n")
        yield Requirement(first), [line.strip() for line in hashes]


LOCKS = {
    "requirements.txt": ["build"],
    "requirements-dev.txt": ["build", "dev"],
    "requirements-mutation.txt": ["build", "dev", "mutation"],
}


PROGRAMS = "requirements-programs.txt"


@pytest.mark.parametrize("name", [*LOCKS, PROGRAMS])
def test_a_lock_file_pins_each_package_by_its_hashes_and_names_no_address(name):
    assert "://" not in text_of(name)
    for package, hashes in locked(name):
        assert re.fullmatch(r"==[0-9][0-9A-Za-z.+!]*", str(package.specifier)), package
        assert hashes, package
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes), package


@pytest.mark.parametrize(("name", "extras"), LOCKS.items())
def test_a_lock_file_has_what_pyproject_names_in_a_version_that_it_allows(name, extras):
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    wanted = list(project["dependencies"])
    wanted += [line for extra in extras for line in project["optional-dependencies"][extra]]
    pinned = {canonicalize_name(package.name): package for package, _ in locked(name)}

    for requirement in map(Requirement, wanted):
        [exact] = pinned[canonicalize_name(requirement.name)].specifier
        assert requirement.specifier.contains(exact.version), requirement


def test_the_programs_are_pinned_without_what_their_wrappers_need():
    groups = tomllib.loads(text_of("pyproject.toml"))["dependency-groups"]
    wanted = {Requirement(line).name: Requirement(line) for line in groups["programs"]}
    pinned = {package.name: package for package, _ in locked(PROGRAMS)}

    assert pinned.keys() == wanted.keys()
    for name, package in pinned.items():
        [exact] = package.specifier
        assert wanted[name].specifier.contains(exact.version), name


def test_all_lock_files_agree():
    every: dict = {}
    for name in LOCKS:
        for package, hashes in locked(name):
            pinned = (package.specifier, hashes)
            assert every.setdefault(package.name, pinned) == pinned


def test_make_tells_what_it_can_do():
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)

    for target in ("demo", "test", "check", "bench", "clean"):
        assert f"make {target} " in done.stdout


def test_every_page_is_listed_where_the_documents_begin():
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", text_of("docs/README.md")))

    assert listed == {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}


def commands_of(workflow):
    for job in yaml.safe_load(text_of(workflow))["jobs"].values():
        for step in job["steps"]:
            yield from step.get("run", "").splitlines()


def test_a_forks_workflow_runs_what_there_is():
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    workflows = [name for name in tracked(".yml") if name.startswith(".github/workflows/")]

    commands = [line.split() for name in workflows for line in commands_of(name)]

    assert [".ci/run"] in commands
    for first, *rest in commands:
        assert (first == "make" and rest[0] in targets) or (ROOT / first).is_file()


def test_the_workflow_tries_the_versions_of_python_that_we_name():
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    jobs = yaml.safe_load(text_of(".github/workflows/tests.yml"))["jobs"]

    assert jobs["pythons"]["strategy"]["matrix"]["python"] == named
    assert " ".join(named) in text_of(".ci/pythons")


WRITES = re.compile(r"\bsys\.std(?:out|err)\.write|\bprint\(")
WRITERS = {
    "app/cli/out.py": "the terminal's sink stands here",
    "app/cli/serve.py": "one line of our own address, for programs",
    "app/startup.py": "one line, through the sink",
    "app/hook/main.py": "ASCII only, made by `app/core/protection/refusals`",
}


def test_what_goes_to_a_terminal_passes_its_sink():
    """Names of files and checks are other people's: ESC and U+202E must not act on a terminal."""
    past = [
        name for name in tracked(".py") if name.startswith("app/") and WRITES.search(text_of(name))
    ]

    assert sorted(past) == sorted(WRITERS)


def borrowed(name):
    """What a module imports from modules of tests, or such a module itself."""
    for node in ast.walk(ast.parse(text_of(name))):
        if isinstance(node, ast.ImportFrom):
            asked = [node.module or "", *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Import):
            asked = [alias.name for alias in node.names]
        else:
            continue
        if any(part.startswith("test_") for one in asked for part in one.split(".")):
            yield f"{name}:{node.lineno}: {ast.unparse(node)}"


def test_nothing_is_borrowed_from_a_module_of_tests():
    """What several need has a module of its own, whose name says what it holds."""
    found = [line for name in tracked(".py") for line in borrowed(name)]

    assert found == []
