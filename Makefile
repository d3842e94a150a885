# Two commands matter: `make run` and `make test`.
export CARGO_TARGET_DIR ?= $(CURDIR)/target
BEFFROI = $(CARGO_TARGET_DIR)/debug/beffroi

.PHONY: run build test tools lint unit e2e e2e-full bench package package-test fuzz

build:
	cargo build --locked --bin beffroi

# Builds, makes the fictitious Region on first run, serves it and says who can sign in.
run: build
	$(BEFFROI) demo --if-empty
	$(BEFFROI) serve

test: tools lint unit e2e

# What the tests need and a bare Debian 12 lacks.
tools:
	scripts/install-tools

lint:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo run --locked --quiet -p xtask -- tidy

unit:
	scripts/with-postgres cargo nextest run --locked --workspace --no-fail-fast
	cargo test --locked --workspace --doc --quiet

e2e: build
	cd e2e && npm ci --ignore-scripts --no-audit --no-fund --silent
	cd e2e && BEFFROI=$(BEFFROI) node --test --test-concurrency=1 --test-reporter=spec
	cd e2e && BEFFROI=$(BEFFROI) ../scripts/with-postgres \
		node --test --test-concurrency=1 --test-reporter=spec walk.test.mjs every-request.test.mjs live.test.mjs
	BEFFROI=$(BEFFROI) scripts/schemathesis

# What the everyday run leaves out: single sign-on with LemonLDAP::NG, whole lives of acts on PostgreSQL.
e2e-full: build
	scripts/install-tools --full
	cd e2e && npm ci --ignore-scripts --no-audit --no-fund --silent
	cd e2e && BEFFROI_FULL=1 BEFFROI=$(BEFFROI) node --test --test-reporter=spec lemonldap.test.mjs
	cd e2e && BEFFROI=$(BEFFROI) ../scripts/with-postgres node --test --test-reporter=spec lives.test.mjs

# The budgets, on Regions of their real size; writes bench/RESULTS.md. Wants a quiet machine and 25 GB.
bench:
	cargo build --locked --release --bin beffroi
	cargo build --locked --release --package beffroi-db --example reference
	node bench/run.mjs

# The Debian package of this machine's architecture, in target/debian.
package:
	packaging/build-deb

# Installs, upgrades, breaks, restores and removes on a clean Debian 12, behind nginx and HAProxy. Wants root and
# ten minutes: not part of `make test`. BEFFROI_OLD names an older program to upgrade from.
package-test: build
	BEFFROI=$(BEFFROI) packaging/tests/pitr
	BEFFROI=$(BEFFROI) packaging/tests/watch
	BEFFROI=$(BEFFROI) packaging/tests/proxies
	BEFFROI=$(BEFFROI) packaging/tests/rolling
	BEFFROI=$(BEFFROI) packaging/tests/debian

# Each parser that reads the outside, FUZZ_SECONDS (60) each; beside the everyday build.
fuzz:
	scripts/fuzz
