# SPDX-License-Identifier: MIT
# Throughput against the capacity of the ring.
name = "throughput-by-capacity"
factor = "capacity"
factor_words = "capacity, slots"
value = "mmsg_per_s"
unit = "million messages a second"
load "lines.gp"
