# jcluster: build, run, test, install. `make help` lists the targets, V=1 shows the commands. How it is done is in
# src/build: jdk.mk, deps.mk, compile.mk, deb.mk, tests.mk, trials.mk, lint.mk.
VERSION = 0.1.0

# Where `make install` puts things; DESTDIR comes before all of them
prefix ?= /usr/local
bindir ?= $(prefix)/bin
libdir ?= $(prefix)/lib
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
sysconfdir ?= /etc
pkglibdir = $(libdir)/jcluster
ifeq ($(prefix),/usr)
systemdsystemunitdir ?= \
  $(or $(shell pkg-config --variable=systemdsystemunitdir systemd 2>/dev/null),/lib/systemd/system)
else ifeq ($(prefix),/usr/local)
systemdsystemunitdir ?= $(prefix)/lib/systemd/system
else # systemd looks in no other prefix
systemdsystemunitdir ?= $(sysconfdir)/systemd/system
endif
INSTALL_PROGRAM = install -D -m 755
INSTALL_DATA = install -D -m 644

MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL = all
.DELETE_ON_ERROR:
.PHONY: all run test install uninstall clean help
ifndef V
.SILENT:
endif
# This folder, for a shell: its name may have blanks
here = '$(CURDIR)'

include src/build/jdk.mk
include src/build/deps.mk
include src/build/compile.mk
include src/build/deb.mk
include src/build/tests.mk
include src/build/trials.mk
include src/build/lint.mk

## all: build everything into build/ (the default)
all: build/jcluster.jar build/agent.jar build/demo.jar build/bin/jcluster build/handle $(native)

build/jcluster.jar: $(shell find src/main) $(jna) $(recipes) | build/sane
	src/build/compile build/classes/jcluster src/main -- $(javac) -cp $(jna)
	$(jar) $@ build/classes/jcluster 'Implementation-Version: $(VERSION)' 'Main-Class: jcluster.cli.Main' \
	  'Class-Path: jna.jar' 'Enable-Native-Access: ALL-UNNAMED'

build/demo.jar: $(shell find src/demo) $(recipes) | build/sane
	src/build/compile build/classes/demo src/demo -- $(javac) -cp build/classes/demo
	$(jar) $@ build/classes/demo 'Implementation-Version: $(VERSION)' 'Main-Class: Demo'

# It says where it is, and anew in a clone that was moved
ifneq ($(CURDIR)/build,$(shell sed -n 's/^libdir="\(.*\)"$$/\1/p' build/bin/jcluster 2>/dev/null))
.PHONY: build/bin/jcluster
endif
build/bin/jcluster: src/launcher/jcluster.in
	mkdir -p $(@D)
	sed 's|@libdir@|'$(here)'/build|' $< >$@
	chmod +x $@

build/handle: src/launcher/handle
	cp $< $@

## run: build, then run the demo on port 8080 until Ctrl-C
run: all
	printf '%s\n' 'A cluster of the demo, one worker per CPU, on http://localhost:8080/. In another terminal, try:' \
	  '  curl localhost:8080' '  build/bin/jcluster status' '  build/bin/jcluster reload' \
	  '  build/bin/jcluster scale demo +1' 'Ctrl-C ends it.'
	exec build/bin/jcluster run --name=demo --listen=8080 --instances=max -- java -jar build/demo.jar

## test: run the unit and system tests on each of JDKS and SYSTEM_JDKS, the others on the last;
##   only those that match TESTS=REGEX; REPEAT=20 times in random orders, from that of SEED=;
##   EVERY=1 also kills at each write
test: $(unit) $(compat) $(traffic) $(system) $(trials)
	$(run_tests) $(SYSTEM_JDKS:%=system=%) trials=$(lastword $(SYSTEM_JDKS)) \
	  $(JDKS:%=unit=%) unit+once=$(lastword $(JDKS)) \
	  compat=$(lastword $(JDKS)) traffic=$(lastword $(JDKS)) -- $(test_options)

# Installing. Beside the jars goes a copy of the demo's configuration as shipped: one that still equals it is ours to
# replace or to remove, any other is the administrator's. There, too, are the units for other applications to link to:
# systemd takes a link to a unit in a folder of units for another name of that unit.
conf = $(DESTDIR)$(sysconfdir)/jcluster/myapp.conf
shipped = $(DESTDIR)$(pkglibdir)/myapp.conf
unit_dir = $(DESTDIR)$(systemdsystemunitdir)
units = $(notdir $(wildcard systemd/*.service systemd/*.socket systemd/*.target systemd/*.timer))
templates = $(filter myapp%,$(units))
private = jcluster.jar agent.jar jna.jar demo.jar libjnidispatch.so
# As WHERE:WHICH
completions = bash-completion/completions/jcluster:jcluster.bash zsh/site-functions/_jcluster:_jcluster \
  fish/vendor_completions.d/jcluster.fish:jcluster.fish
# Relative to $(libdir) and $(datadir)
catalog = systemd/catalog/jcluster.catalog
drop_in = jcluster/no-outbound.conf
tell_systemd = if [ -z '$(DESTDIR)' ] && [ -d /run/systemd/system ]; then \
  systemctl daemon-reload && journalctl --update-catalog; fi

## install: install under $(prefix), with the demo as a service, myapp
install: all
	$(INSTALL_DATA) -t $(DESTDIR)$(pkglibdir) $(private:%=build/%)
	sed 's|@libdir@|$(pkglibdir)|' src/launcher/jcluster.in >build/jcluster.install
	$(INSTALL_PROGRAM) build/handle $(DESTDIR)$(pkglibdir)/handle
	$(INSTALL_PROGRAM) build/jcluster.install $(DESTDIR)$(bindir)/jcluster
	for unit in $(units); do src/build/unit '$(bindir)' systemd/$$unit >build/unit.install && \
	  $(INSTALL_DATA) build/unit.install $(unit_dir)/$$unit || exit; done
	for unit in $(templates); do cp $(unit_dir)/$$unit $(DESTDIR)$(pkglibdir)/$$unit || exit; done
	for page in man/*.[1-8]; do \
	  $(INSTALL_DATA) -t $(DESTDIR)$(mandir)/man$${page##*.} $$page || exit; done
	for one in $(completions); do \
	  $(INSTALL_DATA) src/launcher/completions/$${one#*:} $(DESTDIR)$(datadir)/$${one%:*} || exit; done
	$(INSTALL_DATA) systemd/jcluster.catalog $(DESTDIR)$(libdir)/$(catalog)
	$(INSTALL_DATA) systemd/no-outbound.conf $(DESTDIR)$(datadir)/$(drop_in)
	sed 's|@demodir@|$(pkglibdir)|g' src/demo/myapp.conf >build/myapp.conf
	if [ ! -e $(conf) ] || cmp -s $(conf) $(shipped); then $(INSTALL_DATA) build/myapp.conf $(conf); \
	elif ! cmp -s $(conf) build/myapp.conf; then $(INSTALL_DATA) build/myapp.conf $(conf).new; \
	  echo "kept $(conf), which was changed; the new one is $(conf).new"; fi
	$(INSTALL_DATA) build/myapp.conf $(shipped)
	$(tell_systemd)
	[ -n '$(DESTDIR)' ] || printf '%s\n' 'Installed. Try:' \
	  '  systemctl start myapp@max.service' '  jcluster status myapp' '  systemctl reload myapp' \
	  'Your own application: jcluster add NAME --listen=PORT -- java -jar /opt/NAME/NAME.jar' \
	  'What runs already goes over to this version with jcluster upgrade NAME.'

## uninstall: remove what install put there; a changed configuration stays
uninstall:
	if [ -z '$(DESTDIR)' ] && systemctl --quiet is-active 'myapp@*.service' 2>/dev/null; then \
	  echo 'make: myapp runs: systemctl stop myapp' >&2; exit 1; fi
	if [ -z '$(DESTDIR)' ] && systemctl --quiet is-active jcluster-metrics.timer 2>/dev/null; then \
	  echo 'make: metrics are written: systemctl disable --now jcluster-metrics.timer' >&2; exit 1; fi
	added=`find $(DESTDIR)/etc/systemd/system -lname '$(pkglibdir)/*@.service' 2>/dev/null`; if [ -n "$$added" ]; then \
	  echo "make: applications are left, see jcluster remove:" $$added >&2; exit 1; fi
	if cmp -s $(conf) $(shipped); then rm -f $(conf); fi
	rm -f $(conf).new $(shipped) $(DESTDIR)$(pkglibdir)/handle $(private:%=$(DESTDIR)$(pkglibdir)/%)
	rm -f $(DESTDIR)$(bindir)/jcluster $(units:%=$(unit_dir)/%) $(templates:%=$(DESTDIR)$(pkglibdir)/%)
	for one in $(completions); do rm -f $(DESTDIR)$(datadir)/$${one%:*}; done
	for page in man/*.[1-8]; do rm -f $(DESTDIR)$(mandir)/man$${page##*.}/$${page#man/}; done
	rm -f $(DESTDIR)$(libdir)/$(catalog) $(DESTDIR)$(datadir)/$(drop_in)
	for dir in $(DESTDIR)$(pkglibdir) $(DESTDIR)$(datadir)/jcluster $(dir $(conf)); do \
	  [ ! -d $$dir ] || rmdir --ignore-fail-on-non-empty $$dir; done
	$(tell_systemd)

## clean: remove build/
clean:
	rm -rf build

## help: print this
help:
	awk '/^##   / { text[n] = text[n] substr($$0, 5) } \
	  /^## [a-z]/ { name = $$2; sub(/:$$/, "", name); sub(/[^:]*: /, ""); text[++n] = sprintf("%-12s %s", name, $$0) } \
	  END { for (i = 1; i <= n; i++) print text[i] }' $(MAKEFILE_LIST)
