# Everything below works on a fresh Debian 12 as root, and on any machine with Python 3.11 or later and a Docker engine.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# What `make demo` and `make test` build on. An engine that has or can pull these is used as it is.
DEMO_IMAGES := alpine:latest golang:1.13
TEST_IMAGES := $(DEMO_IMAGES) busybox:latest gcc:12 debian:bookworm-slim
SAMPLE_IMAGES := $(TEST_IMAGES) node:20 openjdk:17 python:3.11-slim nginx:alpine
# More for pytest: make test PYTEST_ARGS='-k canonical --update'
PYTEST_ARGS ?=
FUZZ_ARGS ?=
BENCH_ARGS ?=
MUTANTS_ARGS ?= --set dockerfile --sample 100
PROFILE_ARGS ?=
# Another base: make image IMAGE_ARGS='--build-arg PYTHON=python:3.13'
IMAGE_ARGS ?=

.PHONY: help setup demo test test-batch test-cases test-podman test-rootless test-buildah test-faults test-split lint typecheck format fuzz fuzz-calls fuzz-plain bench bench-audit bench-snapshots profile lock clean engine-up engine-down
.PHONY: docs wheel test-package test-fabric image fuzz-hostile mutants audit-dependencies sbom

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

setup: $(READY) ## the development environment in .venv, from the lock file

$(READY): pyproject.toml requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## convert samples/http-server, build both ways, compare
	@scripts/engine up $(DEMO_IMAGES)
	@exports=$$(scripts/engine env); eval "$$exports"; \
	  $(BIN)/migrator convert samples/http-server; \
	  $(BIN)/migrator verify samples/http-server

test: lint typecheck ## lint, types and all tests, on the classic builder and on BuildKit
	@scripts/engine up --both $(TEST_IMAGES)
	@scripts/browser
	@exports=$$(scripts/engine env); eval "$$exports"; code=0; \
	  $(if $(PYTEST_ARGS),$(BIN)/pytest $(PYTEST_ARGS),scripts/tests $(BIN)/pytest) || code=$$?; \
	  if [ $$code -eq 5 ]; then echo 'make test: no test was collected, which is not a pass' >&2; fi; \
	  exit $$code

test-cases: setup ## every case of the table, built both ways by each builder that it names, and what is left of its script: two hours
	@scripts/engine up --both alpine:latest golang:1.13 debian:bookworm-slim
	@exports=$$(scripts/engine env); eval "$$exports"; \
	  MIGRATOR_EVERY_CASE=1 $(BIN)/pytest tests/repository/test_patches.py tests/engine/test_cases_engine.py tests/engine/test_leftover_engine.py \
	    tests/engine/test_shown_commands_engine.py \
	    tests/engine/test_samples_verified.py tests/verify/test_repair.py tests/verify/test_side_by_side.py \
	    tests/verify/test_interruption.py tests/verify/test_names.py tests/verify/test_hostile_images.py tests/verify/test_archive.py $(PYTEST_ARGS)

test-podman: setup ## what every engine must do, and a third of the table both ways, on podman: half an hour
	@scripts/engine podman alpine:latest
	@exports=$$(scripts/engine env --podman); eval "$$exports"; \
	  MIGRATOR_EVERY_SPLIT=1 $(BIN)/pytest tests/split tests/engine/test_opening.py tests/engine/test_conformance.py tests/engine/test_podman.py tests/engine/test_cases_podman.py tests/engine/test_samples_verified.py tests/verify -k podman $(PYTEST_ARGS)

test-buildah: setup ## the same of buildah alone, with no podman on the PATH, and its copies against docker's and podman's: half an hour
	@scripts/engine up alpine:latest
	@scripts/engine podman alpine:latest
	@exports=$$(scripts/engine env); eval "$$exports"; exports=$$(scripts/engine env --podman); eval "$$exports"; \
	  $(BIN)/pytest tests/engine/test_conformance.py tests/engine/test_buildah.py tests/engine/test_buildah_copies.py tests/engine/test_buildah_runs.py tests/engine/test_samples_verified.py \
	    tests/verify -k buildah $(PYTEST_ARGS)

test-rootless: setup ## the same for a podman of a user without rights: what every engine must do, teeth, privacy, cases on owners and modes; ten minutes
	@scripts/engine podman --rootless alpine:latest
	@scripts/engine rootless $(CURDIR)/$(BIN)/python -m pytest -p no:cacheprovider tests/engine/test_conformance.py tests/engine/test_podman.py \
	  tests/engine/test_cases_podman.py tests/engine/test_samples_verified.py tests/verify/test_teeth.py tests/verify/test_privacy.py \
	  -k 'podman and not buildah and (not cases_podman or owner or keeps-its-mode or mode-bits or set-uid or links or top-folder) and (not sample_on or make-targets or bind-mount)' $(PYTEST_ARGS)

test-faults: setup ## every fault of a batch: 20 kills, a million files, repositories that hang, fork and fill the disk
	@scripts/engine up alpine:latest
	@exports=$$(scripts/engine env); eval "$$exports"; \
	  MIGRATOR_EVERY_FAULT=1 $(BIN)/pytest tests/organisation $(PYTEST_ARGS)

test-batch: setup ## every sample and case in one batch with real verification, and its report in .audit/batch: an hour
	@scripts/engine up alpine:latest
	@exports=$$(scripts/engine env); eval "$$exports"; rm -rf .audit/batch; mkdir -p .audit; \
	  MIGRATOR_WHOLE_TREE=$(CURDIR)/.audit/batch $(BIN)/pytest -s tests/organisation/test_batch_tree.py $(PYTEST_ARGS)

test-fabric: setup ## what the fabfiles of the table do, by Fabric 1, which is installed on its own; needs a network
	@test -x .audit/fabric/bin/python || $(PYTHON) -m venv .audit/fabric
	@.audit/fabric/bin/python -m pip install --quiet 'fabric>=1.15,<2'
	MIGRATOR_FABRIC=$(CURDIR)/.audit/fabric/bin/python $(BIN)/pytest tests/oracle/test_python_libraries.py -k fabric $(PYTEST_ARGS)

test-split: setup ## every split that is proved: Go and C on every rung, and what each rung refuses; advice that is measured; fifteen minutes
	@scripts/engine up --both golang:1.13 gcc:12 debian:bookworm-slim
	@exports=$$(scripts/engine env); eval "$$exports"; \
	  MIGRATOR_EVERY_SPLIT=1 $(BIN)/pytest tests/split tests/advise $(PYTEST_ARGS)

lint: setup ## ruff and shell syntax
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@for script in scripts/engine scripts/browser scripts/tests scripts/engine.d/*.sh packaging/check .ci/run samples/*/*.sh; do bash -n "$$script"; done

typecheck: setup ## mypy, strict
	$(BIN)/mypy
	$(BIN)/mypy scripts

format: setup ## let ruff rewrite what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

fuzz: setup ## random repositories, built both ways, for ten minutes (FUZZ_ARGS='--seconds 3600 --builder classic')
	@scripts/engine up alpine:latest
	@exports=$$(scripts/engine env); eval "$$exports"; $(BIN)/python tests/fuzz/fuzz.py $(FUZZ_ARGS)

fuzz-calls: setup ## random scripts under real bash with a docker that pretends, against what was read (FUZZ_ARGS='--count 100000')
	$(BIN)/python tests/fuzz/fuzz_calls.py $(FUZZ_ARGS)

fuzz-plain: setup ## random repositories built both ways over plain folders, as root; what it finds, make fuzz must show
	@scripts/engine up alpine:latest
	$(BIN)/python tests/fuzz/fuzz_mini.py $(FUZZ_ARGS)

fuzz-hostile: setup ## hostile text by chance, ten minutes for each door, then what made attacks cost; installs atheris, which needs a network
	$(BIN)/python -m pip install --quiet 'atheris>=2.3,<4'
	$(BIN)/python tests/fuzz/hostile/growth.py
	$(BIN)/python tests/fuzz/hostile/fuzz.py $(FUZZ_ARGS)

mutants: setup ## small changes of the code that the tests must see, drawn at random (MUTANTS_ARGS='--set migration --sample 100 --seed 2')
	$(BIN)/python scripts/mutants.py $(MUTANTS_ARGS)

bench: setup ## what the tool costs as one table, beside alternatives, kept in docs/explanation/performance.md (BENCH_ARGS=--print-only)
	@scripts/engine up $(TEST_IMAGES)
	@exports=$$(scripts/engine env); eval "$$exports"; $(BIN)/python scripts/bench.py $(BENCH_ARGS)

bench-audit: setup ## what an audit of whole organisations costs (BENCH_ARGS='--repositories 100000')
	$(BIN)/python scripts/bench_audit.py $(BENCH_ARGS)

bench-snapshots: setup ## what reading images costs by each way, beside `docker save`, tar and diffoscope, and what comparing the samples costs (minutes; 3 GB of disk)
	@scripts/engine up $(SAMPLE_IMAGES)
	@exports=$$(scripts/engine env); eval "$$exports"; $(BIN)/python scripts/bench_snapshots.py

profile: setup ## where the time of convert, audit, verify and lesson goes: the largest three costs of each (PROFILE_ARGS='--rows 20')
	$(BIN)/python scripts/costs.py $(PROFILE_ARGS)

docs: setup ## the documentation as a site in site/; a link that leads nowhere is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

wheel: setup ## the package, in dist/; the same bytes each time for one commit
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/hatchling build -t wheel

test-package: ## the wheel, installed by pipx and by uv and used from elsewhere; needs a network
	PYTHON=$(PYTHON) packaging/check

audit-dependencies: setup ## known weaknesses of what is locked; installs pip-audit, and asks a service on the network
	@$(PYTHON) -m venv .audit
	@.audit/bin/python -m pip install --quiet 'pip-audit>=2.7,<3'
	.audit/bin/pip-audit --requirement requirements-dev.txt --require-hashes --disable-pip --strict

sbom: setup ## what the package is made with, as CycloneDX in dist/; installs cyclonedx-bom
	@$(PYTHON) -m venv .audit
	@.audit/bin/python -m pip install --quiet 'cyclonedx-bom>=4,<8'
	@mkdir -p dist
	.audit/bin/cyclonedx-py requirements requirements-dev.txt --pyproject pyproject.toml --output-reproducible \
	  --output-format JSON --output-file dist/migrator.cdx.json

image: setup ## an image of the tool for CI
	$(BIN)/python -m pip wheel --quiet --wheel-dir dist/wheels 'hatchling>=1.27,<2' .
	docker build -f packaging/Dockerfile --build-arg PIP_NO_INDEX=1 --build-arg PIP_FIND_LINKS=dist/wheels -t migrator $(IMAGE_ARGS) .

lock: ## write requirements-dev.txt anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra dev --extra dask --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --quiet --custom-compile-command 'make lock' --output-file requirements-dev.txt

engine-up: ## an engine that answers, with the base images of the tests
	@scripts/engine up --both $(TEST_IMAGES)

engine-down: ## end the engines that this checkout started
	@scripts/engine down

clean: engine-down ## remove everything that can be made again
	rm -rf $(VENV) .audit .engine .mypy_cache .pytest_cache .ruff_cache .hypothesis dist site
