# SPDX-License-Identifier: MIT
# Throughput of each ring, a panel for each combination of message size, batch and API.
name = "throughput"
value = "mmsg_per_s"
unit = "million messages a second, more is better; one axis for each message size"
group = "msg_bytes"
tail = ""
tail_words = ""
load "rows.gp"
