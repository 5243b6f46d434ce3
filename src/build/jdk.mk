# The JDKs and other tools, and whether they are there.

# JDK builds; the tests run on it and on the newest installed LTS from 21 on
JDK := $(or $(JDK),$(JAVA_HOME),$(patsubst %/bin/javac,%,$(realpath $(shell command -v javac))))
jvms = $(wildcard /usr/lib/jvm/*/bin/javac)
LTS := $(shell awk -F'"' '/^JAVA_VERSION=/ && int($$2) > 20 && int($$2) % 4 == 1 { print int($$2), FILENAME }' \
  $(jvms:%/bin/javac=%/release) /dev/null | sort -n | sed -n '$$s|[0-9]* \(.*\)/release|\1|p')
JDKS ?= $(sort $(realpath $(JDK) $(LTS)))
SYSTEM_JDKS ?= $(JDKS)

# A JVM that lives for seconds has no use for more
brief = -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
export MAVEN_OPTS ?= $(brief)
JAVAC = $(if $(JDK),$(JDK)/bin/)javac
javac_brief = $(JAVAC) $(brief:%=-J%) -encoding UTF-8
javac = $(javac_brief) --release 17 -Xlint:all -Werror

# The same sources give the same bytes: jars carry the date of the last commit (their format begins in 1980), which
# all files of `make dist` have
SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2>/dev/null),$(shell stat -c %Y Makefile))
date := $(shell date -u -d @$$(( $(SOURCE_DATE_EPOCH) > 315619200 ? $(SOURCE_DATE_EPOCH) : 315619200 )) +%FT%TZ)
jar = src/build/jar $(JDK) $(date)

.PHONY: sanity
## sanity: check that the machine can build, and name what it would use
sanity: build/sane
	echo "jcluster $(VERSION), dated $(date)"
	echo "builds with $(JDK), tests on $(JDKS)"

build/sane: src/build/jdk.mk
	src/build/need $(JAVAC)=default-jdk-headless mvn=maven
	$(JAVAC) -version 2>&1 | awk '/^javac/ { v = int($$2) } END { exit v < 17 }' || \
	  { echo "make: $(JAVAC) is older than 17: apt-get install openjdk-17-jdk-headless" >&2; exit 1; }
	mkdir -p $(@D)
	touch $@
