# `make` alone lists the targets. Nothing has to be installed before but Python 3.11 or newer.
# Variables: PYTHON (which interpreter .venv is made with), ARGS (for run), PYTEST_ARGS (for the tests), NO_SKIP=1 (a skip fails).

BIN := .venv/bin
LOCK := requirements/dev.txt
VERSION_OK := -c 'import sys; sys.exit(sys.version_info < (3, 11))'

# python3 if it is new enough, else the newest by name.
PYTHON ?= $(or $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" $(VERSION_OK) 2>/dev/null && echo "$$p" && break; done),python3)

# Floors of branch coverage in percent; the rules themselves (policies, use cases) have a stricter one.
COVERAGE_FLOOR := 95
CORE_COVERAGE_FLOOR := 100
CORE := */user_domain/policies/*,*/user_domain/use_cases/*

# Debian packages that the heavy tests call.
CI_PACKAGES := chromium pgbouncer $(if $(shell command -v npm),,nodejs npm)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Some machines set it for everybody. Without compiled files each run of the tests compiles them anew, ten seconds long.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help install run test test-heavy check coverage ci-tools lock docs bench clean FORCE

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- Installing ---------------------------------------------------------------------------------------------------

# .venv is made anew when it is broken or was moved (its scripts and .pth files hold the old path: a copy would test
# the original's sources), or when another PYTHON is asked for.
ifneq ($(shell $(BIN)/python -c "print(open('.venv/.locked').read())" 2>/dev/null),$(CURDIR))
STALE := FORCE
else ifneq ($(origin PYTHON),file)
ifneq ($(shell $(PYTHON) --version 2>&1),$(shell $(BIN)/python --version))
STALE := FORCE
endif
endif

# The hashes are checked by pip for uv, and by uv for everything else. uv needs seconds where pip needs a minute;
# pip takes over where uv does not run or cannot reach the index that pip is configured for.
.venv/.locked: $(LOCK) $(STALE)
	@$(PYTHON) $(VERSION_OK) || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1 || :)." \
		"Name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "==> Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear .venv || { echo "On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "==> Installing the locked packages (about 100 MB are fetched the first time)"
	@{ awk '/^[a-z]/ {uv = /^uv==/} uv' $(LOCK) | $(BIN)/pip install -q --no-deps --require-hashes -r /dev/stdin \
		&& $(BIN)/uv pip install --python .venv --no-deps --require-hashes --compile-bytecode -r $(LOCK); } \
		|| { echo "==> uv failed, trying pip (slower)"; $(BIN)/pip install --no-deps --require-hashes -r $(LOCK); }
	@printf '%s' '$(CURDIR)' > $@

# Both distributions of this tree, editable: one line in a .pth file that puts src/ on the path.
.venv/.installed: .venv/.locked pyproject.toml src/user_domain/pyproject.toml
	@echo "==> Installing user-service and ecommerce-user-domain from src/"
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e src/user_domain -e .
	@touch $@

install: .venv/.installed ## Make .venv with the locked packages

# What only the heavy tests import, on top.
.venv/.heavy: requirements/heavy.txt .venv/.locked
	@echo "==> Installing the locked packages of the heavy tests"
	@$(BIN)/uv pip install -q --python .venv --no-deps --require-hashes -r $< \
		|| $(BIN)/pip install -q --no-deps --require-hashes -r $<
	@touch $@

# --- Running ------------------------------------------------------------------------------------------------------

# A simple command: make starts it without a shell in between, so a SIGTERM for make goes to the service, and Ctrl-C
# reaches both. Make waits until the service has stopped; then it ends by that same signal, whatever the service
# returned. A service that ends by itself hands its status through.
run: install ## Serve on http://127.0.0.1:9090 with an embedded database (Ctrl-C stops it)
	@$(BIN)/user-service dev $(ARGS)

# --- Testing ------------------------------------------------------------------------------------------------------

test: install ## Run every test that needs nothing but Python, on every core
	@$(BIN)/pytest -n auto -m "not heavy" $(PYTEST_ARGS)

# Exit status 5 is "no tests": fine as long as there are none.
test-heavy: install .venv/.heavy ## Run the tests that need more (see ci-tools); what is missing skips
	@$(BIN)/pytest -m heavy $(PYTEST_ARGS) || [ $$? -eq 5 ]

check: install ## Lint, formatting, types, architecture
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(if $(wildcard tests/unit/architecture),$(BIN)/pytest tests/unit/architecture)

coverage: install ## Measure branch coverage, hold it to its floors, write htmlcov/
	@$(BIN)/pytest -n auto -m "not heavy" --cov --cov-report= $(PYTEST_ARGS)
	@$(BIN)/coverage html -q
	@echo "==> Policies and use cases (at least $(CORE_COVERAGE_FLOOR) %)"
	@$(BIN)/coverage report --include='$(CORE)' --fail-under=$(CORE_COVERAGE_FLOOR)
	@echo "==> Everything (at least $(COVERAGE_FLOOR) %); line by line in htmlcov/index.html"
	@$(BIN)/coverage report --fail-under=$(COVERAGE_FLOOR)

ci-tools: ## Install the Debian packages that the heavy tests need (as root)
	@missing=$$(for p in $(CI_PACKAGES); do dpkg-query -Wf '$${Status}' "$$p" 2>/dev/null | grep -q 'ok installed' || echo "$$p"; done); \
	if [ -z "$$missing" ]; then echo "ci-tools: nothing to install"; exit 0; fi; \
	echo "ci-tools: apt-get install" $$missing; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing

bench: install ## Measure requests per second of one process (needs wrk)
	@$(BIN)/python bench/throughput.py

# --- Upkeep -------------------------------------------------------------------------------------------------------

# Names, versions and hashes only, for every Python from 3.11 on and every platform. Versions that still fit stay:
# `make lock ARGS=--upgrade` renews them all. The development lock takes over the runtime's versions.
COMPILE = $(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-package ecommerce-user-domain --custom-compile-command "make lock" $(ARGS)

lock: install ## Write requirements/*.txt from the ranges in pyproject.toml
	$(COMPILE) -o requirements/runtime.txt
	$(COMPILE) -o $(LOCK) -c requirements/runtime.txt --extra embedded --group dev
	$(COMPILE) -o requirements/heavy.txt -c $(LOCK) --group heavy

docs: install ## Write the pages that come from the code
	$(BIN)/python -m entrypoints.http.error_codes > docs/error-codes.md

clean: ## Remove .venv and whatever was generated (the development database in .data stays)
	rm -rf .venv build dist htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
