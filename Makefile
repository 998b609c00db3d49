# Every target does all it needs: the first call makes .venv and installs into it (some minutes), later calls start at once.
#   make demo [KEEP=1] [STUDIES=folder [IMAGE=id] [POINT=i,j,k]]   the server, a click on a study, the files and the picture
#   make test [ARGS="-k name --no-cov"]                            the tests, with their coverage
#   make serve STUDIES=folder [PORT=8000]                          the MONAI Label server on a folder of studies
#   make viewer [PACS=address [SERVER=address] [PORT=3000]]        OHIF in .viewer (needs Node.js), and with PACS the viewer itself
#   make review                                                    NiiVue in .review (needs Node.js), for the server's page /ssb/review
#   make lint, make types, make check                              ruff, mypy, both and the tests
#   make pictures                                                  the README's pictures of viewers, from the tests in the browser
#   make slicer                                                    3D Slicer's libraries in .venv-slicer, for the tests that use them
#   make locks [UPGRADE=1]                                         the lock files in requirements/, after a change of a requirements file
#   make sbom [SBOM=file]                                          the software bill of materials (CycloneDX), out/sbom.json
#   make audit                                                     known advisories against what is locked, where their data can be reached
#   make clean                                                     removes environments and caches, never results or models
# What is installed is checked against the digests of the lock file that fits the platform; where none fits, requirements.txt alone says
# what is installed. PYTHON=/path/to/python3 chooses another Python. On Linux, PyPI's torch brings CUDA libraries of several GB; for a CPU build,
# point pip at PyTorch's CPU index in pip's own settings before the first call.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo serve viewer review test lint types check pictures slicer locks sbom audit clean

PYTHON ?= $(shell for p in python3.11 python3.12 python3.10 python3 python; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && { echo "$$p"; break; }; done)
PY := .venv/bin/python
# A stamp is made only after its install has finished, so an interrupted one is taken up again.
RUN_STAMP := .venv/.installed
DEV_STAMP := .venv/.installed-dev
SLICER_STAMP := .venv-slicer/.installed
SUPPLY_STAMP := .venv-supply/.installed
OHIF := 3.13.2
VIEWER_STAMP := .viewer/.installed-$(OHIF)
NIIVUE := 0.69.0
REVIEW_STAMP := .review/.installed-$(NIIVUE)

help:
	@sed -n 's/^#   //p' Makefile

# npm checks what it fetches against the registry's word; this checks it against ours.
SHA512 := $(if $(shell command -v sha512sum),sha512sum,shasum -a 512)
CHECKED = { grep -F "  $(1)" ../requirements/npm.sha512 | $(SHA512) -c --status -; } || { echo "$(1) is not the file that requirements/npm.sha512 knows." >&2; exit 1; }

$(RUN_STAMP): requirements.txt $(wildcard requirements/lock-*-*.txt)
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null || { echo "SSB Label needs Python 3.10, 3.11 or 3.12 with its venv module, but found none: install one, or name it with PYTHON=/path/to/python3." >&2; exit 2; }
	@echo "Installing into .venv with $(PYTHON); the first time takes some minutes."
	@rm -f $(RUN_STAMP) $(DEV_STAMP)
	"$(PYTHON)" -m venv .venv
	lock=$$($(PY) requirements/fitting_lock.py); \
	[ -n "$$lock" ] || echo "No lock file fits this platform, Python and build of torch: packages are installed by version, without digests." >&2; \
	$(PY) -m pip install --disable-pip-version-check $${lock:+--no-deps --require-hashes} -r "$${lock:-requirements.txt}"
	@touch $@

$(DEV_STAMP): requirements/lock-dev.txt $(RUN_STAMP)
	@rm -f $@
	$(PY) -m pip install --disable-pip-version-check --no-deps --require-hashes -r requirements/lock-dev.txt
	@touch $@

.venv-%/.installed: requirements/lock-%.txt
	@rm -f $@
	"$(PYTHON)" -m venv .venv-$*
	.venv-$*/bin/python -m pip install --disable-pip-version-check --no-deps --require-hashes -r requirements/lock-$*.txt
	@touch $@

# npm pack fetches OHIF's prebuilt files alone and checks them; what it was built from is not needed.
$(VIEWER_STAMP):
	@command -v npm >/dev/null || { echo "OHIF is installed with npm, which comes with Node.js, but there is none: everything else works without it." >&2; exit 2; }
	@rm -rf .viewer && mkdir .viewer
	cd .viewer && npm pack --silent @ohif/app@$(OHIF) && $(call CHECKED,ohif-app-$(OHIF).tgz) && tar -xzf ohif-app-$(OHIF).tgz && rm ohif-app-$(OHIF).tgz
	@touch $@

$(REVIEW_STAMP):
	@command -v npm >/dev/null || { echo "NiiVue is installed with npm, which comes with Node.js, but there is none: everything but the page /ssb/review works without it." >&2; exit 2; }
	@rm -rf .review && mkdir .review
	cd .review && npm pack --silent @niivue/niivue@$(NIIVUE) && $(call CHECKED,niivue-niivue-$(NIIVUE).tgz) && tar -xzf niivue-niivue-$(NIIVUE).tgz && rm niivue-niivue-$(NIIVUE).tgz
	@touch $@

demo: $(RUN_STAMP)
	$(PY) main.py demo $(if $(filter-out 0,$(KEEP)),--keep) $(if $(STUDIES),--studies "$(STUDIES)") $(if $(IMAGE),--image "$(IMAGE)") $(if $(POINT),--point="$(POINT)")

serve: $(RUN_STAMP)
	$(PY) main.py serve --studies "$(STUDIES)" $(if $(PORT),--port "$(PORT)")

viewer: $(VIEWER_STAMP) $(if $(PACS),$(RUN_STAMP))
	@$(if $(PACS),$(PY) main.py viewer --pacs "$(PACS)" $(if $(SERVER),--server "$(SERVER)") $(if $(PORT),--port "$(PORT)"),echo "OHIF $(OHIF) is installed: make viewer PACS=address opens it on a PACS.")

review: $(REVIEW_STAMP)
	@echo "NiiVue $(NIIVUE) is installed: open /ssb/review on a server that make serve started."

test: $(DEV_STAMP)
	$(PY) -m pytest --cov --cov-report=term $(ARGS)

lint: $(DEV_STAMP)
	$(PY) -m ruff check .

types: $(DEV_STAMP)
	$(PY) -m mypy

check: lint types test

pictures: $(DEV_STAMP) $(VIEWER_STAMP) $(REVIEW_STAMP)
	$(PY) -m pytest --no-cov tests/ssb_viewer/test_panel.py
	cp out/tests/panel_1_answer.png benchmarks/pictures/ohif_panel.png
	$(PY) benchmarks/review_page.py -o out/review_page
	cp out/review_page/review.png benchmarks/pictures/review.png

slicer: $(SLICER_STAMP)

locks: $(SUPPLY_STAMP)
	.venv-supply/bin/python requirements/lock.py $(if $(filter-out 0,$(UPGRADE)),--upgrade)

SBOM ?= out/sbom.json
sbom: $(RUN_STAMP) $(SUPPLY_STAMP)
	.venv-supply/bin/python requirements/bill.py --python $(PY) -o "$(SBOM)"

# Nothing is installed for an audit that cannot be made.
audit:
	@if "$(PYTHON)" requirements/advisories.py --reachable; then $(MAKE) --no-print-directory $(SUPPLY_STAMP) && .venv-supply/bin/python requirements/advisories.py; fi

clean:
	rm -rf .venv .venv-slicer .venv-supply .viewer .review .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache build lib/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
