# Checks, which are silent when all is well, and the format of the sources.
checks = java errorprone format boundaries man shell units text packages
.PHONY: lint format $(checks:%=lint-%) lint-tools
## lint: check sources, units, manual pages and scripts; says nothing when all is well
lint: $(checks:%=lint-%)
$(checks:%=lint-%): | lint-tools

lint-tools:
	src/build/need mandoc=mandoc shellcheck=shellcheck systemd-analyze=systemd lintian=lintian

linted = src/main src/agent/jcluster src/demo src/build/runner test/load test/fuzz test/unit test/compat/jcluster \
  test/traffic test/bench test/system test/trials test/apps
lint_java = $(shell find $(linted) -name '*.java')
lint_inside = $(shell find src/agent/java.base -name '*.java')
# Once more, now on each JDK, and with what is internal there
lint-java: $(jna) $(junit)
	for jdk in $(JDKS); do \
	  javac="$$jdk/bin/javac $(brief:%=-J%) -encoding UTF-8 $(inside_flags)" classes=build/lint/$${jdk##*/} && \
	  mkdir -p $$classes/java.base && \
	  $$javac --patch-module java.base=src/agent/java.base -d $$classes/java.base $(lint_inside) && \
	  $$javac --patch-module java.base=$$classes/java.base $(inside_exports) -cp $(jna):$(junit) -d $$classes \
	    $(lint_java) || exit; done

javac_packages = api file main model parser processing tree util
errorprone_javac = $(javac_brief) $(filter-out -proc:none,$(inside_flags)) \
  $(javac_packages:%=-J--add-exports=jdk.compiler/com.sun.tools.javac.%=ALL-UNNAMED) \
  -J--add-opens=jdk.compiler/com.sun.tools.javac.code=ALL-UNNAMED \
  -J--add-opens=jdk.compiler/com.sun.tools.javac.comp=ALL-UNNAMED \
  -XDcompilePolicy=simple -XDaddTypeAnnotationsToSymbol=true --should-stop=ifError=FLOW \
  -processorpath $(subst $() ,:,$(errorprone)) \
  '-Xplugin:ErrorProne -Xep:DefaultPackage:OFF -Xep:StringSplitter:OFF -Xep:DoNotCallSuggester:OFF'
lint-errorprone: $(jna) $(junit) $(errorprone)
	mkdir -p build/lint/errorprone/java.base
	$(errorprone_javac) --patch-module java.base=src/agent/java.base -d build/lint/errorprone/java.base $(lint_inside)
	$(errorprone_javac) --patch-module java.base=build/lint/errorprone/java.base $(inside_exports) \
	  -cp $(jna):$(junit) -d build/lint/errorprone $(lint_java)

all_java = $(shell find src test -name '*.java')
lint-format: $(formatter)
	$(JDK)/bin/java $(brief) -jar $< --dry-run --set-exit-if-changed $(all_java) || { echo "^ make format" >&2; exit 1; }

lint-boundaries: build/jcluster.jar
	src/build/boundaries $(JDK)/bin/jdeps $(jna) $<

lint-man:
	mandoc -T lint -W warning $$(grep -L '^\.so ' man/*.[1-8]) </dev/null >&2
	for page in $$(sed -n 's|^\.so .*/||p' man/*.[1-8]); do ls man/$$page >/dev/null || exit; done

lint-shell:
	shellcheck $$(grep -rlE '^#!/bin/(ba)?sh' src test .ci)
	shellcheck --shell=bash src/launcher/completions/jcluster.bash

lint-units: build/bin/jcluster
	rm -rf build/lint/units
	mkdir -p build/lint/units
	for unit in $(units); do \
	  src/build/unit $(here)/build/bin systemd/$$unit >build/lint/units/$$unit || exit; done
	SYSTEMD_UNIT_PATH=$(here)/build/lint/units: systemd-analyze verify --man=no --recursive-errors=no \
	  $(subst @.,@max.,$(units)) >build/lint/units.log 2>&1 && \
	  ! grep -E '^(myapp|jcluster)|/lint/units/' build/lint/units.log || { cat build/lint/units.log >&2; exit 1; }
	cat systemd/myapp@.service systemd/no-outbound.conf >build/lint/units/closed@.service
	for unit in myapp@.service=15 closed@.service=7 jcluster-metrics.service=15; do \
	  systemd-analyze security --offline=yes --threshold=$${unit#*=} --no-pager build/lint/units/$${unit%=*} \
	  >build/lint/units.log 2>&1 || { grep -v '^✓' build/lint/units.log >&2; exit 1; }; done

# Twice, some time apart
lint-packages: all
	$(call pack_deb,build/lint/deb) && mv build/lint/deb.deb build/lint/first.deb && $(call pack_deb,build/lint/deb)
	cmp build/lint/first.deb build/lint/deb.deb
	lintian --allow-root --fail-on error,warning build/lint/deb.deb >build/lint/lintian.log 2>&1 || \
	  { cat build/lint/lintian.log >&2; exit 1; }
	[ ! -e .git ] || { $(pack_sources) >build/lint/first.tar.gz && $(pack_sources) | cmp - build/lint/first.tar.gz; }

# Makefiles must have tabs
lint-text:
	! grep -rnIP '\s$$' src systemd test man .ci Makefile $(wildcard *.md) >&2
	! grep -rnIP --exclude='*.mk' '\t' src systemd test man .ci $(wildcard *.md) >&2
	! grep -nE '.{121}' Makefile src/build/*.mk >&2
	! grep -rnF --exclude=lint.mk 'Thread.sleep(' src >&2

## format: lay the Java sources out as lint wants them
format: $(formatter)
	$(JDK)/bin/java $(brief) -jar $< --replace $(all_java)
