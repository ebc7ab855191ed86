# Two commands do everything: make demo, make test.
# Both make .venv and install into it, and again only when what is to be installed has changed.

PYTHON ?= python3

# What Python has compiled is kept: tests start the command a thousand times.
unexport PYTHONDONTWRITEBYTECODE

PIP = .venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: help demo test types form soak format catalogues clean

help:
	@echo "make demo        install into .venv, make a sample site and say where it is"
	@echo "make test        install what the tests need, then lint, check types and layers, and test"
	@echo "make soak        run the tests that take long"
	@echo "make format      put the code into its form"
	@echo "make catalogues  bring templates/languages/ up to date with what is said, for translators"
	@echo "make clean       remove .venv and all that was made"
	@echo
	@echo "make PYTHON=python3.12 demo, with the first of these, chooses another Python."

demo: .venv/installed
	.venv/bin/feeder demo

# Three at a time, where there are two cores: now and then one waits for a server, a browser, or the clock.
test: .venv/installed-for-tests
	@$(MAKE) --no-print-directory -j 2 types form
	.venv/bin/pytest -n 3 --dist loadfile --no-loadscope-reorder

# Types take one core for longer than all else before the tests, and compiling the tests takes half as long:
# those who run them would each do it.
types: .venv/installed-for-tests
	.venv/bin/mypy

form: .venv/installed-for-tests
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/lint-imports
	@.venv/bin/pytest --collect-only --quiet >.venv/tests.txt || { cat .venv/tests.txt; exit 1; }

soak: .venv/installed-for-tests
	.venv/bin/pytest -m soak tests/

format: .venv/installed-for-tests
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

catalogues: .venv/installed-for-tests
	.venv/bin/python -m tests.templating.catalogues

clean:
	rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each of these files says when a step was last done.
# One needs the other, so that two pips never work on one folder at the same time.

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "feeder needs Python 3.11 or later, and $(PYTHON) is not that." \
			"Install one, or name it: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "feeder needs the venv of Python, and $(PYTHON) comes without." \
			"On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/made pyproject.toml constraints.txt
	$(PIP) -e .
	@touch $@

.venv/installed-for-tests: .venv/installed
	$(PIP) -e '.[test]'
	@touch $@
