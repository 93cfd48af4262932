# Two commands matter: `make lab` opens the lessons, `make test` runs every test.
# Both need only make and Python 3.11 or newer; everything else goes into .venv.

PYTHON ?= python3
NPM ?= npm
VENV := .venv
PEER := .venv-peer
SITE := .venv-site
BIN := $(VENV)/bin
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check

# An environment whose Python is gone (upgraded, moved) is made again, stamp or not.
ifneq ($(shell $(BIN)/python -c 'print("alive")' 2>/dev/null),alive)
$(VENV)/.made: make-again
endif

.DEFAULT_GOAL := help
.PHONY: help lab test test-site biome bench bench-peer bench-site binder-check shots address format clean check-python make-again

help:
	@echo 'make lab         open the lessons in JupyterLab (LESSON=02_invasion opens that one)'
	@echo 'make test        style, types, unit tests, lessons and browser tests'
	@echo 'make test-site   metakit without a server: every test that can, inside Pyodide, and the static site (slow)'
	@echo 'make biome       check scripts and style sheets (needs node)'
	@echo 'make bench       time the models on this machine'
	@echo 'make bench-peer  time them against MetaSpread, installed beside'
	@echo 'make bench-site  time the start of a lesson in the static site'
	@echo 'make binder-check  build what Binder builds, and open lessons in it'
	@echo 'make shots       screenshots of every view in four sizes, light and dark, into test-results/shots'
	@echo 'make address     write the address of the repository, Homepage in pyproject.toml, everywhere else'
	@echo 'make format      put the code into the house style'
	@echo 'make clean       remove the environments and what the tools left'

lab: $(VENV)/.lab
	$(BIN)/metakit lab $(LESSON)

# Each line that fails ends the command. Two at a time where that is safe; the cells of a lesson stay together.
# Hundreds of processes are started: each would compile all of metakit anew where Python is told to keep nothing.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict metakit
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory biome
	$(BIN)/python -m pytest tests --ignore=tests/browser --ignore=tests/static_site --ignore=tests/benchmarks -n 2 --dist worksteal
	$(BIN)/python -m pytest tests/benchmarks --collect-only -q
	$(BIN)/python tests/pyodide/suite.py $(INSIDE)
	$(BIN)/python -m pytest --nbval-lax --nbval-current-env notebooks -n 2 --dist loadfile
	$(BIN)/python -m pytest tests/browser -n 2 --dist worksteal

# Where node or Pyodide cannot be had, one line says so; METAKIT_REQUIRE_PYODIDE=1 makes that a failure.
# `make test test-site INSIDE=--all` runs the tests inside Pyodide once.
test-site: $(VENV)/.test $(SITE)/.made
	$(if $(INSIDE),,$(BIN)/python tests/pyodide/suite.py --all)
	$(SITE)/bin/python tests/static_site/make.py
	$(BIN)/python -m pytest tests/static_site -n 2 --dist worksteal

# What people use needs no node, so its checks are left out where there is none; METAKIT_REQUIRE_NODE=1 makes them a must.
# TASK is a script of package.json.
biome: TASK ?= check
biome:
	@if command -v $(NPM) >/dev/null && { [ node_modules/.package-lock.json -nt package-lock.json ] || $(NPM) ci --silent; }; then \
	  $(NPM) run --silent $(TASK); \
	elif [ -n "$$METAKIT_REQUIRE_NODE" ]; then \
	  echo 'Scripts and style sheets could not be checked: there is no "$(NPM)", or it could not install biome; and METAKIT_REQUIRE_NODE is set.' >&2; exit 1; \
	else \
	  echo 'NOT CHECKED: scripts and style sheets (no "$(NPM)", or it could not install biome); they are checked where node and npm are installed.'; \
	fi

bench: $(VENV)/.test
	$(BIN)/python -m pytest tests/benchmarks --benchmark-only --benchmark-columns=min,median,max,rounds

bench-peer: $(VENV)/.test $(PEER)/.made
	$(BIN)/python tests/benchmarks/peer.py $(PEER)/bin/python

bench-site: $(VENV)/.test $(SITE)/.made
	$(SITE)/bin/python tests/static_site/make.py 02_invasion
	cd tests && $(CURDIR)/$(BIN)/python -m static_site.measure

binder-check: $(VENV)/.test
	cd tests && $(CURDIR)/$(BIN)/python -m browser.binder_check

shots: $(VENV)/.test
	cd tests && $(CURDIR)/$(BIN)/python -m browser.shots $(CURDIR)/test-results/shots

# A fork changes one line, Homepage in pyproject.toml, and runs this: badge, links and citation follow.
address: | check-python
	$(PYTHON) .ci/address.py

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	@$(MAKE) --no-print-directory biome TASK=format

clean:
	rm -rf $(VENV) $(PEER) $(SITE) build dist .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache test-results node_modules .pyodide .site
	find . -name __pycache__ -prune -exec rm -rf {} +

# The stamps: written last, so that an interrupted step is done again.
$(VENV)/.made: | check-python
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.lab: $(VENV)/.made pyproject.toml
	@echo 'Installing metakit and JupyterLab into $(VENV) (once, a minute or two)'
	@$(BIN)/python $(PIP_INSTALL) --editable '.[lab]'
	@touch $@

$(VENV)/.test: $(VENV)/.made pyproject.toml
	@echo 'Installing metakit, JupyterLab and the test tools into $(VENV) (once, two or three minutes)'
	@$(BIN)/python $(PIP_INSTALL) --upgrade 'pip>=25.1' # reads dependency groups from then on
	@$(BIN)/python $(PIP_INSTALL) --editable '.[lab,dask]' --group dev
	@touch $@ $(VENV)/.lab

# MetaSpread pins the packages of 2023, which exist for Python 3.11 and 3.12: make bench-peer PYTHON=python3.12
$(PEER)/.made: | check-python
	$(PYTHON) -m venv --clear $(PEER)
	$(PEER)/bin/python $(PIP_INSTALL) metaspread
	@touch $@

# Apart: JupyterLab and Voila would load the kernel of JupyterLite too, and say that it is not made for them.
$(SITE)/.made: pyproject.toml | check-python
	@echo 'Installing metakit and JupyterLite into $(SITE) (once, a minute or two)'
	@$(PYTHON) -m venv --clear $(SITE)
	@$(SITE)/bin/python $(PIP_INSTALL) --editable '.[site]'
	@touch $@

check-python:
	@command -v $(PYTHON) >/dev/null || \
	  { echo 'metakit needs Python 3.11 or newer, and there is no "$(PYTHON)" here. If it has another name: make PYTHON=python3.12 lab' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'metakit needs Python 3.11 or newer; "$(PYTHON)" is' `$(PYTHON) -c 'import platform; print(platform.python_version())'`'. If a newer one is installed, name it: make PYTHON=python3.12 lab' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo '"$(PYTHON)" cannot make an environment: its venv module is missing. On Debian or Ubuntu: sudo apt-get install python3-venv' >&2; exit 1; }

make-again:
