# Everything a developer runs. `make` explains the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
STACK := target/stack
WITH_STACK := integration-tests/with-stack.sh
SCRIPTS := $(wildcard integration-tests/*.sh integration-tests/*/*.sh integration-tests/*/*/*.sh fuzz/*.sh .ci/run)
SECONDS := 60

.PHONY: help build demo test test-nova figures fuzz coverage stack-up stack-down lint clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the release binary: target/release/nvidia-placement-agent
	cargo build --release

demo: ## the agent at work against a real Placement and simulated GPUs (ONCE=1: run through without stopping)
	@ONCE='$(ONCE)' integration-tests/demo.sh

# Documentation tests come first: the runner's own summary has to be the last thing printed.
test: ## all tests, with a real Placement and Keystone started for them and stopped after
	@$(WITH_STACK) bash -c 'cargo test --workspace --doc && \
	  if command -v cargo-nextest >/dev/null; then cargo nextest run --workspace; \
	  else cargo test --workspace --all-targets --no-fail-fast; fi'

test-nova: ## the agent beside a real Nova: its own classes, and a small cloud (needs PostgreSQL and RabbitMQ)
	@NPA_STACK_FLAVOURS=nova $(WITH_STACK) bash -c 'if command -v cargo-nextest >/dev/null; \
	  then cargo nextest run --test nova; else cargo test --test nova --no-fail-fast; fi'

figures: ## measure what the documentation states: requests, times, memory
	@cargo test --release --lib -- --ignored --nocapture figures
	@NPA_STACK_FLAVOURS='placement nova' $(WITH_STACK) cargo test --release --test live --test nova -- --ignored --nocapture figures

fuzz: ## feed discovery with what nobody thought of, each fuzz target for SECONDS=60 (needs a C++ compiler)
	@fuzz/run.sh $(SECONDS)

coverage: ## how much of each room the library's tests reach; what is missing for it is installed into target/tools
	@integration-tests/coverage/run.sh

stack-up: ## start Placement and Keystone in target/stack and leave them running, for `cargo test` by hand
	@integration-tests/stack/up.sh $(STACK) placement
	@integration-tests/stack/up.sh $(STACK) keystone
	@echo 'set -a; . $(STACK)/env; set +a    # then: cargo nextest run, or cargo test'

stack-down: ## stop them
	@integration-tests/stack/down.sh $(STACK)

lint: ## formatting, clippy with warnings as errors, shellcheck when it is installed
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy --test nova -- -D warnings
	@if command -v c++ >/dev/null; then echo 'cargo clippy, fuzz targets'; \
	  cargo clippy --manifest-path fuzz/Cargo.toml --target-dir target --bins -- -D warnings; \
	else echo 'no C++ compiler: fuzz targets not checked'; fi
	@if command -v shellcheck >/dev/null; then echo shellcheck; shellcheck $(SCRIPTS); \
	else echo 'shellcheck is not installed: scripts not checked'; fi

clean: ## stop the stack; remove everything built, measured or installed
	@integration-tests/stack/down.sh $(STACK) --purge
	cargo clean
	rm -rf .venv
