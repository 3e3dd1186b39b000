PYTHON ?= .venv/bin/python

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

lint: ## ruff, mypy and import-linter
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(dir $(PYTHON))lint-imports

test: ## all Python tests
	$(PYTHON) -m pytest

check: lint test ## everything

format: ## put the code into the project's form
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

.PHONY: help lint test check format
