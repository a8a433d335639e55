# The commands of a checkout. `make serve` and `make test` need only Python 3.11, npm and, for the browser, apt.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help serve services test bench stop backup restore pack demo-reset format lock setup

PORT ?= 8000
export PORT
export FILE
export SIZE

PYTHON := $(shell command -v python3.11 || command -v python3)
PY := .venv/bin/python
# The folder that `make pack` sends along, for a machine without a network.
WHEELS := $(if $(wildcard wheels),--no-index --find-links wheels)
# Of the type that npm brings, the weights that documents are printed in (settings.TYPE_FOLDERS).
TYPE := noto-serif-sc/400Regular noto-serif-sc/700Bold noto-sans-sc/500Medium
PIP := $(PY) -m pip install -qq --disable-pip-version-check --require-hashes $(WHEELS)

# A virtual environment that was moved, broken or made by another Python is made anew.
SOUND := $(shell $(PY) -c 'import pip, sys; print(sys.version_info >= (3, 11) and sys.prefix)' 2>/dev/null)
ifneq ($(SOUND),$(CURDIR)/.venv)
.PHONY: .venv/pyvenv.cfg
endif

help:
	@echo 'make serve       the whole portal, on PORT=8000 unless another is given; Ctrl+C stops it'
	@echo 'make test        everything that checks the project'
	@echo 'make bench       how fast it is, beside yardsticks; SIZE=full asks at a million projects'
	@echo 'make services    only PostgreSQL and Valkey, for work with manage.py'
	@echo 'make stop        stop what runs in this checkout'
	@echo 'make backup      write the database to a file; make restore FILE=… puts one back'
	@echo 'make pack        write concentric.tar.gz, which installs on a machine without a network'
	@echo 'make demo-reset  throw the demonstration data away; the next start builds them anew'
	@echo 'make format      write Python and templates in the house style'
	@echo 'make lock        write the lock files of Python and npm anew'

serve: setup
	@exec $(PY) -m portal.serve serve

services: .venv/.production
	@exec $(PY) -m portal.serve services

stop:
	@$(PYTHON) -m portal.serve stop

backup restore:
	@$(PY) -m portal.serve $@

# Installs on the same processor and version of Python, without a network.
pack: setup
	@rm -rf .run/pack && mkdir -p .run/pack/concentric
	@git archive HEAD | tar -x -C .run/pack/concentric
	@$(PY) -m pip download -qq --disable-pip-version-check --require-hashes -r requirements/production.txt \
		-r requirements/s3.txt -d .run/pack/concentric/wheels
	@cp -a node_modules .run/pack/concentric/ && touch .run/pack/concentric/node_modules/.installed
	@find .run/pack/concentric/node_modules/@expo-google-fonts -name '*.ttf' $(TYPE:%=! -path '*/%/*') -delete
	@tar -czf concentric.tar.gz -C .run/pack concentric && rm -rf .run/pack
	@echo 'concentric.tar.gz is ready'

demo-reset:
	@$(PYTHON) -m portal.serve forget-demo

test: setup .venv/.test
	@.ci/browser
	@.ci/check

# QUESTIONS="1 3" asks only these.
bench: setup .venv/.test
	@exec $(PY) -W ignore -m bench $(QUESTIONS)

format: .venv/.test
	@$(PY) -m ruff check --fix-only --quiet
	@$(PY) -m ruff format --quiet
	@$(PY) -m djlint --quiet --reformat templates || true

setup: .venv/.production $(if $(CONCENTRIC_EVIDENCE_URL),.venv/.s3) node_modules/.installed

.venv/pyvenv.cfg:
	@echo 'setting up Python in .venv'
	@rm -rf .venv
	@.ci/venv $(PYTHON)

.venv/.production: requirements/production.txt .venv/pyvenv.cfg
	@echo 'installing what the portal runs on'
	@$(PIP) -r $<
	@touch $@

# What a store of photos and documents needs, on the machines that are told of one.
.venv/.s3: requirements/s3.txt .venv/.production
	@echo 'installing what the store of photos and documents needs'
	@$(PIP) -r $<
	@touch $@

.venv/.test: requirements/test.txt .venv/.production
	@echo 'installing what checks it'
	@$(PIP) -r $<
	@touch $@

node_modules/.installed: package-lock.json package.json .npmrc | .venv/.production
	@echo 'installing what the pages load'
	@.ci/npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

UV := $(PY) -m uv pip compile --quiet --generate-hashes --python-version 3.11 --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

lock: .venv/pyvenv.cfg
	@$(PY) -m pip install --quiet uv
	cd requirements && for name in production s3 test node; do ../$(UV) $$name.in -o $$name.txt || exit 1; done
	.ci/npm install --package-lock-only --ignore-scripts --no-audit --no-fund
