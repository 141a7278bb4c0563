# SPDX-License-Identifier: MIT
# Every round against its cell's median, over the time of the sweep.
name = "drift"
load "style.gp"

percent(c) = 100 * (column(c) - 1)
calm(c) = column("disturbed") > 0 ? NaN : percent(c)
stats csv using (percent("relative")) nooutput
all_low = STATS_min
all_high = STATS_max
stats csv using (column("disturbed")) nooutput
never_calm = STATS_min > 0
stats csv using (never_calm ? percent("relative") : calm("relative")) nooutput
spread = most(0.5, STATS_up_quartile - STATS_lo_quartile)
end = most(2, least(all_high, 5 * spread)) * 1.06
start = least(-2, most(all_low, -5 * spread)) * 1.06
stats csv using (column("start_s")) nooutput
minutes = STATS_max - STATS_min > 600
moment(x) = minutes ? x / 60 : x
x_low = moment(STATS_min)
x_high = moment(STATS_max)
records = STATS_records
margin = x_high > x_low ? 0.015 * (x_high - x_low) : 1

inside(y) = y >= start && y <= end ? y : NaN
above(y) = y > end ? end : NaN
below(y) = y < start ? start : NaN
when(n) = moment(column("start_s"))
disturbed_only(y) = column("disturbed") > 0 ? y : NaN
size = records > 2000 ? 0.35 : records > 500 ? 0.5 : 0.8

width = 1200.0
height = 700
do for [format in "svg png"] {
    load "open.gp"
    set lmargin at screen 84.0 / width
    set rmargin at screen 1170.0 / width
    set tmargin at screen 1 - 90.0 / height
    set bmargin at screen 92.0 / height
    set xrange [x_low - margin:x_high + margin]
    set yrange [start:end]
    set format y "%+g %%"
    set xlabel minutes ? "minutes since the sweep began" : "seconds since the sweep began"
    set ylabel "time against the cell's median"
    set key at screen 0.5, screen 22.0 / height center horizontal maxrows 1 Left reverse samplen 2
    set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead linecolor "#808080" back
    plot csv using (when(0)):(inside(calm("relative"))) with points pointtype 7 pointsize size \
            linecolor rgb palette_of[1] title "round", \
        csv using (when(0)):(above(calm("relative"))) with points pointtype 8 pointsize 1 \
            linecolor rgb palette_of[1] notitle, \
        csv using (when(0)):(below(calm("relative"))) with points pointtype 10 pointsize 1 \
            linecolor rgb palette_of[1] notitle, \
        csv using (when(0)):(disturbed_only(inside(percent("relative")))) with points pointtype 2 \
            pointsize 1 linewidth 1.6 linecolor rgb palette_of[2] title "disturbed round", \
        csv using (when(0)):(disturbed_only(above(percent("relative")))) with points pointtype 8 \
            pointsize 1.2 linewidth 1.6 linecolor rgb palette_of[2] notitle, \
        csv using (when(0)):(disturbed_only(below(percent("relative")))) with points pointtype 10 \
            pointsize 1.2 linewidth 1.6 linecolor rgb palette_of[2] notitle, \
        csv using (when(0)):(percent("running_median")) with lines linewidth 2 \
            linecolor rgb 0x000000 title "running median of undisturbed rounds"
    unset output
}
