# SPDX-License-Identifier: MIT
# Ringside.  `make sweep` and `make test` are all that a fresh machine needs.
#
#   B=dir               where everything is built (build, or build/CONFIG)
#   CONFIG=release      release | debug | asan | tsan | cov | fuzz (clang)
#   CC, CXX, CFLAGS     yours; what the code needs is added
#   MPI=1               edges over MPI (scripts/setup mpi) in the command and the library
#   EVENTS=1            rings count their events (rings/events.h); in a B of its own
#   TARGET=armv7-musl   another machine: scripts/targets/sysroot lists them (docs/targets.md)
#   V=1                 show the commands

MAKEFLAGS += --no-builtin-rules
CONFIG ?= release
B ?= build$(if $(TARGET),/$(TARGET))$(if $(filter-out release,$(CONFIG)),/$(CONFIG))
CC = gcc
CXX = g++
PKG_CONFIG = pkg-config
include $(if $(TARGET),scripts/targets/target.mk)
CFLAGS ?= $(CFLAGS_$(CONFIG))
prefix ?= /usr/local

CFLAGS_release = -O2 -g1
CFLAGS_debug = -O0 -g3
CFLAGS_asan = -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# A fence that ThreadSanitizer does not know is only ever beside a futex, which it does not need.
CFLAGS_tsan = -O1 -g1 -fsanitize=thread -fno-omit-frame-pointer -Wno-tsan -Wno-unknown-warning-option
CFLAGS_cov = -O0 -g --coverage
CFLAGS_fuzz = -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
$(if $(CFLAGS_$(CONFIG)),,$(error CONFIG=$(CONFIG): there are release, debug, asan, tsan, cov and fuzz))

Q = $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(2)')
have = $(shell $(PKG_CONFIG) --exists $(1) 2>/dev/null && echo yes)

WARNINGS = -Wall -Wextra -Wpedantic -Wundef -Wshadow -Wconversion -Werror
INCLUDES = -I. -Iexperiments -I$(B)/gen
COMMIT := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
CPPFLAGS_all = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(INCLUDES) $(if $(EVENTS),-DRS_EVENTS=1) $(CPPFLAGS) $(PACKAGE_CFLAGS)
KERNEL_CFLAGS ?= $(if $(filter release,$(CONFIG)),-O3)
# Plug-ins call what the command exports.
EXPORTS ?= -rdynamic
PIC =
CFLAGS_all = -std=gnu11 $(WARNINGS) -pthread $(CFLAGS) $(TARGET_CFLAGS) $(PIC)
CXXFLAGS_all = -std=c++17 $(WARNINGS) -pthread $(CFLAGS) $(TARGET_CFLAGS)
LIBS = $(PACKAGE_LIBS) $(if $(MPI),$(MPI_LIBS)) $(LIBS_papi) $(if $(PFM),-lpfm) -lm -ldl -pthread

# Optional libraries choose a file, never an #ifdef inside a function.
HWLOC := $(call have,hwloc)
PAPI := $(call have,papi)
KISSFFT := $(call have,kissfft-float)
ZMQ := $(call have,libzmq)
# Asked for by MPI=1: else only build/ringside-mpi is built with it.
MPI_LIBRARY := $(firstword $(foreach name,ompi-c ompi mpich,$(if $(call have,$(name)),$(name))))
MPI_CPPFLAGS = $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(MPI_LIBRARY)))
MPI_LIBS = $(shell $(PKG_CONFIG) --libs $(MPI_LIBRARY))
$(if $(MPI),$(if $(MPI_LIBRARY),,$(error MPI=1: no MPI is found by pkg-config; scripts/setup mpi installs one)))
# Debian's libpfm4 has no pkg-config file.
PFM := $(shell printf '\043include <perfmon/pfmlib.h>\nint main(void) { return pfm_initialize(); }\n' | \
       $(CC) $(CPPFLAGS) $(LDFLAGS) -x c - -o /dev/null -lpfm 2>/dev/null && echo yes)
UCONTEXT := $(shell echo 'int swapcontext(void *, void *); int main(void) { return swapcontext(0, 0); }' | \
            $(CC) -x c - -o /dev/null 2>/dev/null && echo yes)
DLINFO := $(shell printf '\043include <dlfcn.h>\nint main(void) { return RTLD_DI_SERINFO; }\n' | \
            $(CC) -D_GNU_SOURCE -x c - -o /dev/null 2>/dev/null && echo yes)
# libsde has no .pc file.
SDE := $(if $(PAPI),$(shell printf '\043include <sde_lib.h>\nvoid *f(void) { return papi_sde_init(""); }\n' | \
    $(CC) -shared -fPIC -o /dev/null -x c - -lsde 2>/dev/null && echo yes))
LIBRARIES = inih jansson $(if $(HWLOC),hwloc) $(if $(KISSFFT),kissfft-float) $(if $(ZMQ),libzmq)
# Asked once, not for each object.
PACKAGE_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(LIBRARIES) 2>/dev/null)
PACKAGE_LIBS := $(shell $(PKG_CONFIG) --libs $(LIBRARIES) 2>/dev/null)
LIBS_papi = $(if $(PAPI),$(shell $(PKG_CONFIG) --libs papi)) $(if $(SDE),-lsde)
LEFT_OUT = experiments/measure/topology_$(if $(HWLOC),no_hwloc,hwloc).c \
           experiments/measure/papi_status_$(if $(PAPI),none,papi).c \
           experiments/measure/loader_$(if $(DLINFO),no_)dlinfo.c \
           experiments/measure/counters_papi$(if $(PAPI),_none).c \
           experiments/measure/counters_pfm$(if $(PFM),_none).c \
           graph/nodes/map_fft$(if $(KISSFFT),_none).c graph/sde_$(if $(SDE),none,papi).c \
           $(if $(ZMQ),graph/transport_zmq_none.c,graph/transport_zmq.c graph/transport_zmq_auth.c) \
           graph/transport_mpi$(if $(MPI),_none).c \
           experiments/simulate/coroutine_$(if $(UCONTEXT),no_)ucontext.c

# ---- what there is --------------------------------------------------------------------------
VARIANTS := $(shell sed -n 's/^RING.\([a-z0-9_]*\),.*/\1/p' rings/variants.def)
RING_HEADERS = $(filter-out rings/variant.h,$(wildcard rings/*.h))
# Compiled into the command; fewer make it smaller.  128 is a ring's own, and what peers have.
SEPARATIONS ?= 64 128 256
KERNEL_SIZES ?= 8 16 32 56 64 128 256
$(if $(filter 128,$(SEPARATIONS)),,$(error SEPARATIONS must have 128))
RING_OBJECTS = $(B)/rings/registry.o $(VARIANTS:%=$(B)/rings/ops_%.o) $(B)/graph/ops_local.o \
               $(if $(EVENTS),$(B)/rings/events.o)
KERNEL_OBJECTS = $(foreach v,$(VARIANTS),$(SEPARATIONS:%=$(B)/kernels/$(v)_%.o))
SIMULATED_OBJECTS = $(foreach v,$(VARIANTS),$(SEPARATIONS:%=$(B)/simulated/$(v)_%.o))
SOURCES = $(filter-out $(LEFT_OUT) experiments/kernels/kernel.c experiments/ringside.c, \
          $(wildcard graph/*.c graph/nodes/*.c experiments/*.c experiments/measure/*.c experiments/store/*.c \
          experiments/kernels/*.c experiments/select/*.c experiments/simulate/*.c))
OBJECTS = $(SOURCES:%.c=$(B)/%.o) $(B)/gen/resources.o
RESOURCES = LICENSE $(wildcard experiments/plans/*.exp experiments/counters/*.ini scripts/plots/*.gp scripts/fleet/*.sh) \
            $(RING_HEADERS)
LIBRARY = $(B)/libringside.a
# Rings and engine alone.
ENGINE = $(B)/libengine.a

## all: build the ringside command
all: $(B)/ringside
.PHONY: all mpi peers events sweep plot select test check faults models mutants lint format install clean help

$(B)/ringside: $(B)/experiments/ringside.o $(LIBRARY)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_all) $(LDFLAGS) $(EXPORTS) -o $@ $^ $(LIBS)

# What takes longest to compile begins first.
$(LIBRARY): $(KERNEL_OBJECTS) $(OBJECTS) $(RING_OBJECTS) $(SIMULATED_OBJECTS)
$(ENGINE): $(filter $(B)/graph/%,$(OBJECTS)) $(RING_OBJECTS)
$(LIBRARY) $(ENGINE):
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/%.o: %.c Makefile $(B)/gen/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_all) $(CFLAGS_all) -MMD -MP -c $< -o $@

$(B)/graph/transport_mpi.o: private CPPFLAGS += $(MPI_CPPFLAGS)

# These are timed loops as the kernels are.
$(B)/experiments/kernels/bounds.o $(B)/experiments/kernels/graph_nodes.o: private CFLAGS += $(KERNEL_CFLAGS)
# Everything is rebuilt when a compiler or a flag changes, so that manifest.json speaks true.
$(B)/gen/flags: FORCE $(B)/gen/built.h
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(CXX) $(CPPFLAGS_all) $(CFLAGS_all) $(CXXFLAGS_all) $(KERNEL_CFLAGS) $(MPI:%=mpi)' > $@.new
	@cmp -s $@ $@.new && rm $@.new || mv $@.new $@
$(B)/gen/built.h: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '#define EACH_SEPARATION(X, name) $(foreach s,$(SEPARATIONS),X(name, $(s)))' \
	    '#define KERNEL_SIZE_LIST(X) $(foreach n,$(KERNEL_SIZES),X($(n)))' > $@.new
	@cmp -s $@ $@.new && rm $@.new || mv $@.new $@
# Files that carry the commit are rebuilt when it changes.
$(B)/experiments/ringside.o $(B)/experiments/store/manifest.o: $(B)/gen/commit.h
$(B)/gen/commit.h: FORCE
	@mkdir -p $(@D)
	@printf '#define RINGSIDE_COMMIT "%s"\n#define RINGSIDE_COMPILER "%s"\n#define RINGSIDE_FLAGS "%s"\n' \
	    '$(COMMIT)' "$$($(CC) --version 2>/dev/null | head -n 1)" '$(CFLAGS_all); kernels $(KERNEL_CFLAGS), sizes $(KERNEL_SIZES)' > $@.new
	@cmp -s $@ $@.new && rm $@.new || mv $@.new $@
FORCE:

$(B)/rings/ops_%.o: rings/ops.c Makefile $(B)/gen/flags
	$(call say,RING,$*)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_all) $(CFLAGS_all) -DRS_VARIANT=$* -MMD -MP -c $< -o $@

# The ring of an edge within one worker.
$(B)/graph/ops_local.o: rings/ops.c Makefile $(B)/gen/flags
	$(call say,RING,local)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_all) -Igraph $(CFLAGS_all) -DRS_VARIANT=local -MMD -MP -c $< -o $@

# A kernel object is <ring>_<separation>.o.
$(B)/kernels/%.o: experiments/kernels/kernel.c Makefile $(B)/gen/flags
	$(call say,KERNEL,$*)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_all) $(CFLAGS_all) $(KERNEL_CFLAGS) -MMD -MP \
	    -DRS_VARIANT=$(patsubst %_$(lastword $(subst _, ,$*)),%,$*) \
	    -DRS_SEPARATION=$(lastword $(subst _, ,$*)) -c $< -o $@

# A ring over the seam of the simulator, <ring>_<separation>.o: simulate/rings.c lists them.
$(B)/simulated/%.o: rings/ops.c Makefile $(B)/gen/flags
	$(call say,SIMULATE,$*)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_all) $(CFLAGS_all) -MMD -MP -DRS_INDEX=uint64_t \
	    -DRS_MEMORY_OVERRIDE='"experiments/simulate/memory_sim.h"' \
	    -DRS_VARIANT=$(patsubst %_$(lastword $(subst _, ,$*)),%,$*) \
	    -DRS_SEPARATION=$(lastword $(subst _, ,$*)) \
	    -DRS_WORD=uint64_t -Drs_ring_ops_$(patsubst %_$(lastword $(subst _, ,$*)),%,$*)=simulated_$* -c $< -o $@

## mpi: build ringside-mpi, the command with edges over MPI, for mpirun
mpi:
	$(Q)scripts/setup mpi
	$(again) $(B)/ringside-mpi
# What comes before the library takes the place of its member.
$(B)/ringside-mpi: $(B)/experiments/ringside.o $(B)/graph/transport_mpi.o $(LIBRARY)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_all) $(LDFLAGS) $(EXPORTS) -o $@ $^ $(LIBS) $(MPI_LIBS)

# Plans, plot scripts and ring headers travel inside the command.
$(B)/gen/resources.c: FORCE
	@mkdir -p $(@D)
	$(Q)scripts/embed $(RESOURCES) > $@.new
	@cmp -s $@ $@.new && rm $@.new || mv $@.new $@
$(B)/gen/resources.o: $(B)/gen/resources.c $(B)/gen/flags
	$(Q)$(CC) $(CPPFLAGS_all) $(CFLAGS_all) -Wno-overlength-strings -c $< -o $@

# ---- other engines to run graphs beside ours: programs in the folder of the command ----------
TBB := $(call have,tbb)
CARGO := $(shell command -v cargo 2>/dev/null)
PEERS = $(B)/ringside-bare $(if $(TBB),$(B)/ringside-tbb) $(if $(CARGO),$(B)/ringside-crossbeam) \
        $(if $(ZMQ),$(B)/ringside-zmq)

## peers: build the rings and engines that ours are compared with, as far as their libraries are there
peers:
	$(Q)scripts/setup peers
	$(Q)scripts/dpdk-headers $(B)/dpdk
	$(again) peers-now
.PHONY: peers-now peer-rings
peers-now: all peer-rings $(PEERS)
	$(if $(TBB),,@echo 'no ringside-tbb: libtbb-dev is missing')
	$(if $(CARGO),,@echo 'no ringside-crossbeam: cargo is missing')

# The same command with the counters of nodes compiled out.
$(B)/ringside-bare: $(B)/ringside
	$(again) B=$(B)/bare CPPFLAGS='$(CPPFLAGS) -DRS_METRICS=0' $(B)/bare/ringside
	$(Q)cp $(B)/bare/ringside $@
$(B)/ringside-tbb: experiments/peers/tbb.cc Makefile $(B)/gen/flags
	$(call say,PEER,$<)
	$(Q)$(CXX) $(CPPFLAGS_all) $(CXXFLAGS_all) $(KERNEL_CFLAGS) $(LDFLAGS) -o $@ $< -ltbb
# Bare libzmq, for scripts/edges-bench.
$(B)/ringside-zmq: experiments/peers/zmq_bare.c Makefile $(B)/gen/flags
	$(call say,PEER,$<)
	$(Q)$(CC) $(CPPFLAGS_all) $(CFLAGS_all) $(LDFLAGS) -o $@ $< $(shell $(PKG_CONFIG) --libs libzmq)
$(B)/ringside-crossbeam: experiments/peers/crossbeam/Cargo.toml experiments/peers/crossbeam/src/main.rs
	$(call say,PEER,crossbeam)
	@mkdir -p $(B)/crossbeam
	@cp -R experiments/peers/crossbeam/. $(B)/crossbeam
	$(Q)cd $(B)/crossbeam && $(CARGO) build --quiet --release --target-dir target
	$(Q)cp $(B)/crossbeam/target/release/ringside-crossbeam $@

# ---- the same command with rings of other libraries: experiments/peers/peers.def --------------
# A peer p in language l is the objects $(P)/p.l/kernels.o and $(P)/p.l/ops.o, which export
# ring_kernels_p_128 and rs_ring_ops_p.  PEER_RINGS is set once built.def says which there are.
P ?= $(B)/peers
PEER_DIR ?= experiments/peers
PEER_COMMAND ?= $(B)/ringside-peers
PEER_RINGS ?=
PEER_OBJECTS = $(foreach p,$(PEER_RINGS),$(P)/$(p)/kernels.o $(P)/$(p)/ops.o) $(P)/registry.o $(P)/table.o \
               $(if $(filter %.rust,$(PEER_RINGS)),$(RUST_OBJECTS))
# scripts/peers-found has cargo build the library that has the loops.
RUST_OBJECTS = $(P)/rust_calls.o $(B)/rust/release/libringside_rust.a
DPDK = $(wildcard $(addsuffix /usr/include/dpdk,/. $(B)/dpdk) $(addsuffix /usr/include/*/dpdk,/. $(B)/dpdk))
PEER_INCLUDES = -iquote $(PEER_DIR) -iquote experiments/peers $(DPDK:%=-isystem %)
# NDEBUG as in release builds of these libraries: some check themselves without it.
PEER_CPPFLAGS = $(CPPFLAGS_all) $(PEER_INCLUDES) -DNDEBUG -I$(P)

peer-rings: all $(P)/built.def
	$(again) $(PEER_COMMAND) $(PEER_ALSO) \
	    PEER_RINGS="$$(sed -n 's/^PEER(\([a-z0-9_]*\), \([a-z]*\),.*/\1.\2/p' $(P)/built.def)"
$(P)/built.def: FORCE $(B)/gen/built.h
	@mkdir -p $(@D)
	$(Q)scripts/peers-found $(PEER_DIR) $(CPPFLAGS_all) $(PEER_INCLUDES) >$@.new
	@cmp -s $@ $@.new && rm $@.new || mv $@.new $@

# What comes before the library takes the place of its members.
$(PEER_COMMAND): $(B)/experiments/ringside.o $(PEER_OBJECTS) $(LIBRARY)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(CXXFLAGS_all) $(LDFLAGS) -rdynamic -o $@ $^ $(LIBS)
$(P)/contract: $(P)/contract.o $(P)/loops.o $(PEER_OBJECTS) $(LIBRARY)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(CXXFLAGS_all) $(LDFLAGS) -o $@ $^ $(TEST_LIBS)
$(P)/contract.o $(P)/loops.o: $(P)/%.o: tests/peer_%.cc Makefile $(B)/gen/flags
	$(call say,CXX,$<)
	$(Q)$(PEER_CXX) -MMD -MP -c $< -o $@
$(P)/registry.o: rings/registry.c $(P)/built.def Makefile $(B)/gen/flags
	$(Q)$(CC) $(PEER_CPPFLAGS) $(CFLAGS_all) -DRS_VARIANTS_DEF='"experiments/peers/rings.def"' -MMD -MP -c $< -o $@
$(P)/table.o: experiments/kernels/table.c $(P)/built.def Makefile $(B)/gen/flags
	$(Q)$(CC) $(PEER_CPPFLAGS) $(CFLAGS_all) -DPEERS_DEF='"built.def"' -MMD -MP -c $< -o $@

PEER_C = $(CC) $(PEER_CPPFLAGS) $(CFLAGS_all)
PEER_CXX = $(CXX) $(PEER_CPPFLAGS) $(CXXFLAGS_all)
PEER_OF = -DRS_VARIANT=$* -DRS_SEPARATION=128 -MMD -MP -c $< -o $@
$(P)/%.c/kernels.o: experiments/kernels/kernel.c Makefile $(B)/gen/flags
	$(call say,PEER,$*)
	@mkdir -p $(@D)
	$(Q)$(PEER_C) $(KERNEL_CFLAGS) $(PEER_OF)
$(P)/%.c/ops.o: rings/ops.c Makefile $(B)/gen/flags
	@mkdir -p $(@D)
	$(Q)$(PEER_C) $(PEER_OF)
$(P)/%.cxx/kernels.o: experiments/kernels/kernel.c Makefile $(B)/gen/flags
	$(call say,PEER,$*)
	@mkdir -p $(@D)
	$(Q)$(PEER_CXX) $(KERNEL_CFLAGS) -x c++ $(PEER_OF)
$(P)/%.cxx/ops.o: rings/ops.c Makefile $(B)/gen/flags
	@mkdir -p $(@D)
	$(Q)$(PEER_CXX) -x c++ $(PEER_OF)
$(P)/%.rust/kernels.o: experiments/peers/rust_kernels.c Makefile $(B)/gen/flags
	$(call say,PEER,$*)
	@mkdir -p $(@D)
	$(Q)$(PEER_C) $(PEER_OF)
$(P)/%.rust/ops.o: experiments/peers/rust_ops.c Makefile $(B)/gen/flags
	@mkdir -p $(@D)
	$(Q)$(PEER_C) $(PEER_OF)
$(P)/rust_calls.o: experiments/peers/rust_calls.c Makefile $(B)/gen/flags
	$(Q)$(PEER_C) -MMD -MP -c $< -o $@

# ---- flame graphs ----------------------------------------------------------------------------
# inferno draws them.  It is run, never linked: its licence is not ours (CDDL-1.0).
INFERNO_VERSION = 0.12.3
INFERNO = $(B)/inferno/bin/inferno-flamegraph
OUT ?= flamegraph/local

## flamegraph: install what is missing, record a ring, two rings and a graph, draw them in OUT
flamegraph:
	$(Q)scripts/setup all
	$(again) flamegraph-now
.PHONY: flamegraph flamegraph-now
flamegraph-now: all $(if $(shell command -v cargo 2>/dev/null),$(INFERNO))
	$(Q)flamegraph/record $(B)/ringside $(OUT)
$(INFERNO): Makefile
	$(call say,CARGO,inferno $(INFERNO_VERSION))
	$(Q)cargo install --quiet --locked --version $(INFERNO_VERSION) --root $(B)/inferno inferno
	@touch $@

# ---- software-defined events: what PAPI's tools can see ---------------------------------------
# Not to be timed: fewer loops to compile.
FEW_LOOPS = SEPARATIONS=128 KERNEL_SIZES='8 64' KERNEL_CFLAGS=-DSMALL_LOOPS
## events: build ringside-events, whose rings count their events, and what papi_native_avail lists
events: $(B)/ringside-events $(if $(SDE),$(B)/libringside-sde.so)
	$(if $(SDE),,@echo 'no libringside-sde.so: sde_lib.h or libsde is missing (libpapi-dev)')
$(B)/ringside-events: $(B)/ringside
	$(again) EVENTS=1 B=$(B)/events $(FEW_LOOPS) $(B)/events/ringside
	$(Q)cp $(B)/events/ringside $@
SDE_LIST = graph/sde.c graph/sde_papi.c graph/log.c rings/events.c
$(B)/libringside-sde.so: $(SDE_LIST) $(wildcard graph/*.h rings/*.h) Makefile $(B)/gen/flags
	$(call say,LINK,$@)
	$(Q)$(CC) $(CPPFLAGS_all) -DRS_EVENTS=1 $(CFLAGS_all) $(LDFLAGS) -shared -fPIC -o $@ $(SDE_LIST) -lsde -pthread

# ---- use it ---------------------------------------------------------------------------------
# On a bare machine the libraries arrive in the first step, so the rest is a make of its own.
PLAN ?= quick
RUN ?= results/latest
again = +$(Q)$(MAKE) -f Makefile --no-print-directory $(if $(TARGET),TARGET=$(TARGET)) $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

## sweep: install what is missing, build, run PLAN (quick), plot it, name the ring to use
sweep:
	$(Q)scripts/setup build
	$(again) all
	$(Q)$(B)/ringside sweep $(PLAN)
	$(Q)$(B)/ringside plot $(RUN)
	$(Q)$(B)/ringside select $(RUN) || [ $$? -eq 6 ]

## plot: draw RUN (results/latest)
plot: all
	$(Q)$(B)/ringside plot $(RUN)

## select: name the ring to use by RUN (results/latest)
select: all
	$(Q)$(B)/ringside select $(RUN)

# ---- stress: every ring under delays, a program for each width of an index --------------------
STRESS_BITS = 16 32 64
STRESS = $(STRESS_BITS:%=$(B)/stress/stress_%)
STRESS_SOURCES = $(patsubst tests/stress/%.c,%,$(wildcard tests/stress/*.c))
# Of a ring, which its ten runs share: five capacities, all cpus and one.
MESSAGES ?= 10000000
STRESS_ARGS = --messages $(shell expr $(MESSAGES) / 10 + 1) $(if $(SEED),--seed $(SEED)) $(if $(SOAK),--soak $(SOAK)/$(words $(STRESS_BITS))) $(if $(RING),--ring $(RING))

# A program is stress_<bits>, its objects <bits>/<file>.o and, over the seam that delays, <bits>/<ring>.ring.o.
define stress_program
$(B)/stress/stress_$(1): $(STRESS_SOURCES:%=$(B)/stress/$(1)/%.o) $(VARIANTS:%=$(B)/stress/$(1)/%.ring.o) \
        $(B)/stress/$(1)/registry.o
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(CFLAGS_all) $$(LDFLAGS) -o $$@ $$^ -pthread
$(B)/stress/$(1)/%.o: tests/stress/%.c Makefile $(B)/gen/flags
	$$(call say,STRESS,$$*)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CPPFLAGS_all) $$(CFLAGS_all) -DRS_INDEX=uint$(1)_t -MMD -MP -c $$< -o $$@
$(B)/stress/$(1)/registry.o: rings/registry.c Makefile $(B)/gen/flags
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CPPFLAGS_all) $$(CFLAGS_all) -DRS_INDEX=uint$(1)_t -MMD -MP -c $$< -o $$@
$(B)/stress/$(1)/%.ring.o: rings/ops.c Makefile $(B)/gen/flags
	$$(call say,STRESS,$$*)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CPPFLAGS_all) $$(CFLAGS_all) -DRS_INDEX=uint$(1)_t -MMD -MP -DRS_VARIANT=$$* \
	    -DRS_MEMORY_OVERRIDE='"tests/stress/memory_delays.h"' -c $$< -o $$@
endef
$(foreach bits,$(STRESS_BITS),$(eval $(call stress_program,$(bits))))

# A clang that has its runtime for sanitizers and fuzzing.
CLANG_RUNTIME = $(shell echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | \
    clang -fsanitize=fuzzer,address -x c - -o /dev/null 2>/dev/null && echo yes)
# Under a sanitizer a message costs ten to a hundred times as much.
FEW = $(shell expr $(MESSAGES) / 50 + 1)

## stress: every ring with delays and random operations; SEED= RING= MESSAGES= SOAK=1h
stress:
	$(Q)scripts/setup all
	$(again) stress-now
.PHONY: stress stress-now stress-sanitized
stress-now: $(STRESS)
	$(Q)failed=0; for program in $(STRESS); do $$program $(STRESS_ARGS) || failed=1; done; exit $$failed
	$(again) MESSAGES=$(FEW) SOAK= CONFIG=asan B=$(B)/asan stress-sanitized
	$(again) MESSAGES=$(FEW) SOAK= CONFIG=tsan B=$(B)/tsan stress-sanitized
	$(if $(CLANG_RUNTIME),$(again) MESSAGES=$(FEW) SOAK= CONFIG=tsan CC=clang B=$(B)/tsan-clang stress-sanitized, \
	    @echo 'ok - ThreadSanitizer of clang # SKIP clang or its runtime is missing (libclang-rt-dev)')
stress-sanitized: $(B)/stress/stress_64
	$(Q)setarch -R $< $(STRESS_ARGS)

# ---- fuzz: what reads files, and the rings, under libFuzzer -----------------------------------
SECONDS_A_TARGET ?= 60
FUZZ_TARGETS = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SHARED = $(B)/tests/fuzz/ring_model.o
FUZZERS = $(FUZZ_TARGETS:%=$(B)/tests/fuzz/fuzz_%)
REPLAYS = $(FUZZ_TARGETS:%=$(B)/tests/fuzz/replay_%)
$(FUZZERS): $(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(FUZZ_SHARED) $(LIBRARY)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_all) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LIBS)
$(REPLAYS): $(B)/tests/fuzz/replay_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(FUZZ_SHARED) $(LIBRARY)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_all) $(LDFLAGS) -o $@ $^ $(LIBS)

## fuzz: libFuzzer on each target of tests/fuzz; SECONDS_A_TARGET=60 FUZZ= FUZZERS_AT_ONCE=
fuzz:
	$(Q)scripts/setup all
	$(again) fuzz-by-clang
fuzz-by-clang:
	$(if $(CLANG_RUNTIME),$(again) CONFIG=fuzz CC=clang CXX=clang++ B=$(B)/fuzz $(FEW_LOOPS) fuzz-now, \
	    @echo 'no fuzzing: clang or its runtime is missing (libclang-rt-dev)'; exit 3)
.PHONY: fuzz fuzz-by-clang fuzz-now
fuzz-now: $(if $(FUZZ),$(FUZZ:%=$(B)/tests/fuzz/fuzz_%),$(FUZZERS))
	$(Q)tests/fuzz/run $(B) $(SECONDS_A_TARGET) $(or $(FUZZ),$(FUZZ_TARGETS))

# ---- test it --------------------------------------------------------------------------------
## test: install what is missing, build, run every test
test:
	$(Q)scripts/setup test
	$(again) check

RING_TESTS = $(B)/tests/test_rings
OTHER_TESTS = $(patsubst tests/%.cc,$(B)/tests/%,$(filter-out tests/test_rings% $(EVENT_TESTS),$(wildcard tests/test_*.cc)))
EVENT_TESTS = $(if $(EVENTS),,tests/test_events.cc)
TEST_LIBS = -lgtest -lgtest_main $(LIBS)
export CC CXX B

$(RING_TESTS): $(patsubst %.cc,$(B)/%.o,$(wildcard tests/test_rings*.cc)) $(RING_OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(CXXFLAGS_all) $(LDFLAGS) -o $@ $^ $(TEST_LIBS)
GRAPH_TESTS = test_graph test_graph_life test_graph_check test_sleep test_live
ENGINE_TESTS = $(patsubst %,$(B)/tests/%,$(GRAPH_TESTS) test_sde)
$(ENGINE_TESTS): $(ENGINE)
$(filter-out $(ENGINE_TESTS),$(OTHER_TESTS)): $(LIBRARY)
$(OTHER_TESTS): $(B)/tests/%: $(B)/tests/%.o
	$(call say,LINK,$@)
	$(Q)$(CXX) $(CXXFLAGS_all) $(LDFLAGS) -o $@ $^ $(TEST_LIBS)
# What is tested is optimized, what tests it need not be.  Google Test's header is read once.
TEST_CXX = $(CXX) $(CPPFLAGS_all) $(CXXFLAGS_all) -O0
$(B)/tests/%.o: tests/%.cc $(B)/tests/first.h.gch
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)$(TEST_CXX) -include $(B)/tests/first.h -MMD -MP -c $< -o $@
$(B)/tests/first.h.gch: Makefile $(B)/gen/flags
	@mkdir -p $(@D)
	@echo '#include <gtest/gtest.h>' >$(@:.gch=)
	$(Q)$(TEST_CXX) -x c++-header $(@:.gch=) -o $@

# Allocations of our objects fail there on demand.
$(B)/tests/test_memory: private LDFLAGS += $(foreach f,malloc calloc realloc strdup strndup,-Wl,--wrap=$(f))

# The simulator's counts by themselves: no library, so that they can be built for other machines.
SIMULATOR = $(patsubst %.c,$(B)/%.o,$(filter-out $(LEFT_OUT),$(wildcard experiments/simulate/*.c)))
$(B)/tests/simulate_counts: $(B)/tests/simulate_counts.o $(SIMULATOR) \
        $(SIMULATED_OBJECTS) $(B)/experiments/measure/statistics.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_all) $(LDFLAGS) -o $@ $^ -lm -pthread
$(B)/tests/test_sde.o $(B)/tests/test_events.o: private CPPFLAGS += $(if $(SDE),-DWITH_SDE)

# For graphs under test to load.
PLUGINS = $(patsubst %.c,$(B)/%.so,$(wildcard tests/plugins/*.c))
$(B)/tests/plugins/%.so: tests/plugins/%.c Makefile $(B)/gen/flags
	$(call say,PLUGIN,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_all) $(CFLAGS_all) -shared -fPIC -MMD -MP -o $@ $<

# Each ring's header by itself, in both languages.
HEADER_TESTS = $(VARIANTS:%=$(B)/headers/%.c11.o) $(VARIANTS:%=$(B)/headers/%.cc17.o)
$(B)/headers/%.c11.o: tests/header_test.c rings/%.h $(B)/gen/flags
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(WARNINGS) -I. -include rings/$*.h -DRS_VARIANT=$* -MMD -MP -c $< -o $@
$(B)/headers/%.cc17.o: tests/header_test.c rings/%.h $(B)/gen/flags
	@mkdir -p $(@D)
	$(Q)$(CXX) -std=c++17 $(WARNINGS) -I. -include rings/$*.h -DRS_VARIANT=$* -MMD -MP -x c++ -c $< -o $@

## check: what `make test` runs after setup
check: $(if $(TARGET),check-target,check-here)
.PHONY: check-here
check-here: all events $(if $(MPI_LIBRARY),$(B)/ringside-mpi) peer-tests $(RING_TESTS) $(OTHER_TESTS) $(HEADER_TESTS) $(PLUGINS) $(STRESS) $(REPLAYS) \
        $(B)/tests/faults/shim.so
	$(again) CONFIG=asan B=$(B)/asan $(FEW_LOOPS) $(SANITIZED:%=$(B)/asan/tests/%) $(B)/asan/stress/stress_64 \
	    $(REPLAYS:$(B)/%=$(B)/asan/%)
	$(again) CONFIG=tsan B=$(B)/tsan $(FEW_LOOPS) $(SANITIZED:%=$(B)/tsan/tests/%) $(B)/tsan/stress/stress_64
	$(again) EVENTS=1 B=$(B)/events $(FEW_LOOPS) $(B)/events/tests/test_events
	$(Q)scripts/run-tests $(B)/logs $(ALONE_TESTS) --beside $(BESIDE_TESTS)
include $(if $(TARGET),scripts/targets/check.mk)
# Our own adapters, and peers with planted bugs that the same checks must find.
.PHONY: peer-tests
peer-tests: all
	$(again) peer-rings PEER_ALSO='$(B)/peers/contract'
	$(again) peer-rings PEER_DIR=tests/peers P=$(B)/broken-peers PEER_COMMAND=$(B)/broken-peers/ringside
SANITIZED = test_rings $(GRAPH_TESTS) test_sde
SIMULATED_TESTS = $(B)/tests/test_simulate $(B)/tests/test_simulate_golden
over_command = $(patsubst %,'tests/% $(B)/ringside',$(1))
# What a user sees of the command.
COMMAND_TESTS = $(call over_command,test_cli test_top test_merge) $(COMMAND_TESTS_ALONE)
COMMAND_TESTS_ALONE = 'tests/test_graph_cli $(B)/ringside $(B)/tests/plugins' \
    $(call over_command,test_counters_cli test_flame test_machine)
FAULT_NAMES = $(patsubst tests/%,%,$(filter-out %.c %.sh,$(wildcard tests/faults/*)))
FAULT_NAMES_ALONE = faults/clock faults/cpus faults/memory
FAULT_TESTS = $(call over_command,$(FAULT_NAMES))
# Those that time, pin or spin, one after another.
ALONE_TESTS = $(RING_TESTS) $(filter-out $(SIMULATED_TESTS),$(OTHER_TESTS)) $(SANITIZED:%=$(B)/asan/tests/%) \
    $(SANITIZED:%='setarch -R $(B)/tsan/tests/%') $(B)/events/tests/test_events $(STRESS_TESTS) \
    'tests/test_sde_tools $(B)' $(COMMAND_TESTS_ALONE) $(call over_command,$(FAULT_NAMES_ALONE))
# The others, the longest first; the gate without the mutants that must be compiled, which are `make mutants`.
BESIDE_TESTS = 'tests/test_fleet $(B)/ringside' 'tests/test_edges $(B)/ringside $(B)/tests/plugins' \
    'tests/test_edges_mpi $(B)/ringside-mpi $(B)/tests/plugins' 'tests/models/gate --build $(B)/models --mutants orders' \
    $(call over_command,test_top) scripts/check-codegen tests/test_simulate_arm 'scripts/check-codegen --self-test' \
    $(call over_command,test_cli) tests/test_simulate_compilers 'tests/test_peers $(B)' \
    $(call over_command,test_simulate_cli $(filter-out $(FAULT_NAMES_ALONE),$(FAULT_NAMES)) test_merge) tests/test_stress \
    'tests/test_paper $(B)' 'tests/test_rust_peers $(B)' 'tests/merge_scale $(B)/ringside 50' tests/test_install \
    tests/test_abi tests/test_broken tests/test_check_ordering tests/test_setup tests/test_readme \
    $(SIMULATED_TESTS) $(REPLAY_TESTS)
# `make stress`, for as long as a test may take.
STRESS_TESTS = $(STRESS:%='% --messages 10000') '$(B)/asan/stress/stress_64 --messages 5000' \
    'setarch -R $(B)/tsan/stress/stress_64 --messages 5000'
# What fuzzing started from and what it found, without libFuzzer.
replay_tests = $(foreach t,$(FUZZ_TARGETS),'$(1)/tests/fuzz/replay_$(t) $(wildcard tests/fuzz/corpus/$(t) tests/fuzz/crashes/$(t))')
REPLAY_TESTS = $(call replay_tests,$(B)) $(call replay_tests,$(B)/asan)

## paper: tables and figures of PAPER.md, the figure of README.md, again from results/; fails where text and data differ
PAPER_RUNS = $(shell sed -n 's,.*\(results/published/[a-z-]*\)/plots/.*,\1,p' PAPER.md README.md | sort -u)
PLOTTER = $(or $(wildcard $(B)/ringside-peers),$(B)/ringside)
paper: all
	$(Q)for run in $(PAPER_RUNS); do $(PLOTTER) plot $$run || echo "$$run is not drawn again"; done
	$(Q)scripts/paper
.PHONY: paper

## ci: what every change must pass: lint, test, and a small sweep drawn and judged
ci:
	$(Q).ci/run
.PHONY: ci

## coverage: lines that the tests reach, by folder; fails below 90%
coverage:
	$(Q)scripts/setup all
	$(Q)scripts/setup fleet
	$(again) CONFIG=cov B=$(B)/cov coverage-now
.PHONY: coverage coverage-now
coverage-now: all $(RING_TESTS) $(OTHER_TESTS) $(PLUGINS) $(REPLAYS) $(B)/tests/faults/shim.so
	$(Q)scripts/coverage $(B) $(RING_TESTS) $(OTHER_TESTS) $(call replay_tests,$(B)) $(COMMAND_TESTS) $(FAULT_TESTS) \
	    'tests/test_fleet $(B)/ringside' 'tests/test_simulate_cli $(B)/ringside' 'tests/merge_scale $(B)/ringside 50' 'tests/test_edges $(B)/ringside $(B)/tests/plugins'

# ---- what happens when something goes wrong: docs/faults.md ------------------------------------
FAULT_PROGRAMS = $(B)/tests/test_torn $(B)/tests/test_sweep_children $(B)/tests/test_memory
## faults: kills, full disks, no memory, refusals; KILLS=200 and FAULTS=long for every case
faults: all $(B)/tests/faults/shim.so $(FAULT_PROGRAMS)
	$(Q)scripts/run-tests $(B)/logs/faults $(FAULT_PROGRAMS) $(FAULT_TESTS)
$(B)/tests/faults/%.so: tests/faults/%.c Makefile $(B)/gen/flags
	$(call say,SHIM,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 $(WARNINGS) -O1 -shared -fPIC -MMD -MP -o $@ $< -ldl

## models: memory models of every ring and of graph/; MODEL= one of them, LONG=1: wider, LONG_S=120 a scenario
models:
	$(Q)tests/models/gate --build $(B)/models --mutants none $(if $(LONG),--long --seconds $(or $(LONG_S),120)) $(MODEL)

## mutants: each order weakened and each planted bug, which the models must notice; MODEL=
mutants:
	$(Q)tests/models/gate --build $(B)/models $(MODEL)

# ---- keep it clean --------------------------------------------------------------------------
C_FILES = $(shell git ls-files '*.c' '*.h' '*.cc' '*.hpp')
SHELL_FILES = $(shell git grep -lE '^\#!(/usr/bin/env bash|/bin/sh)')
TIDY_FILES = $(filter experiments/%.c graph/%.c,$(filter-out $(LEFT_OUT),$(SOURCES)))

## lint: formatting, static analysis, the argument of every memory order
lint:
	$(Q)scripts/setup lint
	$(again) lint-now
.PHONY: lint-now
lint-now: $(B)/gen/commit.h $(B)/gen/built.h
	$(Q)clang-format --dry-run --Werror $(C_FILES)
	$(Q)scripts/check-ordering
	$(Q)shellcheck $(SHELL_FILES)
	$(Q)cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
	    --error-exitcode=1 --suppressions-list=.cppcheck -I. -Iexperiments -I$(B)/gen -D__x86_64__=1 -D_GNU_SOURCE $(TIDY_FILES)
	$(Q)printf '%s\n' $(TIDY_FILES) | xargs -P 2 -n 4 sh -c 'clang-tidy --quiet "$$@" -- -std=gnu11 $(CPPFLAGS_all)' tidy

## asm: the innermost loops of a node as compiled: make asm NODE=fir
NODE ?= fir
NODE_SOURCES = $(filter-out $(LEFT_OUT),$(wildcard graph/nodes/$(NODE)_*.c graph/nodes/*_$(NODE).c))
asm: $(NODE_SOURCES:%.c=$(B)/%.o)
	$(if $(NODE_SOURCES),,$(error no node '$(NODE)': graph/nodes has none of that name))
	$(Q)OBJDUMP=$(OBJDUMP) scripts/show-loop $^
OBJDUMP = objdump
.PHONY: asm

## format: reformat every C and C++ file
format:
	$(Q)clang-format -i $(C_FILES)

# ---- install it ----------------------------------------------------------------------------
include packaging/install.mk

## clean: remove what was built
clean:
	rm -rf build

## help: this list
help:
	@sed -n 's/^## \([a-z]*\): /  \1\t/p' Makefile packaging/install.mk | expand -t 14

-include $(wildcard $(B)/*.d $(B)/*/*.d $(B)/*/*/*.d)
