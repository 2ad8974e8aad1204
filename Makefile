# Everything a developer or a user of a checkout types. `make help` lists it.

PYTHON ?= python3
BIN    := .venv/bin
CODE   := src tests $(wildcard benchmarks)
LOCK   := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
          --no-header --no-emit-index-url --no-annotate

# Tests and benchmarks start hundreds of programs; without it, each translates all of its modules.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup serve test coverage check format bench soak docs lock

help:            ## list the targets
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*## /	/' | expand -t 10

setup: .venv/dev.stamp  ## make .venv with everything that tests and checks need

serve: .venv/run.stamp  ## run a registry on http://localhost:5000, data in ./data
	$(BIN)/longshore serve

test: setup      ## run the tests
	$(BIN)/pytest -n auto --dist loadscope --no-loadscope-reorder $(ARGS)

coverage: setup  ## show what the tests leave out of the words and the rules: nothing
	CI=true $(BIN)/coverage run -m pytest -q tests/oci tests/registry tests/delivery tests/storage \
		tests/server tests/api
	$(BIN)/coverage report

check: setup     ## formatting, lint, types, layers, known holes
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports
	$(BIN)/pip-audit --progress-spinner off --require-hashes --disable-pip --requirement requirements.lock

format: setup    ## format the code and mend what ruff can mend
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

bench: setup     ## compare with other registries on this machine
	$(BIN)/python -m benchmarks $(ARGS)

soak: setup      ## the long runs: crashes, fuzzing, full disks
	$(BIN)/pytest -m soak $(ARGS)

docs: setup      ## write docs/configuration.md from the settings
	$(BIN)/python -m longshore config reference > docs/configuration.md

lock:            ## pin the newest versions that fit (needs uv)
	$(LOCK) --upgrade requirements.in -o requirements.lock
	$(LOCK) --upgrade requirements-dev.in -o requirements-dev.lock

# A stamp is as old as the lock it was installed from: nothing changed, nothing done.
.venv/run.stamp: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	touch $@
