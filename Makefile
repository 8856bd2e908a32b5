.PHONY: demo test check setup clean

demo: ## set up and run the main job on a small repository
	@scripts/setup demo
	@scripts/demo

test: ## set up, then format, lint, types and tests
	@scripts/setup dev
	@scripts/check
	@scripts/test

setup:
	@scripts/setup dev

check: setup
	@scripts/check

clean:
	rm -rf .venv .tools
