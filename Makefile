# make help lists the targets. Nothing here needs an activated environment.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
SHELL := /bin/sh

PYTHON ?= python3
PERIOD ?= 2023-M09

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check

.PHONY: help report test docs lab texts lock bench-env bench-lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

report: $(STAMP) ## render a period's reports (PERIOD=2023-M09); the last line names the index page
	@$(BIN)/thads run $(PERIOD)

test: $(STAMP) ## lint, formatting, types, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH="$(CURDIR)" $(BIN)/basedpyright --pythonpath $(BIN)/python --verifytypes thads_analysis \
		--ignoreexternal | grep 'score: 100%'
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

# Sphinx reads the whole repository, so that links mean the same here and on a code host.
docs: $(STAMP) ## build the documentation, recipes run included; the last line names the front page
	@$(BIN)/python -m sphinx -q -W --keep-going -c docs -d docs/_build/doctrees . docs/_build/html
	@$(BIN)/python docs/check_built.py docs/_build/html
	@echo docs/_build/html/docs/index.html

lab: $(STAMP) ## open the notebooks in JupyterLab
	@$(BIN)/jupyter-lab --notebook-dir=notebooks

texts: $(STAMP) ## bring the catalogue of translations up to date with the texts of the reports
	@$(BIN)/python tests/catalogue.py

# Keeps the versions that still fit; UPGRADE=1 takes the newest of everything.
# The environment in place serves as it is: the stamp would ask for the very lock that is being made.
lock: | $(BIN)/uv ## make requirements.lock from pyproject.toml (UPGRADE=1 for newest versions)
	$(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 --extra dev \
		--generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade) \
		--output-file requirements.lock pyproject.toml

# What forecasts are measured against asks for pandas below 3, so it lives by itself.
bench-env: .bench-venv/.stamp ## install what benchmarks/forecast.py compares with, in .bench-venv

bench-lock: | $(BIN)/uv ## make benchmarks/requirements.lock from benchmarks/requirements.in
	$(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command 'make bench-lock' $(if $(UPGRADE),--upgrade) \
		--output-file benchmarks/requirements.lock benchmarks/requirements.in

clean: ## remove the environment, caches and builds; keeps data/ and outputs/
	rm -rf $(VENV) .bench-venv build dist docs/_build docs/reference .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

# One stamp stands for the whole environment: locked packages, then this package, editable.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is missing or older than Python 3.11." \
			"Name a newer one: make PYTHON=python3.12 $(or $(MAKECMDGOALS),$@)" >&2; exit 1; }
	@echo "Installing the environment in $(VENV) (a few minutes the first time)" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.bench-venv/.stamp: benchmarks/requirements.lock
	@$(PYTHON) -m venv .bench-venv
	@.bench-venv/bin/python -m pip -qq --disable-pip-version-check install --require-hashes --requirement $<
	@touch $@

$(BIN)/uv:
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install 'uv>=0.9'
