.PHONY: demo test quick check setup lock clean

demo: ## set up and run the main job on a small repository
	@scripts/setup demo
	@scripts/demo

test: ## set up, then format, lint, types and tests
	@scripts/setup dev
	@scripts/check
	@scripts/test

quick: ## set up, then format, lint, types and unit tests: within a minute
	@scripts/setup dev
	@scripts/check
	@scripts/test quick

setup:
	@scripts/setup dev

check: setup
	@scripts/check

lock: setup ## bring every file of requirements/ up to date
	@scripts/lock

clean:
	rm -rf .venv .tools
