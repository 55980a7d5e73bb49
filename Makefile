# `make` alone lists the targets. Everything is set up by the first one that needs it.

.DEFAULT_GOAL := help
.PHONY: help run test lint bench bench-fanout bench-peers faults verify-deploy format schema setup lock clean clean-data

IS_NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$name -c '$(IS_NEW_ENOUGH)' 2>/dev/null && { echo $$name; break; }; done)
INSTALL := $(if $(PYTHON),@$(PYTHON) infra/setup/install.py,@echo "Taskwire needs Python 3.11 or newer"; exit 1;)
BIN := .venv/bin
# Runs a command with the Node that was found or installed on the PATH.
WITH_NODE := $(BIN)/python infra/setup/install.py exec
COMPILE := $(BIN)/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes \
	--no-emit-index-url --no-header $(UPGRADE)

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: ## Run everything on http://127.0.0.1:8000 until Ctrl-C (TASKWIRE_PORT, TASKWIRE_DATA_DIR)
	$(INSTALL) embedded client
	@exec $(BIN)/taskwire up

test: ## Run the Python, client and browser tests
	$(INSTALL) dev client test-clients
	$(WITH_NODE) python -m pytest -m "not browser" --cov
	$(WITH_NODE) npm --prefix web/ui run test
	$(WITH_NODE) python -m pytest -m browser

lint: ## Run every linter and type checker, and see that schema.graphql is current
	$(INSTALL) dev client
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry . $(if $(NO_COLOR),--no-ansi)
	$(BIN)/vulture
	$(BIN)/taskwire schema print | diff -u schema.graphql -
	$(WITH_NODE) npm --prefix web/ui run lint $(if $(NO_COLOR),-- --colors=off)
	$(WITH_NODE) npm --prefix web/ui run typecheck

bench: ## Measure the whole path of a change, and the statements of a board query
	$(INSTALL) dev client
	$(WITH_NODE) python -m tests.performance.bench

bench-fanout: ## Measure what tens of thousands of subscribers cost, here and on other servers
	$(INSTALL) dev test-clients
	$(WITH_NODE) python -m tests.performance.fanout

bench-peers: ## Measure Taskwire beside other GraphQL servers (TASKWIRE_PEERS: the folder they are in)
	$(INSTALL) dev
	$(WITH_NODE) python -m tests.performance.peers

verify-deploy: ## Check the delivery artefacts (VERIFY=--fast: only what takes seconds)
	$(INSTALL) dev client delivery
	$(WITH_NODE) python -m infra.deploy.verify $(VERIFY)

faults: ## Break everything while people work, and see that nothing is lost (SEED, FAULTS, SECONDS)
	$(INSTALL) dev client
	$(WITH_NODE) python -m tests.faults --seed $(or $(SEED),1) --faults $(or $(FAULTS),60) \
		--seconds $(or $(SECONDS),360) $(ARGUMENTS)

format: ## Format the Python and client sources
	$(INSTALL) dev client
	$(BIN)/ruff check --fix --exit-zero --quiet
	$(BIN)/ruff format
	$(WITH_NODE) npm --prefix web/ui run format

schema: ## Write schema.graphql from the code
	$(INSTALL) dev
	$(BIN)/taskwire schema print > schema.graphql.new && mv schema.graphql.new schema.graphql

setup: ## Set everything up without running anything
	$(INSTALL) dev client test-clients

lock: ## Pin the Python packages again (UPGRADE=--upgrade for the newest)
	$(INSTALL) dev
	$(COMPILE) pyproject.toml --output-file requirements/runtime.txt
	$(COMPILE) pyproject.toml --extra embedded --group build -c requirements/runtime.txt --output-file requirements/embedded.txt
	$(COMPILE) pyproject.toml --extra embedded --group dev -c requirements/embedded.txt --output-file requirements/dev.txt
	$(COMPILE) --group build --output-file requirements/build.txt
	$(COMPILE) --group delivery --output-file requirements/delivery.txt
	$(COMPILE) --group node --output-file requirements/node.txt
	echo "uv" | $(COMPILE) - --output-file requirements/bootstrap.txt

clean: ## Remove all that was installed or built; the data in .taskwire stays
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf .coverage .coverage.* htmlcov test-results *.egg-info web/ui/node_modules web/ui/dist
	rm -rf tests/clients/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-data: ## Remove the data of `make run`
	rm -rf .taskwire
