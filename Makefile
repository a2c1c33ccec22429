# Everything a newcomer needs is `make demo` and `make test`; each sets up .venv by itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.ready
DEV_READY := $(VENV)/.ready-dev

# What is compiled, and what says how.
COMPILED := setup.py bot/hub/scanner.pyx $(wildcard bot/hub/scanned_*.pxi)

.PHONY: demo test bench chaos lock clean

demo: $(RUN_READY)
	@$(BIN)/hubshift demo
	@$(BIN)/hubshift gallery

test: $(DEV_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --numprocesses auto --maxprocesses 5 --dist worksteal

# SIZES=100k,1M makes it short; tests/bench/table.py says what else can be chosen.
bench: export SIZES := $(SIZES)
bench: export CHURN := $(CHURN)
bench: export PARTIES := $(PARTIES)
bench: export ROUNDS := $(ROUNDS)
bench: export YEARS := $(YEARS)
bench: export KEEP := $(KEEP)
bench: export INTAKE := $(INTAKE)
bench: $(DEV_READY)
	$(BIN)/pytest -o addopts= -o timeout=0 --benchmark-only --benchmark-columns=min,median,max,rounds tests/bench
	$(BIN)/python -m tests.bench.table

# What takes too long for every change: 10,000 kills, a million steps against the model, 10,000
# mutated requests, 100,000 lines that nobody should type.
chaos: $(DEV_READY)
	HUBSHIFT_TEST_KILLS=10000 HUBSHIFT_TEST_STEPS=1000000 HUBSHIFT_TEST_REQUESTS=10000 \
		HUBSHIFT_TEST_LINES=100000 $(BIN)/pytest -o timeout=0 tests/test_delivery_crashes.py \
		tests/test_outbox_model.py tests/test_slack_mutated.py tests/test_fuzzed_lines.py

# uv resolves for every platform at once; the locks hold versions and hashes, no addresses.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra build pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf build bot/hub/scanner.c bot/hub/*.so
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
		echo "Hubshift needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is not one of them." \
			"Name another: make PYTHON=python3.13 demo" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(RUN_READY): requirements.lock pyproject.toml $(COMPILED) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(DEV_READY): requirements-dev.lock pyproject.toml $(COMPILED) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
