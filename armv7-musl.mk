# SPDX-License-Identifier: MIT
# Static programs for 32-bit Arm with NEON and VFPv4: `make -f armv7-musl.mk [all|check]`.
TARGET = armv7-musl
include Makefile
