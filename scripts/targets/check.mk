# SPDX-License-Identifier: MIT
# The suite of TARGET.  Google Test needs C++, and Debian has no C++ library for musl: those tests are
# built with glibc for the same machine, with every separation; what runs the command runs that of TARGET.

TESTED = $(TARGET:%-musl=%-glibc)
TESTED_B = build/$(TESTED)/check
GTEST = $(B)/gtest/libgtest.a
GTEST_SOURCES = /usr/src/googletest/googletest
GTEST_HEADERS = $(SYSROOT)/system
CXXFLAGS_all += -isystem $(GTEST_HEADERS)
TEST_LIBS = $(GTEST) $(LIBS)

$(RING_TESTS) $(OTHER_TESTS): | $(GTEST)
$(B)/tests/first.h.gch: | $(GTEST)
$(GTEST): $(GTEST_SOURCES)/src/gtest-all.cc $(GTEST_SOURCES)/src/gtest_main.cc Makefile $(B)/gen/flags
	$(call say,CXX,googletest)
	@mkdir -p $(@D) $(GTEST_HEADERS) && ln -sfn /usr/include/gtest $(GTEST_HEADERS)/gtest
	$(Q)cd $(@D) && rm -f *.o $(@F) && $(CXX) -std=c++17 -O1 -pthread -isystem $(GTEST_HEADERS) -I$(GTEST_SOURCES) \
	    -c $(filter %.cc,$^) && ar rcs $(@F) *.o

# What is run: the tests' programs, then the scripts over the command.  scripts/targets/run says why
# these are not.
NOT_STATIC = $(B)/tests/test_allocation
PROGRAMS = $(RING_TESTS) $(filter-out $(NOT_STATIC),$(OTHER_TESTS)) $(STRESS)
COMMAND = $(B)/emulated/ringside
SCRIPTS = test_cli test_graph_cli test_simulate_cli test_counters_cli test_machine test_top

RUN_TEST = scripts/targets/run $(TARGET)

.PHONY: check-target target-programs
target-programs: all $(PROGRAMS)
check-target: all $(COMMAND)
	$(again) TARGET=$(TESTED) B=$(TESTED_B) SEPARATIONS='64 128 256' target-programs
	$(Q)RINGSIDE_EMULATOR=$(EMULATOR) CC='$(CC) -static' CXX='$(CXX) -static' scripts/run-tests $(B)/logs $(if $(EMULATOR),--beside) \
	    $(patsubst $(B)/%,'$(RUN_TEST) $(TESTED_B)/%',$(RING_TESTS) $(OTHER_TESTS)) \
	    $(STRESS:$(B)/%='$(RUN_TEST) $(TESTED_B)/% --messages 1000') \
	    $(SCRIPTS:%='$(RUN_TEST) tests/% $(COMMAND)') '$(RUN_TEST) tests/test_alone $(TARGET) $(B)/ringside'

# The command as a shell starts one, and it itself again.
$(COMMAND): FORCE
	@mkdir -p $(@D)
	@printf '#!/bin/sh\n%sexec %s %s "$$@"\n' '$(EMULATOR:%=export RINGSIDE_EMULATOR=%; )' '$(EMULATOR)' \
	    '$(abspath $(B))/ringside' >$@ && chmod +x $@
