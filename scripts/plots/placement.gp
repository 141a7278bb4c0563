# SPDX-License-Identifier: MIT
# Throughput and round trip by placement: a row a pair of cpus, a mark a ring.
#
# Each axis is made for the rings; it starts at 0, or is logarithmic where they span more than
# 20 : 1.  A control that leaves it is named in the legend.
name = "placement"
load "style.gp"

stats csv using (column("row")) nooutput
rows = int(STATS_max) + 1
stats csv using (column("series")) nooutput
series = int(STATS_max) + 1
array place[rows]
array style[series]
array is_control[series]
array is_off[series]
array start[2]
array end[2]
array bound[2 * rows]
do for [r = 1:2 * rows] { bound[r] = 0 }
do for [s = 1:series] { is_off[s] = 0 }
stats csv using (place[int(column("row")) + 1] = strcol("placement"), s = int(column("series")) + 1, \
    style[s] = int(column("style")), is_control[s] = int(column("control")), 0) nooutput
panel(n) = int(column("panel")) + 1
stats csv using (see(panel(0), column("value"), column("control")), 0) nooutput
stats csv using (see(panel(0), column("bound"), 0), 0) nooutput
stats csv using (widen(panel(0), column("value_lo"), column("control")), 0) nooutput
stats csv using (widen(panel(0), column("value_hi"), column("control")), 0) nooutput
stats csv using (column("bound") > 0 ? \
    (bound[int(column("panel") * rows + column("row")) + 1] = column("bound"), 0) : 0) nooutput
do for [p = 1:2] {
    dummy = only_controls(p)
    start[p] = axis_start(p)
    end[p] = axis_end(p)
}
stats csv using (column("value") > end[panel(0)] ? \
    (is_off[int(column("series")) + 1] = 1, 0) : 0) nooutput
panels = (high[1] > 0) + (high[2] > 0)

width = 1200.0
longest = 0
array legend[series]
do for [s = 1:series] {
    word = text[5 + s]
    legend[s] = series <= 14 && panels == 1 ? cut(word, 58) : short(word)
    if (is_off[s]) { legend[s] = legend[s]." (leaves the axis)" }
    longest = most(longest, strlen(legend[s]))
}
legend_width = 70 + 7 * longest
left = 90
gap = 40
row_height = most(18 + 3 * series, least(90, 520.0 / rows))
height = most(480, 190 + row_height * rows)
panel_width = (width - left - legend_width - gap * (panels - 1)) / panels
dodge(s) = series > 1 ? 0.7 * (s - 0.5 * (series - 1)) / series : 0
of(s, c) = column("panel") == p && column("series") == s ? column(c) : NaN
array words[2] = ["million messages a second, more is better", "mean round trip in ns, less is better"]

do for [format in "svg png"] {
    load "open.gp"
    set multiplot
    i = 0
    do for [p = 0:1] {
        if (high[p + 1] > 0) {
            set lmargin at screen (left + i * (panel_width + gap)) / width
            set rmargin at screen (left + i * (panel_width + gap) + panel_width) / width
            set tmargin at screen 1 - 118.0 / height
            set bmargin at screen 66.0 / height
            if (i > 0) { unset label; set format y "" }
            set label 10 (text[4 + p]) at graph 0.5, graph 1 offset 0, 0.8 center
            set ytics () scale 0
            do for [r = 1:rows] { set ytics add ((i == 0 ? place[r] : "") r - 1) }
            if (i == 0) { set ylabel "producer's cpu : consumer's cpu" } else { unset ylabel }
            logarithmic = start[p + 1] > 0
            if (logarithmic) { set logscale x 10 } else { unset logscale x }
            set xrange [start[p + 1]:end[p + 1]]
            set yrange [rows - 0.5:-0.5]
            set xlabel words[p + 1].(logarithmic ? " (logarithmic)" : "")
            set grid xtics noytics
            unset arrow
            do for [r = 1:rows - 1] {
                set arrow r from graph 0, first r - 0.5 to graph 1, first r - 0.5 nohead linecolor "#C8C8C8"
            }
            do for [r = 1:rows] {
                at = bound[p * rows + r]
                if (at > 0) {
                    set arrow 1000 + r from first at, r - 1.45 to first at, r - 0.55 nohead \
                        linewidth 1.5 dashtype 2 linecolor rgb bound_colour
                }
            }
            if (i == panels - 1) {
                set key at screen (width - legend_width + 14.0) / width, graph 1 left top Left reverse \
                    samplen 2 spacing 1.25 font ",".(format eq "svg" ? "12" : "9.5")
            } else { unset key }
            plot \
                for [s = 0:series - 1] csv using (of(s, "value")):(column("row") + dodge(s)):(column("value_lo")):(column("value_hi")) \
                    with xerrorbars pointsize 1.1 linewidth 1.4 pointtype mark(style[s + 1], is_control[s + 1]) \
                    linecolor rgb colour(style[s + 1], is_control[s + 1]) notitle, \
                for [s = 0:series - 1] NaN with points pointsize 1.1 linewidth 1.4 \
                    pointtype mark(style[s + 1], is_control[s + 1]) \
                    linecolor rgb colour(style[s + 1], is_control[s + 1]) title legend[s + 1], \
                NaN with lines linewidth 1.5 dashtype 2 linecolor rgb bound_colour title "bound"
            i = i + 1
        }
    }
    unset multiplot
    unset output
}
