# Every command of the shop. `make` alone lists them; each makes the environment first if it is missing or out of date.

ARGS ?=
export DEBUG ?= 1

python = .venv/bin/python
manage = $(python) manage.py
on_shop = exec $(python) -m petshop.core.postgres --join --
on_test = exec $(python) -m petshop.core.postgres --cluster test
pytest = $(python) -m pytest -p tests.no_skips

.PHONY: help run test check bench seed audit mutants proof worker environment
.DEFAULT_GOAL := help

help:
	@echo 'make run      set everything up, start the shop and print its addresses; Ctrl-C stops it (PORT=8000)'
	@echo 'make test     run every test, with a browser if there is one (ARGS="-k hold" goes to pytest)'
	@echo 'make check    run the static gates: ruff, djade, bandit, semgrep, secrets, import-linter, migrations, check --deploy'
	@echo 'make bench    say what the pages that matter most cost, with 12 offerings and with 10,000, and a month with 1,000,000 bookings'
	@echo 'make seed     fill the shop with demo data (ARGS="--seed 7")'
	@echo 'make audit    look for anything that must never be: oversold, booked twice, paid and not booked'
	@echo 'make mutants  take each lock and check away in a copy of the tree, and see its test fail'
	@echo 'make proof    run the long versions of the race tests and 50,000 steps of the calendar'
	@echo 'make worker   run one more worker for the jobs'

environment:
	@sh .ci/environment

run: environment
	@exec $(python) -m petshop.core.run

test: environment
	@$(on_test) -- $(pytest) -n 2 --dist loadgroup $(ARGS)

check: environment
	@$(on_test) --join -- sh .ci/check

bench: environment
	@$(on_shop) $(python) -m tests.benchmarks.run $(ARGS)

seed: environment
	@$(on_shop) $(manage) seed_demo $(ARGS)

audit: environment
	@$(on_shop) $(manage) audit $(ARGS)

mutants: environment
	@$(on_test) -- $(python) -m tests.mutants.run $(ARGS)

proof: export PROOF = 1
proof: environment
	@$(on_test) -- $(pytest) -n 0 -s -m "race or proof" $(ARGS)

worker: environment
	@$(on_shop) $(manage) procrastinate worker $(ARGS)
