# SPDX-License-Identifier: MIT
# Ringside.  `make sweep` and `make test` are all that a fresh machine needs.
#
#   B=dir               where everything is built (build, or build/CONFIG)
#   CONFIG=release      release | debug | asan | tsan | cov
#   CC, CXX, CFLAGS     yours; what the code needs is added
#   V=1                 show the commands

CONFIG ?= release
B ?= build$(if $(filter-out release,$(CONFIG)),/$(CONFIG))
CC = gcc
CXX = g++
CFLAGS ?= $(CFLAGS_$(CONFIG))
prefix ?= /usr/local

CFLAGS_release = -O2 -g
CFLAGS_debug = -O0 -g3
CFLAGS_asan = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_tsan = -O1 -g -fsanitize=thread -fno-omit-frame-pointer
CFLAGS_cov = -O0 -g --coverage

Q = $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(2)')
have = $(shell pkg-config --exists $(1) 2>/dev/null && echo yes)

WARNINGS = -Wall -Wextra -Wpedantic -Wundef -Wshadow -Wconversion -Werror
INCLUDES = -I. -Iexperiments -I$(B)/gen
COMMIT := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
CPPFLAGS_all = -D_GNU_SOURCE $(INCLUDES) $(shell pkg-config --cflags $(LIBRARIES) 2>/dev/null)
CFLAGS_all = -std=gnu11 $(WARNINGS) -pthread $(CFLAGS)
CXXFLAGS_all = -std=c++17 $(WARNINGS) -pthread $(CFLAGS)
LIBS = $(shell pkg-config --libs $(LIBRARIES) 2>/dev/null) $(LIBS_papi) -lm -pthread

# Optional libraries choose a file, never an #ifdef inside a function.
HWLOC := $(call have,hwloc)
PAPI := $(call have,papi)
LIBRARIES = inih jansson $(if $(HWLOC),hwloc)
LIBS_papi = $(if $(PAPI),$(shell pkg-config --libs papi))
LEFT_OUT = experiments/measure/topology_$(if $(HWLOC),no_hwloc,hwloc).c \
           experiments/measure/papi_status_$(if $(PAPI),none,papi).c

# ---- what there is --------------------------------------------------------------------------
VARIANTS := $(shell sed -n 's/^RING.\([a-z0-9_]*\),.*/\1/p' rings/variants.def)
SEPARATIONS = 64 128 256
RING_OBJECTS = $(B)/rings/registry.o $(VARIANTS:%=$(B)/rings/ops_%.o)
KERNEL_OBJECTS = $(foreach v,$(VARIANTS),$(SEPARATIONS:%=$(B)/kernels/$(v)_%.o))
SOURCES = $(filter-out $(LEFT_OUT) experiments/kernels/kernel.c experiments/ringside.c, \
          $(wildcard experiments/*.c experiments/measure/*.c experiments/store/*.c \
          experiments/kernels/*.c))
OBJECTS = $(SOURCES:%.c=$(B)/%.o) $(B)/gen/resources.o
RESOURCES = $(wildcard experiments/plans/*.exp scripts/plots/*.gp) rings/memory.h rings/ring.h \
            $(VARIANTS:%=rings/%.h)
TESTS = $(patsubst tests/%.cc,$(B)/tests/%,$(wildcard tests/test_*.cc))
LIBRARY = $(B)/libringside.a

## all: build the ringside command
all: $(B)/ringside
.PHONY: all test sweep plot lint format install clean help setup setup-test setup-lint

$(B)/ringside: $(B)/experiments/ringside.o $(LIBRARY)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_all) $(LDFLAGS) -o $@ $^ $(LIBS)

$(LIBRARY): $(OBJECTS) $(RING_OBJECTS) $(KERNEL_OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/%.o: %.c Makefile
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_all) $(CFLAGS_all) -MMD -c $< -o $@

# Files that carry the commit are rebuilt when it changes.
$(B)/experiments/ringside.o $(B)/experiments/store/manifest.o: $(B)/gen/commit.h
$(B)/gen/commit.h: FORCE
	@mkdir -p $(@D)
	@printf '#define RINGSIDE_COMMIT "%s"\n#define RINGSIDE_COMPILER "%s"\n#define RINGSIDE_FLAGS "%s"\n' \
	    '$(COMMIT)' "$$($(CC) --version 2>/dev/null | head -n 1)" '$(CFLAGS_all)' > $@.new
	@cmp -s $@ $@.new && rm $@.new || mv $@.new $@
FORCE:

$(B)/rings/ops_%.o: rings/ops.c Makefile
	$(call say,RING,$*)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_all) $(CFLAGS_all) -DRS_VARIANT=$* -MMD -c $< -o $@

# A kernel object is <ring>_<separation>.o.
$(B)/kernels/%.o: experiments/kernels/kernel.c Makefile
	$(call say,KERNEL,$*)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_all) $(CFLAGS_all) $(if $(filter release,$(CONFIG)),-O3) -MMD \
	    -DRS_VARIANT=$(word 1,$(subst _, ,$*)) -DRS_SEPARATION=$(lastword $(subst _, ,$*)) -c $< -o $@

# Plans, plot scripts and ring headers travel inside the command.
$(B)/gen/resources.c: FORCE
	@mkdir -p $(@D)
	$(Q)scripts/embed $(RESOURCES) > $@.new
	@cmp -s $@ $@.new && rm $@.new || mv $@.new $@
$(B)/gen/resources.o: $(B)/gen/resources.c
	$(Q)$(CC) $(CPPFLAGS_all) $(CFLAGS_all) -Wno-overlength-strings -c $< -o $@

clean:
	rm -rf build

-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d)
