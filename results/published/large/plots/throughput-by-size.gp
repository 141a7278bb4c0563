# SPDX-License-Identifier: MIT
# Payload moved a second against the size of a message.
name = "throughput-by-size"
factor = "msg_bytes"
factor_words = "message size, bytes"
value = "gb_per_s"
unit = "payload, GB (10⁹ bytes) a second"
load "lines.gp"
