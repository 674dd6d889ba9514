# Each target works as the first command on a fresh machine.
.DEFAULT_GOAL := help
.PHONY: help demo test check format lock bench prove prove-team locale clean

# Tests are compiled once, whatever the environment says: without, each worker takes 15 s longer.
PYTEST = PYTHONDONTWRITEBYTECODE= .venv/bin/python -m pytest
# One more than the cores of a small machine: many tests wait for a server.
JOBS  ?= 3
# Of `make prove`: a day pressed into ten minutes, and half of the next.
SOAK  ?= --minutes 15 --day 10

help:  ## What can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

.venv/.run: pyproject.toml requirements.lock
	@scripts/environment
	@touch $@

.venv/.dev: pyproject.toml requirements-dev.lock
	@scripts/environment dev
	@touch $@ .venv/.run

demo: .venv/.run  ## Try omnitui with practice customers: no account needed (ARGS="--speed 2")
	@.venv/bin/omnitui demo $(ARGS)

test: .venv/.dev  ## The tests, against real servers; installs what they need
	@scripts/test-servers
	@# What failed is run once more, alone and named: on a loaded machine two real servers may race.
	$(PYTEST) -n $(JOBS) --dist loadgroup -q $(ARGS) || { \
	    [ $$? = 1 ] || exit 1; \
	    echo "Once more, alone, what failed above:"; \
	    $(PYTEST) --last-failed --last-failed-no-failures none -q $(ARGS); }

check: .venv/.dev  ## Lint, types, layers
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: .venv/.dev  ## Format the code
	.venv/bin/ruff check --fix -q .
	.venv/bin/ruff format .

bench: .venv/.dev  ## Measure, as ratios against peers in the same run
	@scripts/bench-peers
	.venv/bin/python -m bench $(ARGS)

prove: prove-team  ## The long runs: load, faults, crashes, fuzzing; they print what they count
	$(PYTEST) -m slow -q -s --timeout 3600 --ignore tests/team_load --ignore tests/team_faults \
	    --ignore tests/bare_machine $(ARGS)
	HYPOTHESIS_PROFILE=prove $(PYTEST) -m "hypothesis and not slow" -n $(JOBS) -q --timeout 3600 $(ARGS)

prove-team: .venv/.dev  ## Of these, a team's: a storm, a thousand kills, power cuts, docs/team.md typed, a soak
	@scripts/test-servers
	@[ "$$(id -u)" != 0 ] || scripts/apt-install debootstrap systemd-container iproute2
	@# Whichever fails, all are run: each counts something else.
	@failed=0; \
	$(PYTEST) -m slow -q -s --timeout 3600 tests/team_load tests/team_faults $(ARGS) || failed=1; \
	$(PYTEST) -m slow -q -s --timeout 3600 tests/bare_machine $(ARGS) || failed=1; \
	scripts/soak $(SOAK) || failed=1; \
	exit $$failed

locale: .venv/.dev  ## Extract and compile the translations
	.venv/bin/python -m config.catalogs

lock:  ## Resolve the dependencies anew into the lock files
	uv pip compile -q --universal --python-version 3.11 --no-header pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --no-header pyproject.toml --group dev -o requirements-dev.lock

clean:  ## Remove what was made
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
