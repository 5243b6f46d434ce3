# Packages: the sources as a tarball, and one for Debian. The same commit gives the same bytes.
.PHONY: dist deb

dist = build/jcluster-$(VERSION).tar.gz
pack_sources = git -c tar.umask=022 archive --prefix=jcluster-$(VERSION)/ HEAD | gzip -9n
## dist: pack the sources of the last commit: build/jcluster-VERSION.tar.gz
dist:
	mkdir -p build
	$(pack_sources) >$(dist)
	echo $(dist)

# Of one architecture, for JNA's native code
deb_arch := $(shell dpkg --print-architecture 2>/dev/null)
deb = build/jcluster_$(VERSION)_$(deb_arch).deb
MAINTAINER ?= The jcluster developers <jcluster@example.org>
# Installs into a folder, and packs that
pack_deb = umask 022 && rm -rf $1 && $(MAKE) --no-print-directory install prefix=/usr DESTDIR=$1 \
  systemdsystemunitdir=/usr/lib/systemd/system && \
  SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) src/build/deb/pack $1 '$(VERSION)' $(deb_arch) '$(MAINTAINER)'
$(deb): $(shell find src systemd man) Makefile CHANGELOG.md | all
	src/build/need dpkg-deb=dpkg strip=binutils
	$(call pack_deb,build/deb)
	mv build/deb.deb $@

## deb: pack what is built for Debian: build/jcluster_VERSION_ARCHITECTURE.deb, of MAINTAINER='NAME <ADDRESS>'
deb: $(deb)
	echo $<
