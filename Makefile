# `make` prints what there is. Every target sets up what it needs; nothing needs root.
.DEFAULT_GOAL := help
.PHONY: help setup build demo test bench bench-peers bench-growth lint ci
CARGO ?= cargo
CASELOAD := target/release/caseload
PEERS := .tools/peers/bin/python

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s  %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## fetch cmake and libclang into .tools when the machine lacks them (no root; nothing to do the second time)
	@scripts/setup

build: setup ## target/release/caseload; the first time takes about 13 minutes on 2 cores (HiGHS, typst)
	$(CARGO) build --release --locked

demo: build ## plan a made-up Iowa MCO (8,500 members, 190 case managers) and say which files to open
	$(CASELOAD) plan datasets/iowa-mco --out demo/plan --force
	@echo
	@echo "Open these:"
	@echo "  demo/plan/report.html      the verdict, before and after, the map (any browser, offline)"
	@echo "  demo/plan/transfers.csv    one row a transfer, with the reason in words (Excel)"
	@echo "  demo/plan/letters/         the letters as PDF in print batches; index.csv says whose is on which page"
	@echo "Judge the plan again, from the raw roster:  $(CASELOAD) verify demo/plan datasets/iowa-mco"

test: setup ## all tests, documentation tests included
	$(CARGO) test --release --locked

bench: setup ## the benches; the first run builds them
	$(CARGO) bench --locked

bench-peers: .tools/peers/ready ## the same instances given to OR-Tools, HiGHS, SCIP and CBC; ARGS="--sizes 3000x67 ..." (benches/peers)
	$(PEERS) benches/peers/compare.py $(ARGS)

bench-growth: .tools/peers/ready ## our time and memory from 1,000 to 1,000,000 members, with the plot of the docs
	$(PEERS) benches/peers/growth.py $(ARGS)

.tools/peers/ready: benches/peers/requirements.txt
	python3 -m venv .tools/peers
	$(PEERS) -m pip install --quiet --requirement $<
	touch $@

lint: setup ## formatting, clippy and the documentation's links, all as errors
	$(CARGO) fmt --check
	$(CARGO) clippy --release --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps --release --locked --document-private-items

ci: ## everything a change has to pass
	@.ci/run
