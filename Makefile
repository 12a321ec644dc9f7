# Every target does its own set-up; nothing but Python 3.11 is expected on the machine.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: run test check generate local bench clean
.DEFAULT_GOAL := run

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(READY)

run: $(READY)  ## replay thirty recorded days through all six services
	$(BIN)/ballast replay --out out/replay

test: check  ## every check and every test
	$(BIN)/pytest --numprocesses auto --cov --cov-report=term:skip-covered

check: $(READY)  ## style, types, import contracts, generated code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/python tests/generated.py
	$(BIN)/python tests/compiled.py

generate: $(READY)  ## the gRPC code from proto/
	$(BIN)/python tests/generated.py --write

local: $(READY)  ## a deposit and its withdrawal over real sockets, against a loopback exchange
	$(BIN)/ballast local

bench: $(READY)  ## ratios against named references; takes some minutes
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv out
