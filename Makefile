# The one door to everything: what CI runs is what a developer runs. `make help` lists the commands.
SHELL := /bin/sh
VENV := .venv/bin

.PHONY: help setup collection lint sanity unit contract integration molecule bench test demo clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## virtual environment, system packages, mail corpus; quick when nothing changed
	@tools/setup

collection: setup ## build the collection and install it into .build/collections
	@$(VENV)/python tools/checks.py collection

lint: setup ## ansible-lint, ruff, mypy, vermin, yamllint, antsibull, Python 3.6 compile
	@$(VENV)/python tools/checks.py lint

sanity: setup ## ansible-test sanity on a copy of the tracked files
	@$(VENV)/python tools/checks.py sanity

unit: setup ## unit, meta and simulator tests
	@$(VENV)/python tools/checks.py unit

contract: setup ## contract tests against the simulator, or TARGET=target.json for any server
	@$(VENV)/python tools/checks.py contract $(if $(TARGET),--target $(TARGET))

integration: collection ## real ansible-playbook runs between simulated servers
	@$(VENV)/python tools/checks.py integration

molecule: collection ## the smartscan scenario over two real hosts (needs root)
	@$(VENV)/python tools/checks.py molecule

bench: setup ## speed and memory of the simulator
	@$(VENV)/python tools/checks.py bench

test: setup ## every check, one summary
	@$(VENV)/python tools/checks.py collection lint sanity unit contract integration molecule

demo: collection ## a whole smartscan migration between two simulated servers
	@PYTHONPATH=tests/lab $(VENV)/python -m demo.run

clean: ## remove the demo, the test hosts and everything else that was built, except .venv
	@if [ -x $(VENV)/python ]; then $(VENV)/python tools/checks.py clean; else rm -rf .build .demo; fi
