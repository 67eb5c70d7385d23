# Everything a person does with this project.  Needs Python 3.11 or newer and make; nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
DEMO_ARGS ?=
TEST_ARGS ?=
SOAK_ARGS ?=
SOURCES := bot console content handlers migrations platforms registry scheduler tests tools

.DEFAULT_GOAL := help
.PHONY: help demo run install test lint check format types runtime bench growth soak mutants browser screenshots lock clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */  make \1\t/' | expand -t 22

demo: $(VENV)/.runtime  ## install what the program needs and serve the demo on http://127.0.0.1:8080
	@$(BIN)/ocopbot demo $(DEMO_ARGS)

run: $(VENV)/.runtime  ## run the bot as config.yaml and the environment say
	@$(BIN)/ocopbot run

install: $(VENV)/.runtime  ## install the run-time packages into .venv

test: $(VENV)/.development browser  ## all that CI runs: ruff, format, import contracts, mypy, tests (about 11 minutes on 2 cores)
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n 3 --dist loadgroup --durations 12 $(TEST_ARGS)
	@sh tools/browser.sh report

lint: $(VENV)/.development check  ## linter, format, import contracts, strict types

check:
	@$(BIN)/ruff check --quiet $(SOURCES)
	@$(BIN)/ruff format --check --quiet $(SOURCES) || { echo "Some files are not formatted. Run: make format"; exit 1; }
	@$(BIN)/lint-imports
	@$(BIN)/mypy

format: $(VENV)/.development  ## put the code into shape
	@$(BIN)/ruff check --fix --quiet $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

runtime: $(VENV)/.development  ## start the program once from the run-time lock alone, on SQLite and on PostgreSQL
	@$(MAKE) --no-print-directory install VENV=.venv-runtime
	@$(BIN)/python tools/runtime_start.py .venv-runtime

bench: $(VENV)/.development  ## measure; figures go into docs/figures.md with their date
	@$(BIN)/python tools/bench.py

growth: $(VENV)/.development  ## measure each unit of work beside 1,000 and 100,000 people
	@$(BIN)/python tools/growth.py

soak: $(VENV)/.development  ## the long crash, fuzz and clock runs
	@$(BIN)/python tools/soak.py $(SOAK_ARGS)

mutants: $(VENV)/.development  ## change the code by hand, line by line, and see that a test notices each
	@$(BIN)/python tools/mutants.py

screenshots: $(VENV)/.development browser  ## make the pictures of docs/images anew
	@$(BIN)/python tools/screenshots.py

browser:
	@sh tools/browser.sh install

lock:  ## write the lock files anew (needs uv)
	uv pip compile pyproject.toml --extra postgres --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --group dev --extra postgres -c requirements.lock --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate -q -o requirements-dev.lock

clean:  ## remove what was installed and built; data in var/ stays
	rm -rf $(VENV) .venv-runtime .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Try: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock requirements-build.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing the run-time packages into $(VENV) …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --require-hashes -r requirements-build.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.development: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing the development packages into $(VENV) …"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
