# Everything starts from nothing: each target first sets up what it needs, once, with any Python from 3.11 on.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup up down check test soak bench reference

help:
	@echo "make setup   .venv with the pinned packages, and a Pulumi CLI"
	@echo "make up      deploy the sandbox stack and prove it (V=1 shows all output)"
	@echo "make down    remove what make up made"
	@echo "make test    all tests"
	@echo "make check   lint, format, types, import rules, and that what is generated is current"
	@echo "make soak    the long random runs in full (SEED=n repeats one, MINUTES=90 bounds it)"
	@echo "make bench   the figures"
	@echo "make reference  write the schemas and the README.md of stacks/ anew"

setup:
	@$(PYTHON) -m toolchain setup

up:
	@$(PYTHON) -m toolchain up

down:
	@$(PYTHON) -m toolchain down

check: setup
# Without ruff's cache, which does not notice that a folder has become a package, and then passes imports that it would refuse.
	$(BIN)/ruff check --no-cache
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m model --check

reference: setup
	$(BIN)/python -m model

test: setup
	@$(PYTHON) -m toolchain browser
# A file of tests stays together: what it shares is made once. Many wait for a server or the engine, so there are more workers than cores.
	$(BIN)/pytest -n $$((2 * $$(getconf _NPROCESSORS_ONLN))) --dist loadfile --no-loadscope-reorder

soak: setup
	@$(BIN)/python -m tests.soak $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES))

bench: setup
	@set -e; for script in benchmarks/[a-z]*.py; do $(BIN)/python -m benchmarks.$$(basename $$script .py); done
