PYTHON ?= .venv/bin/python

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

lint: ## ruff, mypy and import-linter
	$(PYTHON) -m cli test --lint

test: ## all Python and Node tests
	$(PYTHON) -m cli test --python --node

check: ## everything
	$(PYTHON) -m cli test

format: ## put the code into the project's form
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

LOCK = uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock: ## versions and hashes from pyproject.toml, without addresses
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

.PHONY: help lint test check format lock
