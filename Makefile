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

.PHONY: help lint test check format
