# What one does here. `make help` tells.
# Needed: a Unix with git and Python 3.11 or newer (with venv). The rest goes into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(VENV)/runs
STAMP := $(VENV)/installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ARGS ?=
B ?=
T ?=
SEEDS ?= 2000
N ?= 1000000
M ?= all
FROM ?= 0
API ?= 2022-11-28
PART ?=
# Most of the time goes into the slow tests: a sixteenth of them each day, another one the next.
SIXTEENTH = $(shell expr `date -u +%s` / 86400 % 16 + 1)/16
# Of two cores: while tests wait for a process or a clock, others work; none is left with the last file.
SPREAD := -n 4 --dist worksteal

# Without what Python has compiled, each of the many processes of the tests compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test pushes flows hooked endurance simulate histories fuzz safeguards mutate pythons check format lock bench clean
.DELETE_ON_ERROR:

help: ## tell what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | \
	  while IFS="$$(printf '\t')" read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

demo: $(RUNS) ## watch a change travel through the stages, on this machine only (ARGS=--once: and end)
	@$(BIN)/python -m app sandbox $(ARGS)

test: $(STAMP) ## run the tests, today's sixteenth of the slow ones (PART=1/1: all; T=path/to/test.py: only those; NO_INSTALL=1: no system packages)
	@.ci/needs
	@STAGELOCK_TEST_PART=$(or $(PART),$(if $(T),1/1,$(SIXTEENTH))) $(BIN)/python -m pytest $(SPREAD) -q $(T)

pushes: $(STAMP) ## push every case at the hook, over SSH to gitolite and over HTTP
	@.ci/needs
	@$(BIN)/python -m pytest $(SPREAD) -q --every-push tests/hooks/test_transports.py

flows: $(STAMP) ## run all flows in one version of GitHub's API (API=2022-11-28)
	@.ci/needs
	@STAGELOCK_TEST_API=$(API) $(BIN)/python -m pytest $(SPREAD) -q tests/flows

hooked: $(STAMP) ## run the flows in GitHub's oldest API, the hook before every repository: it lets in our pushes only (PART=1/3: a third)
	@.ci/needs
	@STAGELOCK_TEST_HOOKED=1 STAGELOCK_TEST_PART=$(or $(PART),1/1) STAGELOCK_TEST_API=$(API) $(BIN)/python -m pytest $(SPREAD) -q tests/flows

endurance: $(STAMP) ## kill, push without end, load, hammer and share locks: on real processes, some minutes (ARGS=load: only that)
	@.ci/needs
	@$(BIN)/python -m tests.crash $(ARGS)

simulate: $(STAMP) ## break everything, by seed, and hold the invariants (SEEDS=2000, FROM=0)
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS) --from $(FROM)

histories: $(STAMP) ## play any history of lock requests against the real store (TIMES=20 as many as the tests do)
	@.ci/needs
	@STAGELOCK_TEST_HISTORIES=$(or $(TIMES),20) $(BIN)/python -m pytest -q tests/contracts/test_store_lock_histories.py

fuzz: $(STAMP) ## throw hostile inputs at every parser, by seed (N=1000000, FROM=0)
	@$(BIN)/python -m tests.fuzz $(N) --from $(FROM)

safeguards: $(STAMP) ## take safeguards out of the product: the simulation must fail (M=all)
	@$(BIN)/python -m tests.simulation --mutate $(M)

mutate: safeguards ## that, and change each small thing in what decides: tests must fail (below 2 hours)
	@$(PIP) --require-hashes -r requirements-mutation.txt
	@$(BIN)/python -m tests.mutation --whole $(ARGS)

pythons: ## run the tests of what decides on each supported Python that is found here
	@.ci/pythons

check: $(STAMP) ## style, types, import rules, the App's manifest, the house rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --num-workers auto
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/test_house*.py tests/test_manifest.py

format: $(STAMP) ## put the code into its form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(STAMP) ## pin anew what pyproject.toml names, with hashes (ARGS=--upgrade: the newest versions)
	@$(PIP) 'uv>=0.9,<1'
	@UV=$(BIN)/uv .ci/lock $(ARGS)

bench: $(STAMP) ## measure all of it, below 10 minutes (B=NAME: only that one, see benchmarks/)
	@$(BIN)/python -m benchmarks $(B) $(ARGS)

clean: ## remove what can be made again (the demo's data, caches, .venv)
	@rm -rf $(VENV) .demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What the App needs to run, and then what its developers need besides.
$(RUNS): pyproject.toml requirements.txt
	@command -v git >/dev/null || { echo "git is missing: install the package git" >&2; exit 1; }
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is too old: Python 3.11 or newer is needed (make PYTHON=python3.12)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv is missing: install the package python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "installing what Stagelock needs, as requirements.txt pins it"
	@.ci/install $(BIN)/python requirements.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(STAMP): $(RUNS) requirements-dev.txt requirements-programs.txt
	@echo "installing what the tests need, as requirements-dev.txt pins it"
	@.ci/install $(BIN)/python requirements-dev.txt
	@.ci/install $(BIN)/python requirements-programs.txt --no-deps
	@touch $@
