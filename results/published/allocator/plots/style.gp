# SPDX-License-Identifier: MIT
# What all plots share: colours, and the words at the head of the data.
#
# In: name, the plot's; its data is name.csv.  Out: csv; text[1..texts], the words of the comment
# lines (title, conditions, reading, then panels, rows, series in order); functions and colours.
# Words are only ever printed: nothing here evaluates them.
set encoding utf8
csv = name.".csv"
array text[2100]
texts = 0
after_key(s) = substr(s, strstrt(s, ": ") + 2, strlen(s))
set datafile separator "\t"
set datafile commentschars ""
stats csv using (substr(strcol(1), 1, 1) eq "#" && $0 < 2100 ? \
    (texts = texts + 1, text[texts] = after_key(strcol(1)), 0) : 0) nooutput
set datafile commentschars "#"
set datafile separator comma
set key autotitle columnhead

# Okabe and Ito's colours without the yellow, which white swallows.  A ring keeps its colour and
# its mark in all plots of a run.
array palette_of[7] = [0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x000000]
array mark_of[8] = [7, 9, 5, 13, 11, 6, 8, 4]
control_colour = 0x8C8C8C
bound_colour = 0x303030
nothing = 0xFFFFFFFF # transparent
colour(style, control) = control > 0 ? control_colour : palette_of[style % 7 + 1]
mark(style, control) = control > 0 ? (style % 2 ? 2 : 1) : mark_of[(style % 7 + style / 7) % 8 + 1]

# "control: null" where only a name has room; what is longer than n characters is cut.
# A label of a tic is a format: what is data may not be one.
plain(s) = strstrt(s, "%") == 0 ? s : \
    substr(s, 1, strstrt(s, "%"))."%".plain(substr(s, strstrt(s, "%") + 1, strlen(s)))
cut(s, n) = strlen(s) > n ? substr(s, 1, n - 1)."…" : s
short(s) = (strstrt(s, " — control") ? "control: " : "").substr(s, 1, strstrt(s, " — ") - 1)

# 1536 as it is, 65536 as 64 Ki.
kibi(n) = n >= 1048576 && int(n) % 1048576 == 0 ? sprintf("%d Mi", n / 1048576) : \
          n >= 4096 && int(n) % 1024 == 0 ? sprintf("%d Ki", n / 1024) : sprintf("%d", n)
# The next 1, 2 or 5 times a power of ten.
nice(x) = (unit_of = 10 ** floor(log10(x)), \
    (x <= unit_of ? 1 : x <= 2 * unit_of ? 2 : x <= 5 * unit_of ? 5 : 10) * unit_of)

# What an axis must show: see() it, then fit it.  Medians and bounds of rings decide; intervals may
# widen a linear axis by half, and run out of it beyond that; controls count where it is logarithmic.
least(a, b) = a < b ? a : b
most(a, b) = a > b ? a : b
array low[2]
array high[2]
array wide_low[2]
array wide_high[2]
array all_low[2]
array all_high[2]
forget(p) = (low[p] = 1e300, high[p] = 0, wide_low[p] = 1e300, wide_high[p] = 0, all_low[p] = 1e300, \
    all_high[p] = 0)
widen(p, x, control) = x > 0 ? (all_low[p] = least(all_low[p], x), all_high[p] = most(all_high[p], x), \
    control > 0 ? 0 : (wide_low[p] = least(wide_low[p], x), wide_high[p] = most(wide_high[p], x))) : 0
see(p, x, control) = x > 0 ? (widen(p, x, control), \
    control > 0 ? 0 : (low[p] = least(low[p], x), high[p] = most(high[p], x))) : 0
only_controls(p) = high[p] > 0 ? 0 : (low[p] = all_low[p], high[p] = all_high[p], \
    wide_low[p] = all_low[p], wide_high[p] = all_high[p])
is_log(p) = high[p] > 20 * low[p]
axis_start(p) = is_log(p) ? all_low[p] / 1.3 : 0
axis_end(p) = is_log(p) ? all_high[p] * 1.3 : least(wide_high[p], 1.5 * high[p]) * 1.04
do for [p = 1:2] { dummy = forget(p) }

# Three digits and no exponent.
digits(x) = x >= 100 ? sprintf("%.0f", x) : x >= 10 ? sprintf("%.1f", x) : \
            x >= 1 ? sprintf("%.2f", x) : x >= 0.1 ? sprintf("%.3f", x) : sprintf("%.3g", x)
