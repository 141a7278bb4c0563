# SPDX-License-Identifier: MIT
# Time per message against simulated misses per message, a point a cell, coloured by ring.
name = "transfers"
load "style.gp"

# One entry in the key a ring: the first row that has it.
array seen[64]
array seen_control[64]
array seen_name[64]
rings = 0
known(s, c) = (sum [i = 1:rings] (seen[i] == s && seen_control[i] == c)) > 0
stats csv using (s = int(column("style")), c = int(column("control")), rings < 64 && !known(s, c) ? \
    (rings = rings + 1, seen[rings] = s, seen_control[rings] = c, seen_name[rings] = strcol("ring"), 0) : 0) nooutput
array points[2]
do for [p = 0:1] {
    points[p + 1] = 0
    stats csv using (column("panel") == p ? (points[p + 1] = points[p + 1] + 1, 0) : 0) nooutput
}
panels = (points[1] > 0) + (points[2] > 0)
array most_misses[2]
do for [p = 1:2] {
    most_misses[p] = 0.1
    stats csv using (column("panel") == p - 1 ? (most_misses[p] = most(most_misses[p], column("misses"))) : 0) nooutput
}

of(p, s, c, what) = column("panel") == p && column("style") == s && column("control") == c ? column(what) : NaN

# Beside a point: what it does not share with all others.
stats csv using (column("msg_bytes")) nooutput
smallest = STATS_min
unmarked = STATS_max > STATS_min ? sprintf("; points without a size: %d bytes", smallest) : ""
size_words(bytes) = bytes > smallest ? sprintf("%d B ", bytes) : ""
batch_words(n) = n > 1 ? sprintf("×%d ", n) : ""
tag(p) = column("panel") == p && shown(p + 1, column("ns")) ? \
    size_words(column("msg_bytes")).batch_words(column("batch")).(strcol("api") eq "span" ? "span" : "") : ""

# The axis is made for the rings; a control that is far from them leaves it, and the key says so.
array top[2]
array bottom[2]
reach(p, low, high) = (top[p] = most(top[p], high), bottom[p] = least(bottom[p], low))
shown(p, ns) = ns >= bottom[p] && ns <= top[p]
do for [p = 1:2] {
    top[p] = 0; bottom[p] = 1e300
    stats csv using (column("panel") == p - 1 && column("control") == 0 ? reach(p, column("ns_lo"), column("ns_hi")) : 0) nooutput
    if (top[p] == 0) {
        stats csv using (column("panel") == p - 1 ? reach(p, column("ns_lo"), column("ns_hi")) : 0) nooutput
    }
    stats csv using (column("panel") == p - 1 && column("ns") < 3 * top[p] && column("ns") > bottom[p] / 3 ? \
        reach(p, column("ns_lo"), column("ns_hi")) : 0) nooutput
}
array leaves[64]
do for [k = 1:rings] {
    leaves[k] = 0
    stats csv using (column("style") == seen[k] && column("control") == seen_control[k] && \
        !shown(int(column("panel")) + 1, column("ns")) ? (leaves[k] = 1, 0) : 0) nooutput
}
entry(k) = (seen_control[k] > 0 ? "control: " : "").seen_name[k].(leaves[k] ? " (leaves an axis)" : "")

width = 1200.0
height = 700
left = 90.0
gap = 90.0
key_width = 130.0
do for [k = 1:rings] { key_width = most(key_width, 40 + 7.2 * strlen(entry(k))) }
panel_width = (width - left - key_width - gap * (panels - 1) - 20) / panels
do for [format in "svg png"] {
    load "open.gp"
    set multiplot
    i = 0
    do for [p = 0:1] {
        if (points[p + 1] == 0) { continue }
        set lmargin at screen (left + i * (panel_width + gap)) / width
        set rmargin at screen (left + i * (panel_width + gap) + panel_width) / width
        set tmargin at screen 1 - 118.0 / height
        set bmargin at screen 66.0 / height
        if (i > 0) { unset label }
        set label 10 (text[4 + p]) at graph 0.5, graph 1 offset 0, 0.8 center
        set xrange [-0.03 * most_misses[p + 1]:1.18 * most_misses[p + 1]]
        q = p + 1
        logarithmic = top[q] > 20 * bottom[q]
        if (logarithmic) { set logscale y 10; set yrange [bottom[q] / 1.3:top[q] * 1.3]
        } else { unset logscale y; set yrange [0:top[q] * 1.06] }
        set format y "%g"
        set xlabel "simulated misses a message".(i == 0 ? unmarked : "")
        set ylabel "ns per message".(logarithmic ? ", logarithmic" : "")
        set grid xtics ytics
        if (i == panels - 1) {
            set key at screen (width - key_width + 6.0) / width, graph 1 left top Left reverse samplen 1 spacing 1.3
        } else { unset key }
        plot for [k = 1:rings] csv using (of(p, seen[k], seen_control[k], "misses")):(of(p, seen[k], seen_control[k], "ns")):(column("ns_lo")):(column("ns_hi")) \
                with yerrorbars linewidth 1.3 pointsize 1.3 pointtype mark(seen[k], seen_control[k]) \
                linecolor rgb colour(seen[k], seen_control[k]) notitle, \
            csv using (column("panel") == p ? column("misses") : 0):(column("panel") == p && shown(q, column("ns")) ? column("ns") : bottom[q]):(tag(p)) with labels \
                left offset 0.9, 0.35 font ",8" textcolor "#606060" notitle, \
            for [k = 1:rings] NaN with points pointsize 1.3 pointtype mark(seen[k], seen_control[k]) \
                linecolor rgb colour(seen[k], seen_control[k]) title entry(k)
        i = i + 1
    }
    unset multiplot
    unset output
}
