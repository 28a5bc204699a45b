# Every task has its target here; `make help` lists them.

CC        ?= gcc
CLANG     ?= clang
# Ubuntu's lies with its kernel's tools, and /usr/sbin/bpftool there knows only the running kernel's
BPFTOOL   ?= $(or $(lastword $(sort $(wildcard /usr/lib/linux-tools/*/bpftool))),$(firstword $(wildcard /usr/sbin/bpftool) bpftool))
BUILD     ?= build
# the tag; where there is none, CHANGELOG.md's newest entry and the commit
VERSION   := $(shell git describe --tags --dirty 2>/dev/null || \
  echo "$$(sed -n 's/^\#\# \([0-9][^ ]*\).*/\1/p' CHANGELOG.md | head -n 1)$$(git describe --always --dirty 2>/dev/null | sed 's/^/+/')")

# where rule files lie unless RULES_DIR says otherwise: `make install` puts them there
RULES     ?= /opt/docker_enforcer/rules

PKGS      := libbpf libcurl json-c libmicrohttpd libpcre2-8 sqlite3 openssl yaml-0.1
ifeq ($(shell pkg-config --exists libsystemd 2>/dev/null && echo yes),yes)
PKGS      += libsystemd
CPPFLAGS  += -DHAVE_SYSTEMD
endif
# without a complaint: `make run` and `make test` begin by installing what is missing, and the target packages looks
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS  := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
WARNINGS  := -Wall -Wextra -Wshadow -Wconversion -Werror
OPT       ?= -O2
# SAN=address,undefined or SAN=thread: the same tests under a sanitizer; COVERAGE=1: which lines they run is counted
SAN       ?=
COVERAGE  ?=
CFLAGS    += $(CPPFLAGS) -std=gnu17 -D_GNU_SOURCE -g $(OPT) $(WARNINGS) -fstack-protector-strong -fPIE -Iinclude \
             -DDE_RULES_DIR='"$(RULES)"' \
             -isystem $(BUILD)/bpf $(PKG_CFLAGS) $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer) \
             $(if $(COVERAGE),--coverage -fprofile-update=atomic)
LDFLAGS   += -pie -Wl,-z,relro,-z,now $(if $(SAN),-fsanitize=$(SAN)) $(if $(COVERAGE),--coverage)
LDLIBS    := $(PKG_LIBS) -lm -lpthread
BPFFLAGS  := -g -O2 -Wall -Wextra -Werror -target bpf -Ivmlinux -Iinclude

SOURCES   := $(wildcard userspace/*/*.c)
OBJECTS   := $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/userspace/http/assets.o
LIBRARY   := $(filter-out $(BUILD)/userspace/cli/%,$(OBJECTS))
BPF       := $(wildcard bpf/*.bpf.c)
SKELETONS := $(BPF:bpf/%.bpf.c=$(BUILD)/bpf/%.skel.h)

.SECONDARY:

# All cores; a line for each thing done, V=1 shows the command instead.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif
Q         := $(if $(V),,@)
say        = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),,@printf '  %-5s %s\n' $(1) $(2))

.PHONY: all
all: $(BUILD)/docker-enforcer ## build the binary, BPF programs embedded (default)

$(BUILD)/docker-enforcer: $(OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

.PHONY: packages
packages:
	@pkg-config --print-errors --exists $(PKGS) || { echo "sudo deploy/install-packages build installs what is missing" >&2; exit 1; }
	@command -v $(BPFTOOL) >/dev/null || { echo "no bpftool: Debian has a package of that name, Ubuntu linux-tools-generic;" \
	  "or make BPFTOOL=/path/to/bpftool" >&2; exit 1; }

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c | packages
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(CLANG) $(BPFFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/bpf/%.skel.h: $(BUILD)/bpf/%.bpf.o
	$(Q)$(BPFTOOL) gen skeleton $< name $(*F)_bpf > $@.new && mv $@.new $@

$(BUILD)/userspace/metrics/source_bpf.o $(BUILD)/userspace/metrics/bpf_flush.o: $(SKELETONS)

# written when it is another one, and only then: a build in a folder that is there says what it is
$(BUILD)/version $(BUILD)/rules-dir: force
	@mkdir -p $(@D)
	@[ "$$(cat $@ 2>/dev/null)" = '$(IS)' ] || echo '$(IS)' > $@

$(BUILD)/version: IS = $(VERSION)
$(BUILD)/rules-dir: IS = $(RULES)

.PHONY: force

$(BUILD)/userspace/base/version.o: CFLAGS += -DDE_VERSION='"$(VERSION)"'
$(BUILD)/userspace/base/version.o: $(BUILD)/version
$(BUILD)/userspace/base/config.o: $(BUILD)/rules-dir

# tests look behind the doors too
$(BUILD)/tests/%.o: CFLAGS += -Iuserspace

$(BUILD)/%.o: %.c | packages
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/userspace/http/assets.o: userspace/http/assets.S $(wildcard userspace/http/ui/*)
	@mkdir -p $(@D)
	$(call say,AS,$<)
	$(Q)$(CC) -c $< -o $@

-include $(OBJECTS:.o=.d) $(SKELETONS:.skel.h=.bpf.d)

UNIT      := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))

.PHONY: unit
unit: $(UNIT) ## build the unit tests (tests/run runs them)

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(LIBRARY)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -lcmocka -o $@

# threads that cannot be made
$(BUILD)/tests/unit/test_workers: LDFLAGS += -Wl,--wrap=pthread_create

-include $(UNIT:%=%.d)

FUZZERS   := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(LIBRARY)
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer $^ $(LDLIBS) -o $@

-include $(FUZZERS:%=%.d)

.PHONY: fuzzers
fuzzers: $(FUZZERS)

FUZZ_SECONDS ?= 60
.PHONY: fuzz
fuzz: ## fuzz what parses input, FUZZ_SECONDS for each target
	tests/fuzz/run $(FUZZ_SECONDS)

BENCH     := $(patsubst tests/bench/%.c,$(BUILD)/tests/bench/%,$(wildcard tests/bench/bench_*.c))

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(LIBRARY)
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

-include $(BENCH:%=%.d)

.PHONY: bench
bench: all $(BENCH) ## CONTAINERS=1000: all figures of docs/performance.md, in one run; JSON in build/bench.json (as root)
	tests/bench/run $(BUILD) $(CONTAINERS)

CONTAINERS ?= 1000
N ?= 1000
.PHONY: differential
differential: all ## N=100000: so many generated requests against a private dockerd behind the plugin
	tests/differential/run $(N)

.PHONY: soak
soak: all ## MINUTES=10 SEED=: all modes and the plugin before a private dockerd under churn and faults, and what must hold (as root)
	deploy/install-packages test
	DE_BIN=$(BUILD)/docker-enforcer tests/soak/run $$(($(MINUTES) * 60)) $(SEED)

MINUTES ?= 10
SEED    ?=
.PHONY: test-v2
test-v2: all ## more integration tests than `make test` runs in a guest with pure cgroup v2 and Debian's 6.1 kernel
	deploy/install-packages test
	tests/vm/run

.PHONY: run
run: ## install what is missing, build, and run in WARN mode (with a Docker to try it on where none answers)
	@deploy/install-packages build
	@$(MAKE) --no-print-directory all
	@deploy/try $(BUILD)/docker-enforcer

$(BUILD)/browser/node_modules: tests/browser/package.json
	@mkdir -p $(@D) && cp $< $(@D)/
	npm install --prefix $(@D) --no-audit --no-fund --no-package-lock --silent && touch $@

.PHONY: browser
browser: build/browser/node_modules ## fetch what drives the browser in tests

.PHONY: test
test: ## install what is missing, build and run all tests (or TESTS="unit lint tests/integration/modes.bats"…)
	deploy/install-packages test
	tests/run $(TESTS)

.PHONY: coverage
coverage: ## unit and integration tests, and how many of each room's lines they run
	tests/run coverage

PREFIX    ?= /usr/local
SYSCONF   ?= /etc
SHARE     := $(DESTDIR)$(PREFIX)/share
UNITS     := $(DESTDIR)$(PREFIX)/lib/systemd/system

.PHONY: install
install: all ## install to DESTDIR and PREFIX; rules and configuration that are there stay as they are
	install -D $(BUILD)/docker-enforcer $(DESTDIR)$(PREFIX)/sbin/docker-enforcer
	install -d $(UNITS) $(SHARE)/docker-enforcer $(DESTDIR)$(SYSCONF)/docker-enforcer $(DESTDIR)$(RULES)
	install -m 644 deploy/systemd/docker-enforcer.* deploy/systemd/docker-enforcer-relay.socket $(UNITS)
	sed -i 's|/usr/local/sbin/|$(PREFIX)/sbin/|; s|/etc/docker-enforcer|$(SYSCONF)/docker-enforcer|' $(UNITS)/docker-enforcer.service
	cp -R rules/packs rules/schema $(SHARE)/docker-enforcer
	cp -R deploy/authz deploy/logrotate deploy/prometheus deploy/grafana deploy/systemd/docker.service.d deploy/systemd/relay $(SHARE)/docker-enforcer
	install -D -m 644 deploy/man/docker-enforcer.8 $(SHARE)/man/man8/docker-enforcer.8
	sed -i 's|/opt/docker_enforcer/rules|$(RULES)|' $(SHARE)/man/man8/docker-enforcer.8
	install -D -m 644 deploy/completion/docker-enforcer $(SHARE)/bash-completion/completions/docker-enforcer
	[ -e $(DESTDIR)$(SYSCONF)/docker-enforcer/environment.conf ] || \
	  install -m 644 deploy/environment.conf $(DESTDIR)$(SYSCONF)/docker-enforcer
	for f in rules/*.json; do [ -e $(DESTDIR)$(RULES)/$${f##*/} ] || install -m 644 $$f $(DESTDIR)$(RULES); done

.PHONY: uninstall
uninstall: ## remove what install put there, but for rules and configuration
	rm -f $(DESTDIR)$(PREFIX)/sbin/docker-enforcer $(UNITS)/docker-enforcer.service $(UNITS)/docker-enforcer.socket $(UNITS)/docker-enforcer-relay.socket \
	  $(SHARE)/bash-completion/completions/docker-enforcer $(SHARE)/man/man8/docker-enforcer.8
	rm -rf $(SHARE)/docker-enforcer

.PHONY: format
format: ## format the C sources
	clang-format -i $$(git ls-files '*.c' '*.h' ':!vmlinux')

.PHONY: lint
lint: ## formatting, the rooms that includes keep to, who prints, cppcheck
	tests/lint/rooms >$(BUILD)/rooms || { cat $(BUILD)/rooms; exit 1; }
	tests/lint/printing
# every version of clang-format has a mind of its own: Debian 12's is the one that is kept to
	@case "$$(clang-format --version)" in \
	*' version 14.'*) clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h' ':!vmlinux') ;; \
	*) echo "formatting is clang-format 14's, and not checked by this $$(clang-format --version)" ;; esac
# uninitvar: cppcheck does not see that HASH_ITER sets its variables; ctuuninitvar: that a struct err is written only;
# normalCheckLevelMaxBranches: later versions say that they do not look at everything, as if that were an error
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability --inline-suppr \
	  --suppress=missingIncludeSystem --suppress=uninitvar --suppress=ctuuninitvar --suppress=normalCheckLevelMaxBranches \
	  -Iinclude userspace

.PHONY: tidy
tidy: $(SOURCES:%.c=$(BUILD)/tidy/%.ok) ## clang-tidy, of what has changed; TIDY_NODES=225000 is its own bound

# of states that the analyzer looks at in one function: a fifth of its own bound takes a fifth of the time
TIDY_NODES ?= 50000

# an object is made anew when a header of its changes
$(BUILD)/tidy/%.ok: %.c $(BUILD)/%.o .clang-tidy
	@mkdir -p $(@D)
	clang-tidy --quiet $< -- $(filter-out -W%,$(CFLAGS)) -Xclang -analyzer-config -Xclang max-nodes=$(TIDY_NODES) 2>$@.log || { cat $@.log; exit 1; }
	@touch $@

.PHONY: clean
clean: ## remove everything built (but not the roots and kernels that were fetched for tests: build/fresh, build/engines, build/kernels)
	rm -rf $(filter-out %/fresh %/engines %/kernels,$(wildcard $(BUILD)/*))

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: deb
deb: ## build/deb/docker-enforcer_VERSION_amd64.deb, for this machine's release of Debian
	@deploy/install-packages deb
	@deploy/make-deb $(BUILD)/deb

.PHONY: test-package
test-package: ## the package under a booted systemd on Debian 12 and 13: installs, upgrades, is removed and purged
	tests/systemd/package 12
	tests/systemd/package 13

.PHONY: test-fresh
test-fresh: ## the README's two commands on bare machines of Debian 12, 13 and sid (test-fresh-12-run: one of them)
	tests/fresh/run

test-fresh-%:
	tests/fresh/run $*

.PHONY: test-kernels
test-kernels: all ## usage and KILL on kernels 5.10, 6.1, 6.12 and 7.2, in emulated guests (test-kernels-7.2: one of them)
	tests/kernels/run

test-kernels-%: all
	tests/kernels/run $*

.PHONY: test-engines
test-engines: all ## integration and differential tests on dockerd 26.1 and 28.5 and on podman (test-engines-docker-28.5: one of them)
	tests/engines/run

test-engines-%: all
	tests/engines/run $*
