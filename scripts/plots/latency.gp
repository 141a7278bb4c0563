# SPDX-License-Identifier: MIT
# Latency of a dependent load by working set: both axes logarithmic, rises as bands, claimed caches
# as dashed lines.
name = "latency"
load "style.gp"

is(k, c) = int(column("kind")) == k ? column(c) : NaN
stats csv using (is(0, "bytes")) nooutput
from_bytes = STATS_min
to_bytes = STATS_max
stats csv using (is(0, "value_lo")) nooutput
lowest = STATS_min
stats csv using (is(0, "value_hi")) nooutput
highest = STATS_max
levels = 0
claims = 0
array plateau_from[32]
array plateau_to[32]
array next_from[32]
array level_ns[32]
array level_words[32]
array claim_bytes[8]
array claim_words[8]
stats csv using (int(column("kind")) == 1 && levels < 32 ? (levels = levels + 1, \
    plateau_from[levels] = column("bytes"), plateau_to[levels] = column("to_bytes"), \
    next_from[levels] = column("value_lo") > 0 ? column("value_lo") : to_bytes, \
    level_ns[levels] = column("value"), level_words[levels] = strcol("label"), 0) : 0) nooutput
stats csv using (int(column("kind")) == 2 && claims < 8 ? (claims = claims + 1, \
    claim_bytes[claims] = column("bytes"), claim_words[claims] = strcol("label"), 0) : 0) nooutput

width = 1200.0
height = 640
top = highest * 2.2
bottom = lowest / 1.8
do for [format in "svg png"] {
    load "open.gp"
    set lmargin at screen 80.0 / width
    set rmargin at screen 1 - 30.0 / width
    set tmargin at screen 1 - 96.0 / height
    set bmargin at screen 70.0 / height
    set logscale x 2
    set logscale y 10
    set xrange [from_bytes / 1.1:to_bytes * 1.1]
    set yrange [bottom:top]
    set xlabel "working set in bytes (logarithmic)"
    set ylabel "ns a load (logarithmic)"
    set xtics () nomirror
    b = 2 ** ceil(log(from_bytes) / log(2) - 0.01)
    while (b <= to_bytes * 1.01) {
        set xtics add (kibi(b) b)
        b = b * 2
    }
    set ytics ("0.5" 0.5, "1" 1, "2" 2, "5" 5, "10" 10, "20" 20, "50" 50, "100" 100, "200" 200, \
        "500" 500, "1000" 1000, "2000" 2000)
    do for [i = 1:levels] {
        if (plateau_to[i] < to_bytes) {
            set object i rectangle from first plateau_to[i], graph 0 to first next_from[i], graph 1 \
                behind fillstyle solid 0.5 noborder fillcolor rgb "#F6E3D4"
        }
        set label 20 + i level_words[i] at first sqrt(plateau_from[i] * plateau_to[i]), \
            first level_ns[i] * 0.72 center textcolor rgb palette_of[2]
    }
    do for [i = 1:claims] {
        if (claim_bytes[i] <= to_bytes * 1.1) {
            set arrow i from first claim_bytes[i], graph 0 to first claim_bytes[i], graph 0.94 nohead \
                linewidth 1.5 dashtype 2 linecolor rgb bound_colour
            set label 60 + i claim_words[i] at first claim_bytes[i], graph 0.965 center \
                textcolor rgb bound_colour
        }
    }
    plot csv using (is(0, "bytes")):(is(0, "value")):(is(0, "value_lo")):(is(0, "value_hi")) \
            with yerrorbars pointtype 7 pointsize 0.6 linewidth 1 linecolor rgb palette_of[1] notitle, \
        csv using (is(0, "bytes")):(is(0, "value")) \
            with lines linewidth 1.2 linecolor rgb palette_of[1] notitle
    unset output
}
