# Every way to start something. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PROJECTS := $(wildcard libs/*/pyproject.toml services/*/pyproject.toml tools/*/pyproject.toml)
PACKAGES := $(patsubst %/pyproject.toml,%,$(PROJECTS))
SOURCES := $(addsuffix /src,$(PACKAGES))
TESTS := $(shell find $(wildcard $(addsuffix /tests,$(PACKAGES)) tests) -name '*.py')
BENCHMARKS := $(shell find benchmarks -name "*.py" -not -name "*_consumer.py")
STAMP := .venv/.installed
DEVSTACK := $(BIN)/python -m zavhoz_devstack

.PHONY: help setup lock demo tour up down logs images check test test-all sabotage chaos bench docs samples screenshots format clean

help: ## list what one can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## install everything into .venv (done by the others when needed)

$(STAMP): requirements.lock pyproject.toml $(PROJECTS) scripts/setup.sh
	@scripts/setup.sh
	@touch $@

# How the demo and the tour run, for example: make tour UPDATES=webhook GATEWAYS=2 STORAGE=s3
UPDATES ?= polling
GATEWAYS ?= 1
STORAGE ?= folder
STACK := --updates $(UPDATES) --gateways $(GATEWAYS) --storage $(STORAGE)

# Whether the demo begins with two weeks of requests: SEED=0 for an empty one.
SEED ?= 1

demo: $(STAMP) ## run everything until Ctrl-C, with a stand-in for Telegram and its chat page; SEED=0: without requests
	@exec $(DEVSTACK) --end-with-parent demo --seed $(SEED) $(STACK)

tour: $(STAMP) ## play one request through everything and print who saw what; IN=compose: with real images in Compose
	@exec $(DEVSTACK) --end-with-parent tour $(STACK) $(if $(IN),--in $(IN))

up: $(STAMP) ## run everything in the background with your bot (BOT_TOKEN); DEMO=1: with a stand-in for Telegram
	@exec $(DEVSTACK) up $(if $(DEMO),--demo --seed $(SEED))

down: $(STAMP) ## end what make up has started
	@exec $(DEVSTACK) down

logs: $(STAMP) ## follow the log of what make up has started
	@exec $(DEVSTACK) logs

IMAGES := gateway requests notifier files sandbox
export ZAVHOZ_SOURCE ?= $(shell git config --get remote.origin.url 2>/dev/null)
export ZAVHOZ_REVISION ?= $(shell git rev-parse HEAD 2>/dev/null)
images: ## build the images of the services and the stand-in with Docker
	@for image in $(IMAGES); do \
	    docker build --target $$image --tag zavhoz-$$image:$${ZAVHOZ_VERSION:-local} \
	        --build-arg SOURCE="$$ZAVHOZ_SOURCE" --build-arg REVISION="$$ZAVHOZ_REVISION" \
	        --build-arg VERSION="$${ZAVHOZ_VERSION:-local}" .; \
	done

CHECKS := formatting lint types imports dependencies security scripts images schemas texts docs
check: $(STAMP) ## formatting, lint, types, import rules, dependencies, security, scripts, images, schemas, texts, docs
	@$(MAKE) --keep-going --jobs=$$(nproc) --output-sync=target $(addprefix check-,$(CHECKS))
	@echo "make check: clean"

.PHONY: $(addprefix check-,$(CHECKS))
check-formatting:
	@$(BIN)/ruff format --quiet --diff .
check-lint:
	@$(BIN)/ruff check --quiet .
check-types:
	@$(BIN)/mypy --no-error-summary $(SOURCES) $(TESTS) $(BENCHMARKS) conftest.py scripts infra/images
check-imports:
	@out=$$($(BIN)/lint-imports 2>&1) || { echo "$$out"; exit 1; }
check-dependencies:
	@for package in $(PACKAGES); do \
	    out=$$(cd $$package && $(CURDIR)/$(BIN)/deptry src 2>&1) || { echo "$$package: $$out"; failed=1; }; \
	done; exit $${failed:-0}
check-security:
	@out=$$($(BIN)/bandit --quiet --recursive $(SOURCES) 2>&1) || { echo "$$out"; exit 1; }
check-scripts:
	@$(BIN)/shellcheck .ci/run scripts/*.sh infra/*/*.sh infra/*/*/*.sh
check-images:
	@$(BIN)/hadolint Dockerfile
check-schemas:
	@$(BIN)/python -m zavhoz_contracts.schemas check
check-texts:
	@$(BIN)/python -m zavhoz_telegram.texts

check-docs:
	@$(BIN)/python -m scripts.docs check

docs: $(STAMP) ## write the pages of docs/ that are made from the code
	@$(BIN)/python -m scripts.docs write

# Of a family of long tests one runs in `make test`; those marked `exhaustive` are the others.
test: MARKED := not exhaustive
test: $(STAMP) ## what proves it: unit, integration and whole-system tests and injected faults, with coverage
test-all: $(STAMP) ## every test there is, those that take long too (an hour)
test-all: export HYPOTHESIS_PROFILE = explore
test test-all:
	@$(DEVSTACK) install
	@$(BIN)/coverage erase
	@status=0; $(BIN)/coverage run -m pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder -m "$(MARKED)" $(PYTEST) || status=$$?; \
	$(BIN)/coverage combine --quiet; \
	[ $$status -ne 0 ] || $(BIN)/coverage report || status=$$?; \
	exit $$status

sabotage: $(STAMP) ## break the code on purpose, one way at a time, and show the test that notices; ONLY=relay (26 minutes)
	@$(DEVSTACK) install
	@$(BIN)/python -m scripts.sabotage $(if $(ONLY),--only "$(ONLY)")

chaos: $(STAMP) ## let people work while everything is killed (KILLS=20 SECONDS=0 COMMANDS=1000 SEED=…), and audit it
	@$(DEVSTACK) install
	@exec $(DEVSTACK) --end-with-parent chaos $(if $(KILLS),--kills $(KILLS)) $(if $(SECONDS),--seconds $(SECONDS)) \
	    $(if $(COMMANDS),--commands $(COMMANDS)) $(if $(filter command environment,$(origin SEED)),--seed $(SEED))

bench: $(STAMP) ## measure beside peers and limits; ONLY=flow, consumers, answer, gateway, idle, backlog, page or scale (idle machine, a quarter of an hour)
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(ROUNDS),--rounds $(ROUNDS))

format: $(STAMP) ## format the code and mend what the linter can mend
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format --quiet .

lock: $(STAMP) ## write requirements.lock again from the pyproject.toml files
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	    --annotation-style=line --custom-compile-command "make lock" --output-file requirements.lock \
	    --group dev pyproject.toml $(PROJECTS) \
	    $(foreach package,$(PACKAGES),--no-emit-package zavhoz-$(notdir $(package)))
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	    --no-annotate --custom-compile-command "make lock" \
	    --output-file benchmarks/peers/requirements.lock benchmarks/peers/requirements.in
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	    --no-annotate --custom-compile-command "make lock" \
	    --output-file scripts/samples/requirements.lock scripts/samples/requirements.in

screenshots: $(STAMP) ## take the pictures in docs/images again: of the chat page, and of the guide
	@$(DEVSTACK) install
	@$(BIN)/python -m scripts.screenshots
	@$(BIN)/python -m scripts.guide

SAMPLES := .venv/samples
samples: $(STAMP) ## draw the sample photos and films of the stand-in again (a quarter of an hour; needs espeak-ng)
	@[ -x $(SAMPLES)/bin/python ] || UV_SYSTEM_CERTS=1 $(BIN)/uv venv --quiet --python $(BIN)/python $(SAMPLES)
	@UV_SYSTEM_CERTS=1 $(BIN)/uv pip install --quiet --python $(SAMPLES)/bin/python --require-hashes -r scripts/samples/requirements.lock
	@nice $(SAMPLES)/bin/python -m scripts.samples $(ONLY)

clean: ## remove .venv, caches and what stacks have left in var/, but for the data of make up
	@[ ! -d var ] || find var -mindepth 1 -maxdepth 1 ! -name 'up*' -exec rm -rf {} +
	@rm -rf .venv .coverage .coverage.* htmlcov .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
