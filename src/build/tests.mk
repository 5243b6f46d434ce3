# The tests: compiling them, and running them by src/build/runner. `make test` is in the Makefile.
.PHONY: check test-unit test-system test-compat test-traffic test-trials coverage

# test/SUITE is compiled into build/test/SUITE; build/test/SUITE.done says when. All may use the load generator.
common = build/test/load.done build/test/fuzz.done
build/test/load.done: $(shell find test/load)
build/test/fuzz.done: $(shell find test/fuzz)
build/test/unit.done: $(shell find test/unit) $(common)
build/test/system.done: $(shell find test/system) $(common)
build/test/compat.done: $(shell find test/compat/jcluster) $(common)
build/test/traffic.done: $(shell find test/traffic -name '*.java') build/test/compat.done
build/test/bench.done: $(shell find test/bench -name '*.java') build/test/compat.done
build/test/trials.done: $(shell find test/trials -name '*.java') build/test/system.done

jars_path = build/jcluster.jar:$(jna):$(junit):build/classes/agent/jar
test_path = $(jars_path):build/test/load:build/test/fuzz
suite_folder = test/$*
suite_javac = $(javac)
suite_path = $(test_path)
build/test/compat.done: private suite_folder = test/compat/jcluster
build/test/fuzz.done build/test/unit.done: private suite_javac = $(javac_inside)
build/test/load.done build/test/fuzz.done: private suite_path = $(jars_path)
build/test/traffic.done build/test/bench.done: private suite_path = build/test/compat:$(test_path)
build/test/trials.done: private suite_path = build/test/system:$(test_path)
suites = load fuzz unit system compat traffic bench trials
$(suites:%=build/test/%.done): build/test/%.done: build/jcluster.jar $(jna) $(junit) build/agent.jar src/build/compile
	src/build/compile build/test/$* $(suite_folder) -- $(suite_javac) -cp $(suite_path)
	touch $@

# What some unit tests compare with, or preload
constants = build/test/constants
$(constants): test/unit/jcluster/os/constants.c
	src/build/need gcc=gcc
	mkdir -p $(@D)
	gcc -Wall -Wextra -Werror -o $@.bin $<
	$@.bin >$@

killer = build/test/killer.so
$(killer): test/unit/jcluster/cli/killer.c
	src/build/need gcc=gcc
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
	src/build/need debootstrap=debootstrap
	rm -rf $(@:.done=)
	mkdir -p $(@D)
	debootstrap --variant=minbase --include=systemd,dbus,curl,procps,make $* $(@:.done=) >$(@:.done=.log)
	touch $@

# What each suite needs. JaCoCo is one of the agents that ours is to get on with.
unit = build/test/unit.done $(constants) $(killer) $(jacoco_agent) $(runner) all
system = build/test/system.done build/test/root.done $(if $(deb_arch),$(deb)) $(apps) $(other_system) $(runner) all
compat_servers = httpserver threads nio2 udp unix tomcat netty vertx
compat = build/test/compat.done $(compat_servers:%=build/compat/%.jar) $(runner) all
traffic_servers = httpserver jetty netty vertx
traffic = build/test/traffic.done $(traffic_servers:%=build/compat/%.jar) $(runner) all
trials = build/test/trials.done build/compat/unix.jar $(system)

# A supervisor is killed at every third call that writes down what it knows, or at each of them
EVERY ?= 3
test_options = $(brief) -ea --patch-module java.base=$(here)/$(agent_inside) \
  --add-exports java.base/sun.nio.ch=ALL-UNNAMED --enable-native-access=ALL-UNNAMED \
  -Djna.boot.library.path=$(here)/build -Djna.nounpack=true -Djna.nosys=true \
  -Djcluster.root=$(here) -Djcluster.build=$(here)/build -Djcluster.scratch=$(here)/build/scratch \
  -Djcluster.constants=$(here)/$(constants) -Djcluster.killer=$(here)/$(killer) \
  $(MACHINE:%=-Djcluster.machine=$(here)/build/machines/%) -Djcluster.every=$(EVERY)

# The runner: $(run_tests) SUITE=JDK... -- $(test_options). It names files of this folder, and in a locale without their
# letters Java could not.
runner = build/classes/runner.done
$(runner): $(wildcard src/build/runner/*.java) $(junit) build/test/load.done
	src/build/compile build/classes/runner src/build/runner -- $(javac) -cp $(junit):build/test/load
	touch $@

odd_name := $(shell case $(here) in (*[!A-Za-z0-9/._+@-]*) echo LC_ALL=C.UTF-8 ;; esac)
run_tests = $(odd_name) $(JDK)/bin/java $(brief) -cp build/classes/runner:build/test/load Runner \
  build/test/system:build/test/compat:$(test_path):build/classes/runner

## check: before each commit: lint, and the tests that start no process
check: lint $(unit)
	TESTS='jcluster[.](config|control|model|os|runtime|systemd|text)[.]' $(run_tests) unit=$(JDK) -- $(test_options)

## test-unit: run the unit tests on each of JDKS="FOLDER..."
test-unit: $(unit)
	$(run_tests) $(JDKS:%=unit=%) -- $(test_options)

## test-system: run the system tests (root, systemd) on each of SYSTEM_JDKS="FOLDER...";
##   with MACHINE=trixie in that release of Debian
test-system: $(system)
	$(run_tests) $(SYSTEM_JDKS:%=system=%) -- $(test_options)

## test-compat: replace some servers of others under load on each of JDKS="FOLDER..."
test-compat: $(compat)
	$(run_tests) $(JDKS:%=compat=%) -- $(test_options)

## test-traffic: replace a few servers under a few kinds of traffic on the last of JDKS="FOLDER..."
test-traffic: $(traffic)
	$(run_tests) traffic=$(lastword $(JDKS)) -- $(test_options)

## test-trials: try rolls, faults and a short soak under load on each of SYSTEM_JDKS="FOLDER..."
test-trials: $(trials)
	$(run_tests) $(SYSTEM_JDKS:%=trials=%) -- $(test_options)

# Also of what the tests reached when one of them failed
## coverage: write the unit tests' coverage to build/coverage/index.html
coverage: $(unit) $(jacoco_agent) $(jacoco_cli)
	rm -rf build/coverage
	$(run_tests) unit=$(JDK) -- $(test_options) -javaagent:$(jacoco_agent)=destfile=build/coverage/exec || failed=1; \
	  $(JDK)/bin/java -jar $(jacoco_cli) report build/coverage/exec --quiet --classfiles build/jcluster.jar \
	    --sourcefiles src/main --html build/coverage --csv build/coverage/lines.csv && \
	  awk -F, 'NR > 1 { all[$$2] += $$8 + $$9; reached[$$2] += $$9 } END { for (package in all) \
	    printf "%3d%% of %4d lines  %s\n", 100 * reached[package] / all[package], all[package], package }' \
	    build/coverage/lines.csv | sort -k5 && \
	  [ -z "$${failed-}" ]
