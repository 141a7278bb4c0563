# SPDX-License-Identifier: MIT
# Builds for TARGET, a line of scripts/targets/sysroot: static, with the libraries of its sysroot and
# no other, and run by EMULATOR where this machine is of another kind.

SYSROOT = $(CURDIR)/build/sysroot/$(TARGET)
ifneq ($(shell scripts/targets/sysroot $(TARGET) $(SYSROOT) >&2 && echo made),made)
$(error no sysroot for TARGET=$(TARGET))
endif

# COMPILER=clang has clang compile.
COMPILER ?= cc
CC = $(SYSROOT)/bin/$(COMPILER)
CXX = $(SYSROOT)/bin/c++
PKG_CONFIG = PKG_CONFIG_LIBDIR=$(SYSROOT)/lib/pkgconfig pkg-config
# A static program loads no plug-ins, so it exports nothing.  STRIP= keeps the symbols.
STRIP ?= $(if $(filter release,$(CONFIG)),-s)
LDFLAGS += -static -Wl,--gc-sections $(STRIP)
TARGET_CFLAGS = -ffunction-sections -fdata-sections
EXPORTS =
# Only what is timed, and graphs, are to be fast.
$(B)/experiments/%.o $(B)/simulated/%.o: private TARGET_CFLAGS += -Os
$(B)/experiments/kernels/%.o: private TARGET_CFLAGS += -O2
# What is compiled for every ring, separation and size is most of the program.
KERNEL_CFLAGS ?= -O2 -DSMALL_LOOPS
SEPARATIONS ?= 64 128
KERNEL_SIZES ?= 8 64
EMULATOR = $(firstword $(foreach e,$(EMULATOR_$(firstword $(subst -, ,$(TARGET)))),$(shell command -v $(e))))
EMULATOR_armv7 = qemu-arm-static qemu-arm
EMULATOR_aarch64 = $(if $(filter aarch64,$(shell uname -m)),,qemu-aarch64-static qemu-aarch64)
OBJDUMP = $(shell sed -n 's/^exec \([^ ]*\)-gcc .*/\1/p' $(SYSROOT)/bin/cc)-objdump
