# Everything a developer runs. `make` explains the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
STACK := target/stack
WITH_STACK := integration-tests/with-stack.sh
SCRIPTS := $(wildcard integration-tests/*.sh integration-tests/*/*.sh integration-tests/*/*/*.sh integration-tests/devstack/test/bin/* \
  integration-tests/devstack/settings container/*.sh etc/containers/*.sh fuzz/*.sh systemd/*.sh packaging/*.sh packaging/*/*.sh \
  packaging/debian/p* .ci/run)
DEVSTACK_DIR ?=
ARCH ?=
SECONDS := 60
DENY := $(shell PATH="$$PATH:$(CURDIR)/target/tools/bin" command -v cargo-deny)

.PHONY: help build demo test test-nova test-page test-devstack test-container test-monitoring packages test-packages docs figures fuzz coverage stack-up stack-down lint deny clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

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

# Where PostgreSQL and RabbitMQ are missing, without Nova: the test says what it does not prove then.
test-devstack: ## the DevStack plugin: stack, unstack, clean, each twice (DEVSTACK_DIR: a checkout of openstack/devstack)
	@NPA_STACK_FLAVOURS="$$(ls /usr/lib/postgresql/*/bin/postgres /usr/lib/rabbitmq/bin/rabbitmq-server >/dev/null 2>&1 \
	  && echo nova || echo keystone)" DEVSTACK_DIR='$(DEVSTACK_DIR)' $(WITH_STACK) integration-tests/devstack/test.sh

test-container: ## the image and the examples of etc/containers, without a container engine (needs root and debootstrap)
	@NPA_STACK_FLAVOURS=keystone $(WITH_STACK) integration-tests/container/test.sh

packages: ## the .deb and the .rpm, into target/packages (ARCH=arm64: cross-compiled)
	@packaging/make.sh $(ARCH)

test-packages: ## install, run, upgrade and remove them in clean roots under a real systemd (needs root and debootstrap; ARCH=arm64: emulated, with less)
	@packaging/make.sh $(ARCH)
	@NPA_STACK_FLAVOURS=keystone $(WITH_STACK) packaging/test$(if $(ARCH),-foreign).sh $(ARCH)

test-page: ## the status page and the pictures in a real Chromium; what it saw is left in target/page
	@NPA_STACK_FLAVOURS=placement $(WITH_STACK) integration-tests/page/run.sh

figures: ## measure what the documentation states: requests, times, memory
	@cargo test --release --lib -- --ignored --nocapture figures
	@NPA_STACK_FLAVOURS='placement nova' $(WITH_STACK) cargo test --release --test live --test nova -- --ignored --nocapture figures

test-monitoring: ## rules and dashboard against a real Prometheus that scrapes the agent (needs Debian's prometheus)
	@cargo build --workspace
	@$(WITH_STACK) integration-tests/monitoring/test.py target/debug/nvidia-placement-agent target/debug

docs: ## the documentation as a site: target/book/index.html (installs mdBook into target/tools once)
	@command -v target/tools/bin/mdbook >/dev/null || cargo install --locked --root target/tools --no-default-features --features search mdbook@0.5.4
	@target/tools/bin/mdbook build docs

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

lint: ## formatting, clippy with warnings as errors; shellcheck, cargo-deny, systemd-analyze where installed
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy --test nova -- -D warnings
	@if command -v shellcheck >/dev/null; then echo shellcheck; shellcheck $(SCRIPTS); \
	else echo 'shellcheck is not installed: scripts not checked'; fi
	@if [ -n "$(DENY)" ]; then $(MAKE) --no-print-directory deny; \
	else echo 'cargo-deny is not installed: licences and sources of dependencies not checked'; fi
	@if command -v systemd-analyze >/dev/null; then systemd/check.sh; \
	else echo 'systemd-analyze is not installed: units not checked'; fi

deny: ## licences and sources of dependencies, by deny.toml (needs cargo-deny: `bash packaging/tools.sh cargo-deny`)
	@cargo fetch --quiet --locked
	@PATH="$$PATH:$(CURDIR)/target/tools/bin" cargo deny --offline --all-features check --hide-inclusion-graph bans licenses sources

clean: ## stop the stack; remove everything built, measured or installed
	@integration-tests/stack/down.sh $(STACK) --purge
	cargo clean
	rm -rf .venv
