# SPDX-License-Identifier: MIT
# What is installed: the command, the rings' and the engine's headers, the library of both, and what
# pkg-config, CMake, man and bash want to know of them.  DESTDIR and prefix as ever.

VERSION = 0.1.0
SOVERSION = 0
bindir = $(prefix)/bin
libdir = $(prefix)/lib
includedir = $(prefix)/include
datadir = $(prefix)/share
mandir = $(datadir)/man
compdir = $(datadir)/bash-completion/completions
docdir = $(datadir)/doc/ringside
AR = ar
INSTALL = install

# ---- the library: rings behind pointers, and the engine --------------------------------------
PUBLIC_GRAPH = graph/graph.h graph/live.h graph/sde.h
PUBLIC_LIBRARIES = $(if $(KISSFFT),kissfft-float) $(if $(ZMQ),libzmq)
# No header of ours includes theirs, so who uses ringside links with them at most.
LIBRARY_LIBS = $(if $(PUBLIC_LIBRARIES),$(shell $(PKG_CONFIG) --libs $(PUBLIC_LIBRARIES))) \
               $(if $(MPI),$(MPI_LIBS)) $(if $(SDE),-lsde) -lm -ldl -pthread
# The command is linked of the same objects; its timed loops are none of them.
LIBRARY_OBJECTS = $(patsubst %.c,$(B)/%.o,$(filter graph/%,$(SOURCES))) $(RING_OBJECTS)
$(LIBRARY_OBJECTS): private PIC = $(if $(findstring -static,$(LDFLAGS)),,-fPIC -fno-semantic-interposition)
STATIC_LIBRARY = $(B)/lib/libringside.a
SHARED_LIBRARY = $(B)/lib/libringside.so.$(VERSION)

# In the static library too only rs_* is to be seen, so its objects are joined and the rest made local.
$(STATIC_LIBRARY): $(LIBRARY_OBJECTS)
	$(call say,AR,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_all) -r -nostdlib -o $(B)/lib/ringside.o $^
	$(Q)objcopy -w -G 'rs_*' $(B)/lib/ringside.o
	$(Q)rm -f $@ && $(AR) rcs $@ $(B)/lib/ringside.o
$(SHARED_LIBRARY): $(LIBRARY_OBJECTS) packaging/libringside.map
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_all) $(LDFLAGS) -shared -Wl,-soname,libringside.so.$(SOVERSION) \
	    -Wl,--version-script=packaging/libringside.map -o $@ $(LIBRARY_OBJECTS) \
	    $(LIBRARY_LIBS)
	$(Q)ln -sf $(@F) $(B)/lib/libringside.so.$(SOVERSION) && ln -sf $(@F) $(B)/lib/libringside.so

# A static program has no use for a shared library.
## libraries: build/lib/libringside.a and .so
BUILT_LIBRARIES = $(STATIC_LIBRARY) $(if $(findstring -static,$(LDFLAGS)),,$(SHARED_LIBRARY))
libraries: $(BUILT_LIBRARIES)
.PHONY: libraries

# ---- install ---------------------------------------------------------------------------------
FILLED = $(B)/packaging/ringside.pc $(B)/packaging/ringside-config.cmake $(B)/packaging/ringside-config-version.cmake
MAN = $(wildcard packaging/man/*.$(if $(LIBRARY_ONLY),3,[1-9]))
# Always anew: another prefix is no newer file.
$(B)/packaging/%: packaging/%.in FORCE
	@mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(prefix)|g; s|@LIBDIR@|$(libdir)|g; s|@INCLUDEDIR@|$(includedir)|g' \
	    -e 's|@VERSION@|$(VERSION)|g; s|@SOVERSION@|$(SOVERSION)|g; s|@LIBS@|$(strip $(LIBRARY_LIBS))|' \
	    -e 's|@UP@|$(shell realpath -m --relative-to=$(libdir)/cmake/ringside $(includedir))|' $< > $@

# Every file of an installation and where it comes from: "mode from to".
define INSTALLED
$(if $(LIBRARY_ONLY),,755 $(B)/ringside $(bindir)/ringside)
$(if $(LIBRARY_ONLY),,644 packaging/ringside.bash $(compdir)/ringside)
644 $(STATIC_LIBRARY) $(libdir)/libringside.a
$(if $(findstring -static,$(LDFLAGS)),,755 $(SHARED_LIBRARY) $(libdir)/libringside.so.$(VERSION))
644 $(B)/packaging/ringside.pc $(libdir)/pkgconfig/ringside.pc
644 $(B)/packaging/ringside-config.cmake $(libdir)/cmake/ringside/ringside-config.cmake
644 $(B)/packaging/ringside-config-version.cmake $(libdir)/cmake/ringside/ringside-config-version.cmake
644 LICENSE $(docdir)/LICENSE
$(foreach h,$(wildcard rings/*.h) rings/events.c rings/variants.def $(PUBLIC_GRAPH),
644 $(h) $(includedir)/ringside/$(h))
$(foreach m,$(MAN),
644 $(m) $(mandir)/man$(subst .,,$(suffix $(m)))/$(notdir $(m)))
endef
export INSTALLED
LINKS = $(libdir)/libringside.so.$(SOVERSION) $(libdir)/libringside.so

## install: put command, headers, library, man pages in DESTDIR prefix (/usr/local); LIBRARY_ONLY=1
install:
	$(foreach dir,prefix libdir includedir,$(if $(call unfit,$(dir)),$(error $(dir)='$($(dir))': give the whole path, without \
	    spaces, where it will be used; DESTDIR may have them, and is put in front)))
	$(again) install-now
# Of what pkg-config and CMake are told.
unfit = $(if $(filter 1,$(words $($(1)))),$(filter-out /%,$($(1))),$(1))
.PHONY: install-now
install-now: $(if $(LIBRARY_ONLY),,all) $(BUILT_LIBRARIES) $(FILLED)
	$(Q)echo "$$INSTALLED" | while read -r mode from to; do [ -z "$$mode" ] || \
	    $(INSTALL) -D -m $$mode $$from "$(DESTDIR)$$to" || exit 1; done
	$(Q)$(if $(findstring -static,$(LDFLAGS)),,for link in $(LINKS); do \
	    ln -sf libringside.so.$(VERSION) "$(DESTDIR)$$link" || exit 1; done)

## uninstall: remove what install put there
uninstall:
	$(Q)echo "$$INSTALLED" | while read -r mode from to; do [ -z "$$mode" ] || rm -f "$(DESTDIR)$$to"; done
	$(Q)rm -f $(LINKS:%="$(DESTDIR)%")
	$(Q)for dir in $(includedir)/ringside/rings $(includedir)/ringside/graph $(includedir)/ringside \
	    $(libdir)/cmake/ringside $(docdir); do rmdir "$(DESTDIR)$$dir" 2>/dev/null || :; done
.PHONY: uninstall

## api: the public headers as pages, in build/api/html; a warning is an error
api:
	@command -v doxygen >/dev/null || { echo 'no pages: doxygen is missing (scripts/setup all installs it)'; exit 2; }
	$(call say,DOXYGEN,$(B)/api)
	@rm -rf $(B)/api && mkdir -p $(B)/api
	$(Q)API_DIRECTORY=$(B)/api doxygen packaging/Doxyfile

## abi: what a program was built with before: is it there, and the same?
abi:
	$(Q)scripts/check-abi

## deb: Debian packages in build/deb, and the examples built from them
deb:
	$(Q)scripts/setup all
	$(Q)tests/test_deb $(B)/deb

## dist: the sources as build/ringside-VERSION.tar.gz
dist:
	@mkdir -p $(B)
	$(Q)git archive --prefix=ringside-$(VERSION)/ -o $(B)/ringside-$(VERSION).tar.gz HEAD
.PHONY: api abi deb dist
