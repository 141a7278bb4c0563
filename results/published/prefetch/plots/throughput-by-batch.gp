# SPDX-License-Identifier: MIT
# Throughput against the messages moved by one call.
name = "throughput-by-batch"
factor = "batch"
factor_words = "batch, messages a call"
value = "mmsg_per_s"
unit = "million messages a second"
load "lines.gp"
