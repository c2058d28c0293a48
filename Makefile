# The site as it is built, installed and served. `make` alone lists what there is to make.

JAIL ?= /jail
PORT ?= 8080

# Debian's Python, 3.11 in Debian 12, which the shipped zook.conf names.
PYTHON := $(or $(shell /usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null),3.11)
# Debian's packages: a C compiler and libc for linking, and Python.
PACKAGES := gcc libc6-dev binutils python3 tzdata
# CPython's own tests, which are run inside the sandbox.
TEST_PACKAGES := libpython$(PYTHON)-testsuite
# What the site is measured beside.
BENCH_PACKAGES := nginx-light wrk bubblewrap

TRIPLE := $(shell rustc -vV | sed -n 's/^host: //p')
TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
BUILT := $(TARGET)/$(TRIPLE)/release
PROGRAMS ?= $(TARGET)/programs
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

# All programs are static, so that their root directories hold no libraries. The zygote is a shared library itself.
STATIC := zookld zookd zookfs zookctl zoobar echo auth bank profile profile-api-server sandboxd zook-sandbox hello
CARGO_FOR := CARGO_TARGET_$(shell echo $(TRIPLE) | tr a-z- A-Z_)
CARGO_STATIC := env $(CARGO_FOR)_RUSTFLAGS="-C target-feature=+crt-static" cargo
CARGO_DYNAMIC := env -u $(CARGO_FOR)_RUSTFLAGS -u CARGO_BUILD_TARGET cargo
# Tests are built by whoever asks for them, and run as root.
AS_ROOT := $(if $(SUDO),$(CARGO_FOR)_RUNNER="sudo -E") ZOOKWS_PROGRAMS=$(PROGRAMS) PROGRAMS=$(PROGRAMS)
TEST := $(AS_ROOT) $(CARGO_STATIC) test --release --target $(TRIPLE)

.PHONY: help setup run check check-long format test bench clean packages test-packages bench-packages programs install install-files

help:
	@echo 'make run      set up the site and serve it at http://127.0.0.1:$(PORT)/ until Ctrl-C (PORT=, JAIL=)'
	@echo 'make setup    packages, build, and the site under $(JAIL); what is in its databases stays'
	@echo 'make check    every test (as root; on sites of its own, in temporary directories)'
	@echo 'make check-long  what takes longer: fuzzing (FUZZ_SECONDS=30 each), a larger oracle, 1,000 runs under fire'
	@echo 'make test     one kind of test on whole sites (KIND=policy|attacks|journeys|chaos|handouts, ONLY=)'
	@echo 'make bench    figures beside nginx, a bare socket, the disk and plain Python (WHAT=http|rpc|bank|...)'
	@echo 'make clean    remove what was built; a site under $(JAIL) stays'

setup: packages programs
	@$(SUDO) $(MAKE) --no-print-directory -s install JAIL=$(JAIL) PORT=$(PORT) PROGRAMS=$(PROGRAMS)
	@echo 'The site is ready under $(JAIL); its policy: $(JAIL)/bin/zookld --check $(JAIL)/zook.conf'

run: setup
	@exec $(SUDO) $(JAIL)/bin/zookld $(JAIL)/zook.conf

test-packages: PACKAGES := $(TEST_PACKAGES)
bench-packages: PACKAGES := $(BENCH_PACKAGES)
packages test-packages bench-packages:
	@missing=; for package in $(PACKAGES); do \
	    dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	[ -z "$$missing" ] || { $(SUDO) apt-get update && $(SUDO) apt-get install -y --no-install-recommends $$missing; }

# The programs and interfaces of this build, side by side, as zookld expects them.
programs:
	$(CARGO_STATIC) build --release --target $(TRIPLE) $(STATIC:%=-p %)
	$(CARGO_DYNAMIC) build --release -p zygote
	@install -d $(PROGRAMS)/interfaces
	@install $(STATIC:%=$(BUILT)/%) $(PROGRAMS)
	@install -s $(TARGET)/release/libzygote.so $(PROGRAMS)/zygote
	@install -m 644 $(wildcard services/*-api/src/*.varlink sandbox/*-api/src/*.varlink) $(PROGRAMS)/interfaces
	@install -m 644 zook.conf $(PROGRAMS)

# Everything below belongs to root and can be written by nobody else; zookld gives the services what they own. A zook.conf
# that is not as it was installed is the operator's.
install: install-files
	@install -d -o root -g root $(JAIL)/bin/interfaces
	@install -o root -g root $(addprefix $(PROGRAMS)/,$(filter-out hello,$(STATIC)) zygote) $(JAIL)/bin
	@install -o root -g root -m 644 $(wildcard $(PROGRAMS)/interfaces/*.varlink) $(JAIL)/bin/interfaces
	@touch $(JAIL)/zook.conf.shipped
	@if [ -e $(JAIL)/zook.conf ] && ! cmp -s $(JAIL)/zook.conf $(JAIL)/zook.conf.shipped; then kept=yes; fi; \
	sed 's|^\( *port = \).*|\1$(PORT)|; s|^\( *jail = \).*|\1$(JAIL)|' $(PROGRAMS)/zook.conf | \
	    install -o root -g root -m 644 /dev/stdin $(JAIL)/zook.conf.shipped; \
	if [ -n "$$kept" ]; then \
	    echo '$(JAIL)/zook.conf was changed by hand and stays as it is; that of this build is $(JAIL)/zook.conf.shipped'; \
	else install -o root -g root -m 644 $(JAIL)/zook.conf.shipped $(JAIL)/zook.conf; fi

# The static files, and the example of a program, once as it should be and once as somebody else's.
install-files:
	@case '$(JAIL)' in /?*) ;; *) echo 'JAIL must be an absolute path'; exit 1 ;; esac
	@install -d -o root -g root $(JAIL)/static/srv/zoobar/media $(JAIL)/cgi/srv/cgi-bin
	@install -o root -g root -m 644 site/index.html site/favicon.ico $(JAIL)/static/srv
	@install -o root -g root -m 644 zoobar/media/* $(JAIL)/static/srv/zoobar/media
	@install -o root -g root $(PROGRAMS)/hello $(JAIL)/cgi/srv/cgi-bin/hello
	@install -o nobody -g nogroup $(PROGRAMS)/hello $(JAIL)/cgi/srv/cgi-bin/not-ours

# Unit tests first, then whole sites; the handouts' exercises last, so that their PASS and FAIL lines end the output.
check: packages test-packages format programs
	$(CARGO_STATIC) clippy --release --target $(TRIPLE) --workspace --exclude zygote --all-targets -- -D warnings
	$(CARGO_DYNAMIC) clippy --release -p zygote --all-targets -- -D warnings
	$(TEST) --workspace --exclude zygote --exclude harness
	$(TEST) -p harness --lib --test policy --test attacks --test journeys --test chaos
	$(TEST) -p harness --test handouts

format:
	cargo fmt --all --check

# What takes too long for each change. Corpora stay as they are; what is found is kept in fuzz/artifacts. Needs cargo-fuzz, and
# root for what the oracle mounts.
FUZZ_SECONDS ?= 30
FUZZ := $(patsubst fuzz/fuzz_targets/%.rs,%,$(wildcard fuzz/fuzz_targets/*.rs))
check-long: packages programs
	@cargo fuzz --version || { echo 'fuzzing needs cargo-fuzz: cargo install cargo-fuzz'; exit 1; }
	@set -e; for target in $(FUZZ); do found=$$(mktemp -d); \
	    env -u $(CARGO_FOR)_RUSTFLAGS -u CARGO_BUILD_TARGET CARGO_TARGET_DIR=$(TARGET)/fuzz cargo fuzz run -s none $$target \
	        $$found fuzz/corpus/$$target -- -max_total_time=$(FUZZ_SECONDS) -timeout=30 -print_final_stats=1; \
	    rm -r $$found; \
	done
	ORACLE_SEEDS=1000 $(TEST) -p vfs --test oracle
	CHAOS_RUNS=1000 $(TEST) -p harness --test chaos -- --nocapture

# One kind of whole-site test, or one test of it: make test KIND=journeys ONLY=a_user_logs_out_and_in_again
KIND ?= journeys
test: programs
	$(TEST) -p harness --test $(KIND) -- $(ONLY)

# Figures beside other servers and plain Python, from one run: make bench WHAT=http
bench: packages bench-packages programs
	$(AS_ROOT) $(CARGO_STATIC) run --release --target $(TRIPLE) -p bench -- $(WHAT)

clean:
	cargo clean
