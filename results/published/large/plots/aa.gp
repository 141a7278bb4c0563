# SPDX-License-Identifier: MIT
# The A/A pair: each round of both halves, and their medians with intervals beside them.
name = "aa"
load "style.gp"

stats csv using (column("ns")) nooutput
middle = STATS_median
low = least(STATS_min, middle * 0.97)
high = most(STATS_max, middle * 1.03)
margin = 0.05 * (high - low)
stats csv using (column("round")) nooutput
rounds = STATS_max
beside = rounds + most(1, 0.06 * rounds)
step = most(0.6, 0.05 * rounds)
unit = text[4] eq "rtt_ns" ? "round trip, ns" : text[4] eq "ns_per_msg" ? "ns per message" : text[4]
of(half, c) = column("half") == half ? column(c) : NaN

width = 1200.0
height = 700
do for [format in "svg png"] {
    load "open.gp"
    set lmargin at screen 84.0 / width
    set rmargin at screen 1170.0 / width
    set tmargin at screen 1 - 90.0 / height
    set bmargin at screen 92.0 / height
    set xrange [-0.5:beside + step * 2]
    set yrange [low - margin:high + margin]
    set object 1 rectangle from first beside - step * 0.75, graph 0 to graph 1, graph 1 behind \
        fillcolor "#F3F3F3" fillstyle solid noborder
    set label 4 "medians" at first beside + step * 0.6, graph 0.03 center textcolor "#606060"
    set xlabel "round; those of one number ran side by side" offset 0, 0.2
    set ylabel unit." (the axis does not start at 0)"
    set xtics 0, ceil(most(1, rounds) / 20), rounds
    unset grid
    set grid ytics
    set key at screen 0.5, screen 22.0 / height center horizontal maxrows 1 Left reverse samplen 2
    plot csv using (of(0, "round") - 0.06):(column("ns")) with points pointtype 7 pointsize 1 \
            linecolor rgb palette_of[1] title "first half", \
        csv using (of(1, "round") + 0.06):(column("ns")) with points pointtype 9 pointsize 1.1 \
            linecolor rgb palette_of[2] title "second half", \
        csv using (of(0, "half") * 0 + beside):(column("median")):(column("lo")):(column("hi")) \
            with yerrorbars pointtype 7 pointsize 1.4 linewidth 2 linecolor rgb palette_of[1] notitle, \
        csv using (of(1, "half") * 0 + beside + step * 1.2):(column("median")):(column("lo")):(column("hi")) \
            with yerrorbars pointtype 9 pointsize 1.5 linewidth 2 linecolor rgb palette_of[2] notitle
    unset output
}
