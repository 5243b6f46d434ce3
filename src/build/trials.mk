# Long trials, each with a report: on a real systemd, through the agent alone, and on the servers of others.
.PHONY: rolls faults soak fuzz fuzz-tls compat traffic bench
each_system_jdk = src/build/each-jdk '$(SYSTEM_JDKS)' $(test_options) \
  -cp build/test/trials:build/test/system:$(test_path)
rolls faults soak: | build/scratch
build/scratch:
	mkdir -p $@

ROLLS ?= 50
## rolls: ROLLS=50 reloads in a row under load, in every arrangement; the table goes to build/rolls.txt
rolls: $(trials)
	rm -f build/rolls.txt
	$(each_system_jdk) jcluster.trials.Rolls build/rolls.txt $(ROLLS)

## faults: every fault under load; the table goes to build/faults.txt
faults: $(trials)
	rm -f build/faults.txt
	$(each_system_jdk) jcluster.trials.Faults build/faults.txt

SECONDS ?= 600
soak: SYSTEM_JDKS := $(lastword $(SYSTEM_JDKS))
## soak: random reloads, scales, kills and upgrades under load for SECONDS=600, from SEED=...; build/soak.txt
soak: $(trials)
	rm -f build/soak.txt
	$(each_system_jdk) jcluster.trials.Soak build/soak.txt $(SECONDS) $(SEED)

# Random conversations through the agent
fuzz_on_each_jdk = src/build/each-jdk '$(JDKS)' $(test_options) -cp build/test/fuzz:build/classes/agent/jar
## fuzz: CASES=1000000 random conversations of SEED=1 through the agent on each of JDKS="FOLDER...", or one CASE=N
fuzz: build/test/fuzz.done
	$(fuzz_on_each_jdk) jcluster.fuzz.Fuzz $(or $(CASES),1000000) $(or $(SEED),1) $(CASE)

## fuzz-tls: CASES=50000 of them under TLS
fuzz-tls: build/test/fuzz.done
	$(fuzz_on_each_jdk) jcluster.fuzz.TlsFuzz $(or $(CASES),50000) $(or $(SEED),1) $(CASE)

# JDK 17's own client of HTTP/2 does not survive a GOAWAY: the newest JDK runs the clients
on_last_jdk = $(lastword $(JDKS))/bin/java $(test_options)
ROWS ?=
## traffic: try all kinds of traffic on all servers, or those with the words ROWS="https kept",
##   or with either set of words of ROWS="https kept|websocket"; build/traffic.txt
traffic: build/test/traffic.done $(servers:%=build/compat/%.jar) all
	$(on_last_jdk) -cp build/test/traffic:build/test/compat:$(test_path) \
	  jcluster.traffic.Traffic build/traffic.txt '$(JDKS)' '$(ROWS)'

FIGURES ?=
## bench: take the figures of what jcluster costs, or those with the words FIGURES="a request"; build/bench.md
bench: build/test/bench.done build/compat/httpserver.jar build/compat/jetty.jar all
	src/build/need h2load=nghttp2-client
	$(on_last_jdk) -cp build/test/bench:build/test/compat:$(test_path) \
	  jcluster.bench.Bench build/bench.md '$(JDKS)' '$(FIGURES)'

# The servers of others on these, and on JDK 21 where there is one
COMPAT_JDKS ?= $(sort $(JDKS) $(realpath $(patsubst %/release,%, \
  $(shell grep -ls '^JAVA_VERSION="21' $(jvms:%/bin/javac=%/release)))))
## compat: try all of them, or SERVERS="NAME...", and print a table
compat: $(compat) $(servers:%=build/compat/%.jar) build/compat/boot.jar
	$(on_last_jdk) -cp build/test/compat:$(test_path) jcluster.compat.Compat build/compat.txt \
	  '$(COMPAT_JDKS)' '$(SERVERS)'
