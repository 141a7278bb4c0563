# SPDX-License-Identifier: MIT
# Round trip of one message, by ring.
name = "round-trip"
value = "rtt_ns"
unit = "round trip in ns (the mean of a round), less is better"
tail = "rtt_p99_ns"
tail_words = "99th percentile of single trips, in a pass of its own"
group = "panel"
load "rows.gp"
