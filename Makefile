# jcluster: build, run, test, check, install. `make help` lists the targets, V=1 shows the commands.
VERSION = 0.1.0

# Where `make install` puts things; DESTDIR comes before all of them
prefix ?= /usr/local
bindir ?= $(prefix)/bin
libdir ?= $(prefix)/lib
mandir ?= $(prefix)/share/man
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

# JDK builds; the tests run on it and on the newest installed LTS from 21 on
JDK := $(or $(JDK),$(JAVA_HOME),$(patsubst %/bin/javac,%,$(realpath $(shell command -v javac))))
LTS := $(shell awk -F'"' '/^JAVA_VERSION=/ && int($$2) > 20 && int($$2) % 4 == 1 { print int($$2), FILENAME }' \
  $(patsubst %/bin/javac,%/release,$(wildcard /usr/lib/jvm/*/bin/javac)) /dev/null | \
  sort -n | sed -n '$$s|[0-9]* \(.*\)/release|\1|p')
JDKS ?= $(sort $(realpath $(JDK) $(LTS)))
SYSTEM_JDKS ?= $(JDKS)

# The same sources give the same bytes: jars carry the date of the last commit (their format begins in 1980)
SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2>/dev/null),0)
date := $(shell date -u -d @$$(( $(SOURCE_DATE_EPOCH) > 315619200 ? $(SOURCE_DATE_EPOCH) : 315619200 )) +%FT%TZ)

# Make itself
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL = all
.DELETE_ON_ERROR:
.PHONY: all run check test test-unit test-system test-compat test-traffic test-trials fuzz fuzz-tls compat traffic bench rolls faults soak coverage lint format install uninstall clean sanity help
ifndef V
.SILENT:
endif

# Tools; a missing one is named with the command that installs it
JAVAC = $(if $(JDK),$(JDK)/bin/)javac
javac_flags = $(brief:%=-J%) --release $(or $(release),17) -encoding UTF-8 $(lints)
lints = -Xlint:all -Werror
# A JVM that lives for seconds has no use for more
brief = -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
export MAVEN_OPTS ?= $(brief)
INSTALL_PROGRAM = install -D -m 755
INSTALL_DATA = install -D -m 644
need = command -v $(1) >/dev/null || { echo "make: $(1) not found: apt-get install $(2)" >&2; exit 1; }
empty :=
space := $(empty) $(empty)
path = $(subst $(space),:,$(strip $(1)))
# This folder, for a shell: its name may have blanks
here = '$(CURDIR)'

sanity: build/sane ## check that the machine can build, and name what it would use
	echo "jcluster $(VERSION), dated $(date)"
	echo "builds with $(JDK), tests on $(JDKS)"

build/sane: Makefile
	$(call need,$(JAVAC),default-jdk-headless)
	$(call need,mvn,maven)
	$(JAVAC) -version 2>&1 | awk '/^javac/ { v = int($$2) } END { exit v < 17 }' || \
	  { echo "make: $(JAVAC) is older than 17: apt-get install openjdk-17-jdk-headless" >&2; exit 1; }
	mkdir -p $(@D)
	touch $@

# Dependencies, each named by its artifact: $(call dep,jna) is build/deps/jna-VERSION.jar
locked := $(shell awk '!/^\#/ { split($$2, c, ":"); print c[2] "-" c[3] (c[5] ? "-" c[5] : "") ".jar" }' deps.lock)
dep = $(patsubst %,build/deps/%,$(filter $(1)-%,$(locked)))
jna = build/jna.jar
junit = $(call dep,junit-platform-console-standalone)
jacoco = $(call dep,org.jacoco.agent) $(call dep,org.jacoco.cli)

# What the program needs, and in one go what tests and checks need
$(call dep,jna): deps.lock src/build/fetch | build/sane
	mkdir -p $(@D)
	src/build/fetch deps.lock $@

others := $(filter-out $(call dep,jna),$(locked:%=build/deps/%))
$(others) &: deps.lock src/build/fetch | build/sane
	mkdir -p build/deps
	src/build/fetch deps.lock $(others)

$(jna): $(call dep,jna)
	cp $< $@

# Native code is unpacked here: at run time /tmp may be no place to load it from
native = build/libjnidispatch.so
machine := $(shell uname -m)
$(native): $(jna)
	cd build && $(JDK)/bin/jar -xf jna.jar com/sun/jna/linux-$(machine:x86_64=x86-64)/$(@F)
	mv build/com/sun/jna/*/$(@F) $@
	rm -r build/com
	touch $@

# $(call compile,CLASSES,SOURCES,JARS,JAVAC FLAGS INSTEAD): a folder of sources and resources into a new folder of classes
define compile
	rm -rf $(1)
	mkdir -p $(1)
	find $(2) -name '*.java' | LC_ALL=C sort >$(1).sources
	$(JAVAC) $(or $(4),$(javac_flags)) -proc:none -cp '$(or $(call path,$(3)),$(1))' -d $(1) @$(1).sources
	$(foreach folder,$(2),cd $(here)/$(folder) && \
	  find . -type f ! -name '*.java' ! -name '*.c' -exec cp --parents -t $(here)/$(1) {} + &&) :
endef

# $(call program,NAME,SOURCES,MANIFEST LINES,JARS): build/NAME.jar
define program
build/$(1).jar: $(shell find $(2) 2>/dev/null) $(4) Makefile | build/sane
$(call compile,build/classes/$(1),$(2),$(4))
	printf '%s\n' 'Implementation-Version: $(VERSION)' $(3) \
	  $(if $(4),'Class-Path: $(notdir $(4))' 'Enable-Native-Access: ALL-UNNAMED') >build/classes/$(1).mf
	mkdir -p $$(@D)
	cd build/classes/$(1) && find * -type f | LC_ALL=C sort >$(here)/build/classes/$(1).list && \
	  $(JDK)/bin/jar --create --date=$(date) --file=$(here)/$$@ \
	  --manifest=$(here)/build/classes/$(1).mf @$(here)/build/classes/$(1).list
endef

apps = $(patsubst test/apps/%/,apps/%,$(wildcard test/apps/*/))
$(eval $(call program,jcluster,src/main,'Main-Class: jcluster.cli.Main',$(jna)))
$(eval $(call program,demo,src/demo,'Main-Class: Demo'))
$(foreach app,$(apps),$(eval $(call program,$(app),test/$(app),'Main-Class: Main')))

# The agent. What works inside the JDK is compiled as a part of java.base, which has the compiler check all that it uses
# there; --release knows no internal class. It goes into the jar as one file for each package, see Bundle.java.
agent_inside = build/classes/agent/java.base
in_jdk = -source 17 -target 17 -XDignore.symbol.file -XDstringConcat=inline --patch-module java.base=$(1)
inside_exports = $(patsubst %,--add-exports java.base/%=ALL-UNNAMED,sun.nio.ch jdk.internal.access)
with_inside = $(call in_jdk,$(here)/$(agent_inside)) $(inside_exports)
internal_flags = $(brief:%=-J%) -encoding UTF-8 -Xlint:all,-options -Werror -proc:none
agent_manifest = 'Premain-Class: jcluster.agent.Agent' 'Can-Retransform-Classes: true' 'Can-Redefine-Classes: true'
build/agent.jar: $(shell find src/agent -name '*.java') src/build/Bundle.java Makefile | build/sane
	rm -rf build/classes/agent
	mkdir -p $(agent_inside) build/classes/agent/jar
	$(JAVAC) $(internal_flags) $(call in_jdk,src/agent/java.base) -d $(agent_inside) $$(find src/agent/java.base -name '*.java')
	$(JAVAC) $(internal_flags) $(with_inside) -d build/classes/agent/jar src/agent/jcluster/agent/*.java
	$(JDK)/bin/java $(brief) src/build/Bundle.java $(agent_inside) build/classes/agent/jar/jcluster/agent
	printf '%s\n' 'Implementation-Version: $(VERSION)' $(agent_manifest) >build/classes/agent/manifest
	$(JDK)/bin/jar --create --date=$(date) --file=$@ --manifest=build/classes/agent/manifest -C build/classes/agent/jar jcluster

# Servers that know nothing of jcluster: each is a folder of test/compat/apps, with the jars that are listed under its
# name in test/compat/deps.lock; those of $(newer) need a newer JDK than ours
newer = helidon virtual
servers = $(filter-out $(if $(LTS),,$(newer)),$(patsubst test/compat/apps/%/,%,$(wildcard test/compat/apps/*/)))
titled := $(shell awk '/^\# .*:$$/ { sub(/:$$/, ""); title = substr($$0, 3); gsub(" ", "/", title) } \
  /^[^\#]/ { split($$2, c, ":"); print "/" title "/=" c[2] "-" c[3] (c[5] ? "-" c[5] : "") ".jar" }' \
  test/compat/deps.lock)
titles = $(sort $(foreach word,$(titled),$(firstword $(subst =, ,$(word)))))
under = $(patsubst $(1)=%,build/deps/%,$(filter $(1)=%,$(titled)))
needs = $(foreach title,$(titles),$(if $(findstring /$(1)/,$(title)),$(call under,$(title))))

define fetched
$(call under,$(1)) &: test/compat/deps.lock src/build/fetch | build/sane
	mkdir -p build/deps
	src/build/fetch $$< $(call under,$(1))
endef
$(foreach title,$(titles),$(eval $(call fetched,$(title))))

define server
build/compat/$(1).jar: $(wildcard test/compat/common/* test/compat/apps/$(1)/*) $(call needs,$(1)) | build/sane
	$$(call compile,build/classes/compat/$(1),test/compat/common test/compat/apps/$(1),$(call needs,$(1)))
	printf '%s\n' 'Class-Path: ' $(patsubst build/%,'  ../%',$(call needs,$(1))) >build/classes/compat/$(1).mf
	mkdir -p $$(@D)
	$(JDK)/bin/jar --create --file=$$@ --main-class=Main --manifest=build/classes/compat/$(1).mf -C build/classes/compat/$(1) .
endef
$(foreach name,$(servers),$(eval $(call server,$(name))))
$(servers:%=build/compat/%.jar): lints =
$(newer:%=build/compat/%.jar): release = 21
$(newer:%=build/compat/%.jar): JAVAC = $(LTS)/bin/javac

# Spring Boot's own kind of jar, which has the others in it
boot = build/classes/compat/boot
build/compat/boot.jar: build/compat/spring.jar $(call needs,boot)
	rm -rf $(boot)
	mkdir -p $(boot)/BOOT-INF/lib
	cp -r build/classes/compat/spring $(boot)/BOOT-INF/classes
	cp $(call needs,spring) $(boot)/BOOT-INF/lib
	cd $(boot) && $(JDK)/bin/jar -xf $(here)/$(call needs,boot) org
	printf '%s\n' 'Main-Class: org.springframework.boot.loader.launch.JarLauncher' 'Start-Class: Main' \
	  'Spring-Boot-Classes: BOOT-INF/classes/' 'Spring-Boot-Lib: BOOT-INF/lib/' >$(boot).mf
	$(JDK)/bin/jar --create --no-compress --file=$@ --manifest=$(boot).mf -C $(boot) .

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

all: build/jcluster.jar build/agent.jar build/demo.jar build/bin/jcluster build/handle $(native) ## build everything into build/ (the default)

run: all ## build, then run the demo on port 8080 until Ctrl-C
	printf '%s\n' 'A cluster of the demo, one worker per CPU, on http://localhost:8080/. In another terminal, try:' \
	  '  curl localhost:8080' '  build/bin/jcluster status' '  build/bin/jcluster reload' \
	  '  build/bin/jcluster scale demo +1' 'Ctrl-C ends it.'
	exec build/bin/jcluster run --name=demo --listen=8080 --instances=max -- java -jar build/demo.jar

# Tests: $(call tests,SUITE,JAVAC FLAGS INSTEAD) compiles test/SUITE into build/test/SUITE; all may use the load generator
test_jars = build/jcluster.jar $(jna) $(junit)
common = load fuzz
test_path = $(test_jars) build/classes/agent/jar $(common:%=build/test/%)
common_done = $(common:%=build/test/%.done)
define tests
build/test/$(1).done: $(shell find test/$(1) 2>/dev/null) $(test_jars) build/agent.jar $(if $(filter-out $(common),$(1)),$(common_done))
$(call compile,build/test/$(1),test/$(1),$(if $(filter $(common),$(1)),$(test_jars) build/classes/agent/jar,$(test_path)),$(2))
	touch $$@
endef
$(foreach suite,load system,$(eval $(call tests,$(suite))))
$(foreach suite,fuzz unit,$(eval $(call tests,$(suite),$(internal_flags) $(with_inside))))

build/test/compat.done: $(shell find test/compat/jcluster) $(test_jars) $(common_done)
	$(call compile,build/test/compat,test/compat/jcluster,$(test_path))
	touch $@

build/test/traffic.done: $(shell find test/traffic -name '*.java') build/test/compat.done
	$(call compile,build/test/traffic,test/traffic,build/test/compat $(test_path))
	touch $@

build/test/bench.done: $(shell find test/bench -name '*.java') build/test/compat.done
	$(call compile,build/test/bench,test/bench,build/test/compat $(test_path))
	touch $@

build/test/trials.done: $(shell find test/trials -name '*.java') $(test_jars) build/test/system.done
	$(call compile,build/test/trials,test/trials,build/test/system $(test_path))
	touch $@

constants = $(if $(wildcard test/unit/jcluster/os/constants.c),build/test/constants)
build/test/constants: test/unit/jcluster/os/constants.c
	$(call need,gcc,gcc)
	mkdir -p $(@D)
	gcc -Wall -Wextra -Werror -o $@.bin $<
	$@.bin >$@

killer = $(if $(wildcard test/unit/jcluster/cli/killer.c),build/test/killer.so)
build/test/killer.so: test/unit/jcluster/cli/killer.c
	$(call need,gcc,gcc)
	mkdir -p $(@D)
	gcc -Wall -Wextra -Werror -shared -fPIC -o $@ $< -ldl

# What the system tests put over a machine's root
build/test/root.done: $(shell find src systemd man) Makefile | all
	rm -rf build/test/root
	$(MAKE) --no-print-directory install prefix=/usr DESTDIR=build/test/root
	touch $@

# The system of their machines: this one's, or that of another release of Debian, such as MACHINE=trixie. A JDK of this
# system is shown in it, which must not need files elsewhere.
MACHINE =
other_system = $(MACHINE:%=build/machines/%.done)
build/machines/%.done:
	$(call need,debootstrap,debootstrap)
	rm -rf $(@:.done=)
	mkdir -p $(@D)
	debootstrap --variant=minbase --include=systemd,dbus,curl,procps,make $* $(@:.done=) >$(@:.done=.log)
	touch $@

# JaCoCo is also one of the agents that ours is to get on with
unit = build/test/unit.done $(constants) $(killer) $(word 1,$(jacoco)) all
system = build/test/system.done build/test/root.done $(patsubst %,build/%.jar,$(apps)) $(other_system) all
compat = build/test/compat.done $(patsubst %,build/compat/%.jar,httpserver threads nio2 udp unix tomcat netty vertx) all
traffic = build/test/traffic.done $(patsubst %,build/compat/%.jar,httpserver jetty netty vertx) all
trials = build/test/trials.done build/compat/unix.jar $(system)
test_options = $(brief) -ea --patch-module java.base=$(here)/$(agent_inside) \
  --add-exports java.base/sun.nio.ch=ALL-UNNAMED --enable-native-access=ALL-UNNAMED \
  -Djna.boot.library.path=$(here)/build -Djna.nounpack=true -Djna.nosys=true \
  -Djcluster.root=$(here) -Djcluster.build=$(here)/build -Djcluster.scratch=$(here)/build/scratch \
  $(constants:%=-Djcluster.constants=$(here)/%) $(killer:%=-Djcluster.killer=$(here)/%) \
  $(MACHINE:%=-Djcluster.machine=$(here)/build/machines/%) -Djcluster.every=$(EVERY)
# A supervisor is killed at every third call that writes down what it knows, or at each of them
EVERY ?= 3
run_tests = src/build/junit $(call path,build/test/system build/test/compat $(test_path)) $(1) -- $(test_options)

test: $(unit) $(compat) $(traffic) $(system) $(trials) ## run the unit and system tests on each of JDKS and SYSTEM_JDKS, the others on the last; only those that match TESTS=REGEX; REPEAT=20 times in random orders, from that of SEED=; EVERY=1 also kills at each write
	$(call run_tests,$(JDKS:%=unit=%) unit+once=$(lastword $(JDKS)) compat=$(lastword $(JDKS)) traffic=$(lastword $(JDKS)) $(SYSTEM_JDKS:%=system=%) trials=$(lastword $(SYSTEM_JDKS)))

check: lint $(unit) ## before each commit: lint, and the tests that start no process
	TESTS='jcluster[.](config|control|model|os|runtime|systemd|text)[.]' $(call run_tests,unit=$(JDK))

test-unit: $(unit) ## run the unit tests on each of JDKS="FOLDER..."
	$(call run_tests,$(JDKS:%=unit=%))

test-system: $(system) ## run the system tests (root, systemd) on each of SYSTEM_JDKS="FOLDER..."; with MACHINE=trixie in that release of Debian
	$(call run_tests,$(SYSTEM_JDKS:%=system=%))

test-compat: $(compat) ## replace some servers of others under load on each of JDKS="FOLDER..."
	$(call run_tests,$(JDKS:%=compat=%))

test-traffic: $(traffic) ## replace a few servers under a few kinds of traffic on the last of JDKS="FOLDER..."
	$(call run_tests,traffic=$(lastword $(JDKS)))

test-trials: $(trials) ## try rolls, faults and a short soak under load on each of SYSTEM_JDKS="FOLDER..."
	$(call run_tests,$(SYSTEM_JDKS:%=trials=%))

# Long trials on a real systemd, each with a report: $(call trial,NAME,PROGRAM,WORDS)
trial = rm -f build/$(1).txt && mkdir -p build/scratch $(foreach jdk,$(SYSTEM_JDKS),&& $(jdk)/bin/java $(test_options) \
  -Djcluster.java.home=$(jdk) -cp $(call path,build/test/trials build/test/system $(test_path)) \
  jcluster.trials.$(2) build/$(1).txt $(3))
ROLLS ?= 50
rolls: $(trials) ## ROLLS=50 reloads in a row under load, in every arrangement; the table goes to build/rolls.txt
	$(call trial,rolls,Rolls,$(ROLLS))

faults: $(trials) ## every fault under load; the table goes to build/faults.txt
	$(call trial,faults,Faults)

SECONDS ?= 600
soak: SYSTEM_JDKS := $(lastword $(SYSTEM_JDKS))
soak: $(trials) ## random reloads, scales, kills and upgrades under load for SECONDS=600, from SEED=...; build/soak.txt
	$(call trial,soak,Soak,$(SECONDS) $(SEED))

# $(call random,PROGRAM,CASES): random conversations through the agent
random = for jdk in $(JDKS); do $$jdk/bin/java $(test_options) -cp build/test/fuzz:build/classes/agent/jar jcluster.fuzz.$(1) \
  $(or $(CASES),$(2)) $(or $(SEED),1) $(CASE) || exit; done
fuzz: build/test/fuzz.done ## CASES=1000000 random conversations of SEED=1 through the agent on each of JDKS="FOLDER...", or one CASE=N
	$(call random,Fuzz,1000000)

fuzz-tls: build/test/fuzz.done ## CASES=50000 of them under TLS
	$(call random,TlsFuzz,50000)

# JDK 17's own client of HTTP/2 does not survive a GOAWAY: the newest JDK runs the clients
ROWS ?=
traffic: build/test/traffic.done $(patsubst %,build/compat/%.jar,$(servers)) all ## try all kinds of traffic on all servers, or those with the words ROWS="https kept" or ROWS="https kept|websocket"; build/traffic.txt
	$(lastword $(JDKS))/bin/java $(test_options) -cp $(call path,build/test/traffic build/test/compat $(test_path)) \
	  jcluster.traffic.Traffic build/traffic.txt '$(JDKS)' '$(ROWS)'

FIGURES ?=
bench: build/test/bench.done $(patsubst %,build/compat/%.jar,httpserver jetty) all ## take the figures of what jcluster costs, or those with the words FIGURES="a request"; build/bench.md
	$(call need,h2load,nghttp2-client)
	$(lastword $(JDKS))/bin/java $(test_options) -cp $(call path,build/test/bench build/test/compat $(test_path)) \
	  jcluster.bench.Bench build/bench.md '$(JDKS)' '$(FIGURES)'

# The servers of others on these, and on JDK 21 where there is one
COMPAT_JDKS ?= $(sort $(JDKS) $(realpath $(patsubst %/release,%,$(shell grep -ls '^JAVA_VERSION="21' \
  $(patsubst %/bin/javac,%/release,$(wildcard /usr/lib/jvm/*/bin/javac))))))
compat: $(compat) $(patsubst %,build/compat/%.jar,$(servers) boot) ## try all of them, or SERVERS="NAME...", and print a table
	$(lastword $(JDKS))/bin/java $(test_options) -cp build/test/compat:$(call path,$(test_path)) jcluster.compat.Compat \
	  build/compat.txt '$(COMPAT_JDKS)' '$(SERVERS)'

coverage: $(unit) $(jacoco) ## write the unit tests' coverage to build/coverage/index.html
	rm -rf build/coverage
	$(call run_tests,unit=$(JDK)) -javaagent:$(word 1,$(jacoco))=destfile=build/coverage/exec
	$(JDK)/bin/java -jar $(word 2,$(jacoco)) report build/coverage/exec --quiet --classfiles build/jcluster.jar \
	  --sourcefiles src/main --html build/coverage --csv build/coverage/lines.csv
	awk -F, 'NR > 1 { m[$$2] += $$8; c[$$2] += $$9 } END { for (p in m) printf "%3d%% of lines  %s\n", \
	  100 * c[p] / (m[p] + c[p]), p }' build/coverage/lines.csv | sort -k4

# Checks: silent when all is well
checks = java errorprone format boundaries man shell units text
.PHONY: $(checks:%=lint-%) lint-tools
lint: $(checks:%=lint-%) ## check sources, units, manual pages and scripts; says nothing when all is well
$(checks:%=lint-%): | lint-tools

lint-tools:
	missing=$$(for tool in mandoc shellcheck systemd-analyze; do command -v $$tool >/dev/null || echo $$tool; done); \
	[ -z "$$missing" ] || { echo "make: lint needs" $$missing: apt-get install $${missing%-analyze} >&2; exit 1; }

lint_java = $(shell find src/main src/agent/jcluster src/demo test/load test/fuzz test/unit test/compat/jcluster test/traffic test/bench test/system test/trials test/apps -name '*.java')
lint_inside = $(shell find src/agent/java.base -name '*.java')
# $(call in_lint,FOLDER): with the classes that a check has compiled there as a part of java.base
in_lint = $(call in_jdk,$(1)) $(inside_exports)
lint-java: $(jna) $(junit)
	for jdk in $(JDKS); do classes=build/lint/$${jdk##*/}; mkdir -p $$classes/java.base && \
	  $$jdk/bin/javac $(internal_flags) $(call in_jdk,src/agent/java.base) -d $$classes/java.base $(lint_inside) && \
	  $$jdk/bin/javac $(internal_flags) $(call in_lint,$$classes/java.base) -cp $(call path,$^) -d $$classes $(lint_java) \
	  || exit; done

errorprone = $(call dep,error_prone_core) $(call dep,dataflow-errorprone) $(call dep,checker-qual)
inside = $(patsubst %,-J--add-$(1)=jdk.compiler/com.sun.tools.javac.%=ALL-UNNAMED,$(2))
errorprone_flags = $(call inside,exports,api file main model parser processing tree util) $(call inside,opens,code comp) \
  $(filter-out -proc:none,$(internal_flags)) -XDcompilePolicy=simple -XDaddTypeAnnotationsToSymbol=true \
  --should-stop=ifError=FLOW -processorpath $(call path,$(errorprone)) \
  '-Xplugin:ErrorProne -Xep:DefaultPackage:OFF -Xep:StringSplitter:OFF -Xep:DoNotCallSuggester:OFF'
lint-errorprone: $(jna) $(junit) $(errorprone)
	mkdir -p build/lint/errorprone/java.base
	$(JAVAC) $(errorprone_flags) $(call in_jdk,src/agent/java.base) -d build/lint/errorprone/java.base $(lint_inside)
	$(JAVAC) $(errorprone_flags) $(call in_lint,build/lint/errorprone/java.base) -cp $(call path,$(jna) $(junit)) \
	  -d build/lint/errorprone $(lint_java)

all_java = $(shell find src test -name '*.java')
formatter = $(call dep,google-java-format)
lint-format: $(formatter)
	$(JDK)/bin/java $(brief) -jar $< --dry-run --set-exit-if-changed $(all_java) || { echo "^ make format" >&2; exit 1; }

lint-boundaries: build/jcluster.jar
	src/build/boundaries $(JDK)/bin/jdeps $(jna) $<

lint-man:
	mandoc -T lint -W warning $$(grep -L '^\.so ' man/*.[1-8]) </dev/null >&2
	for page in $$(sed -n 's|^\.so .*/||p' man/*.[1-8]); do ls man/$$page >/dev/null || exit; done

lint-shell:
	shellcheck $$(grep -rlE '^#!/bin/(ba)?sh' src test .ci)

# $(call put_unit,UNIT,FOLDER): the unit, naming the folder of jcluster where systemd would not look for it
units = $(notdir $(wildcard systemd/*.service systemd/*.socket))
searched = /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin
put_unit = sed 's|^\(Exec[A-Za-z]*=[-+!:@]*\)jcluster |\1$(if $(filter $(searched),$(2)),,$(subst $(space),\\x20,$(2))/)jcluster |' systemd/$(1)
lint-units: build/bin/jcluster
	rm -rf build/lint/units
	mkdir -p build/lint/units
	$(foreach unit,$(units),$(call put_unit,$(unit),$(CURDIR)/build/bin) >build/lint/units/$(unit);)
	SYSTEMD_UNIT_PATH=$(here)/build/lint/units: systemd-analyze verify --man=no --recursive-errors=no \
	  $(subst @.,@max.,$(units)) >build/lint/units.log 2>&1 && ! grep -E '^myapp|/lint/units/' build/lint/units.log || \
	  { cat build/lint/units.log >&2; exit 1; }
	for unit in build/lint/units/*@.service; do systemd-analyze security --offline=yes --threshold=15 --no-pager $$unit \
	  >build/lint/units.log 2>&1 || { grep -v '^✓' build/lint/units.log >&2; exit 1; }; done

lint-text:
	! grep -rnIP '\t|\s$$' src systemd test man .ci $(wildcard *.md) >&2
	! grep -rnF 'Thread.sleep(' src >&2

format: $(formatter) ## lay the Java sources out as lint wants them
	$(JDK)/bin/java $(brief) -jar $< --replace $(all_java)

# Installing. Beside the jars goes a copy of the demo's configuration as shipped: one that still equals it is ours to
# replace or to remove, any other is the administrator's.
conf = $(DESTDIR)$(sysconfdir)/jcluster/myapp.conf
shipped = $(DESTDIR)$(pkglibdir)/myapp.conf
unit_dir = $(DESTDIR)$(systemdsystemunitdir)
man_page = $(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(1)))/$(notdir $(1))
man_pages = $(foreach page,$(wildcard man/*.[1-8]),$(call man_page,$(page)))
private = jcluster.jar agent.jar jna.jar demo.jar libjnidispatch.so
daemon_reload = if [ -z '$(DESTDIR)' ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi

install: all ## install under $(prefix), with the demo as a service, myapp
	$(foreach file,$(private),$(INSTALL_DATA) build/$(file) $(DESTDIR)$(pkglibdir)/$(file) &&) :
	sed 's|@libdir@|$(pkglibdir)|' src/launcher/jcluster.in >build/jcluster.install
	$(INSTALL_PROGRAM) build/handle $(DESTDIR)$(pkglibdir)/handle
	$(INSTALL_PROGRAM) build/jcluster.install $(DESTDIR)$(bindir)/jcluster
	$(foreach unit,$(units),$(call put_unit,$(unit),$(bindir)) >build/unit.install && \
	  $(INSTALL_DATA) build/unit.install $(unit_dir)/$(unit) &&) :
	$(foreach page,$(wildcard man/*.[1-8]),$(INSTALL_DATA) $(page) $(call man_page,$(page)) &&) :
	sed 's|@demodir@|$(pkglibdir)|g' src/demo/myapp.conf >build/myapp.conf
	if [ ! -e $(conf) ] || cmp -s $(conf) $(shipped); then $(INSTALL_DATA) build/myapp.conf $(conf); \
	elif ! cmp -s $(conf) build/myapp.conf; then $(INSTALL_DATA) build/myapp.conf $(conf).new; \
	  echo "kept $(conf), which was changed; the new one is $(conf).new"; fi
	$(INSTALL_DATA) build/myapp.conf $(shipped)
	$(daemon_reload)
	[ -n '$(DESTDIR)' ] || printf '%s\n' 'Installed. Try:' \
	  '  systemctl start myapp@max.service' '  jcluster status myapp' '  systemctl reload myapp' \
	  'What runs already goes over to this version with jcluster upgrade NAME.'

uninstall: ## remove what install put there; a changed configuration stays
	if [ -z '$(DESTDIR)' ] && systemctl --quiet is-active 'myapp@*.service' 2>/dev/null; then \
	  echo 'make: myapp runs: systemctl stop myapp' >&2; exit 1; fi
	if cmp -s $(conf) $(shipped); then rm -f $(conf); fi
	rm -f $(conf).new $(shipped) $(DESTDIR)$(pkglibdir)/handle $(private:%=$(DESTDIR)$(pkglibdir)/%) $(DESTDIR)$(bindir)/jcluster
	rm -f $(units:%=$(unit_dir)/%) $(man_pages)
	for dir in $(DESTDIR)$(pkglibdir) $(dir $(conf)); do [ ! -d $$dir ] || rmdir --ignore-fail-on-non-empty $$dir; done
	$(daemon_reload)

clean: ## remove build/
	rm -rf build

help: ## print this
	awk -F' ?:[^#]*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
