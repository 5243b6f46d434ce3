# Dependencies: what deps.lock names, in build/deps.
locked := $(shell src/build/fetch --list deps.lock)
locked_jna = $(filter build/deps/jna-%,$(locked))
locked_others = $(filter-out $(locked_jna),$(locked))
junit = $(filter build/deps/junit-%,$(locked))
jacoco_agent = $(filter build/deps/org.jacoco.agent-%,$(locked))
jacoco_cli = $(filter build/deps/org.jacoco.cli-%,$(locked))
formatter = $(filter build/deps/google-java-format-%,$(locked))
errorprone = $(filter $(addprefix build/deps/,error_prone_core-% dataflow-errorprone-% checker-qual-%),$(locked))

# What the program needs, and in one go what tests and checks need
$(locked_jna): deps.lock src/build/fetch | build/sane
	src/build/fetch deps.lock $@

$(locked_others) &: deps.lock src/build/fetch | build/sane
	src/build/fetch deps.lock $(locked_others)

jna = build/jna.jar
$(jna): $(locked_jna)
	cp $< $@

# Native code is unpacked here: at run time /tmp may be no place to load it from
native = build/libjnidispatch.so
machine := $(shell uname -m)
$(native): $(jna)
	cd build && $(JDK)/bin/jar -xf jna.jar com/sun/jna/linux-$(machine:x86_64=x86-64)/$(@F)
	mv build/com/sun/jna/*/$(@F) $@
	rm -r build/com
	touch $@
