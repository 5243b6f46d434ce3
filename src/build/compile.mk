# Compiling: the agent, and the servers that tests replace. The program and the demo are in the Makefile.

# What jars are made by
recipes = Makefile src/build/jdk.mk src/build/compile.mk src/build/compile src/build/jar

# The agent. What works inside the JDK is compiled as a part of java.base, which has the compiler check all that it uses
# there; --release knows no internal class. It goes into the jar as one file for each package, see Bundle.java.
agent_inside = build/classes/agent/java.base
inside_exports = --add-exports java.base/sun.nio.ch=ALL-UNNAMED --add-exports java.base/jdk.internal.access=ALL-UNNAMED
inside_flags = -source 17 -target 17 -XDignore.symbol.file -XDstringConcat=inline -Xlint:all,-options -Werror -proc:none
# For what knows the agent's classes in there
javac_inside = $(javac_brief) $(inside_flags) --patch-module java.base=$(here)/$(agent_inside) $(inside_exports)
build/agent.jar: $(shell find src/agent -name '*.java') src/build/Bundle.java $(recipes) | build/sane
	rm -rf build/classes/agent
	mkdir -p $(agent_inside) build/classes/agent/jar
	$(javac_brief) $(inside_flags) --patch-module java.base=src/agent/java.base -d $(agent_inside) \
	  $$(find src/agent/java.base -name '*.java')
	$(javac_inside) -d build/classes/agent/jar src/agent/jcluster/agent/*.java
	$(JDK)/bin/java $(brief) src/build/Bundle.java $(agent_inside) build/classes/agent/jar/jcluster/agent
	printf '%s\n' 'Implementation-Version: $(VERSION)' 'Premain-Class: jcluster.agent.Agent' \
	  'Can-Retransform-Classes: true' 'Can-Redefine-Classes: true' >build/classes/agent/manifest
	$(JDK)/bin/jar --create --date=$(date) --file=$@ --manifest=build/classes/agent/manifest \
	  -C build/classes/agent/jar jcluster

# Applications of the system tests
apps = $(patsubst test/apps/%/,build/apps/%.jar,$(wildcard test/apps/*/))
$(apps): build/apps/%.jar: $(shell find test/apps) $(recipes) | build/sane
	src/build/compile build/classes/apps/$* test/apps/$* -- $(javac) -cp build/classes/apps/$*
	$(jar) $@ build/classes/apps/$* 'Implementation-Version: $(VERSION)' 'Main-Class: Main'

# Servers that know nothing of jcluster: each is a folder of test/compat/apps; some need a newer JDK than ours
newer = helidon virtual
servers = $(filter-out $(if $(LTS),,$(newer)),$(patsubst test/compat/apps/%/,%,$(wildcard test/compat/apps/*/)))
server_javac = $(javac_brief) --release 17
$(newer:%=build/compat/%.jar): private server_javac = $(LTS)/bin/javac $(brief:%=-J%) -encoding UTF-8 --release 21
# A second time when the name is known
.SECONDEXPANSION:
$(servers:%=build/compat/%.jar): build/compat/%.jar: $$(wildcard test/compat/common/* test/compat/apps/$$*/*) \
  test/compat/deps.lock src/build/server src/build/compile src/build/fetch | build/sane
	src/build/server $* $(JDK)/bin/jar $(server_javac)

build/compat/boot.jar: build/compat/spring.jar src/build/boot
	src/build/boot $(JDK)
