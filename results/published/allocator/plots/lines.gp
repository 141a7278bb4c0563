# SPDX-License-Identifier: MIT
# A line a series against a factor, on an axis to base 2.
#
# In: name; factor and factor_unit, the x axis; value, the column to show, with value_lo and
# value_hi beside it; unit.  The y axis is made for the rings: the legend says where a control goes
# outside it.  It starts at 0, or is logarithmic where rings and bound span more than 20 : 1.
load "style.gp"

stats csv using (column("series")) nooutput
series = int(STATS_max) + 1
array style[series]
array is_control[series]
array is_span[series]
array series_low[series]
array series_high[series]
do for [s = 1:series] { series_low[s] = 1e300; series_high[s] = 0 }
reach(s, x) = (series_low[s] = least(series_low[s], x), series_high[s] = most(series_high[s], x))
stats csv using (s = int(column("series")) + 1, style[s] = int(column("style")), \
    is_control[s] = int(column("control")), is_span[s] = strcol("api") eq "span", \
    reach(s, column(value)), 0) nooutput
stats csv using (see(1, column(value), column("control")), 0) nooutput
has_bound = 0
stats csv using (column("bound") > 0 ? (has_bound = 1, see(1, column("bound"), 0), 0) : 0) nooutput
stats csv using (widen(1, column(value."_lo"), column("control")), 0) nooutput
stats csv using (widen(1, column(value."_hi"), column("control")), 0) nooutput
dummy = only_controls(1)
logarithmic = is_log(1)
start = axis_start(1)
end = axis_end(1)
array level[1024]
levels = 0
stats csv using (x = column(factor), levels = (sum [i = 1:levels] (level[i] == x)) > 0 ? levels : \
    (level[levels + 1] = x, levels + 1), 0) nooutput
stats csv using (column(factor)) nooutput
x_low = STATS_min
x_high = STATS_max

width = 1200.0
height = most(700, 150 + 19 * series)
longest = 23 # the bound's
array legend[series + 1]
do for [s = 1:series] {
    word = text[3 + s]
    word = series <= 14 ? cut(word, 63) : short(word)
    if (series_low[s] < start || series_high[s] > end) {
        word = short(text[3 + s])." (leaves the axis: ".digits(series_low[s])." to ".digits(series_high[s]).")"
    }
    legend[s] = word
    longest = most(longest, strlen(word))
}
legend_width = 66 + 7 * longest

# Side by side, or intervals at one level would hide each other.
dodge(s) = 2 ** (series > 1 ? 0.24 * (s - 0.5 * (series - 1)) / (series - 1) : 0)
of(s, c) = column("series") == s ? column(c) : NaN

do for [format in "svg png"] {
    load "open.gp"
    set lmargin at screen 80.0 / width
    set rmargin at screen (width - legend_width) / width
    set tmargin at screen 1 - 100.0 / height
    set bmargin at screen 62.0 / height
    set logscale x 2
    set xrange [x_low / 1.35:x_high * 1.35]
    set xtics ()
    do for [i = 1:levels] { set xtics add (kibi(level[i]) level[i]) }
    set xlabel factor_words.", logarithmic"
    set ylabel unit.(logarithmic ? ", logarithmic" : "")
    set format y "%g"
    if (logarithmic) { set logscale y 10; set mytics 10 } else { unset logscale y }
    set yrange [start:end]
    set grid ytics noxtics
    set key at screen (width - legend_width + 12.0) / width, graph 1 left top Left reverse \
        samplen 2.5 spacing 1.25 font ",".(format eq "svg" ? "12" : "9.5")
    plot \
        csv using (column(factor)):(column(has_bound ? "bound" : value)) smooth unique with lines \
            linewidth 1.5 dashtype 2 linecolor rgb (has_bound ? bound_colour : nothing) \
            title (has_bound ? "bound: bare cache lines" : ""), \
        for [s = 0:series - 1] csv using (of(s, factor) * dodge(s)):(of(s, value)) with lines \
            linewidth 1.8 dashtype 1 + 3 * is_span[s + 1] \
            linecolor rgb colour(style[s + 1], is_control[s + 1]) notitle, \
        for [s = 0:series - 1] csv using (of(s, factor) * dodge(s)):(of(s, value)):(of(s, value."_lo")):(of(s, value."_hi")) \
            with yerrorbars linewidth 1.3 pointsize 1 pointtype mark(style[s + 1], is_control[s + 1]) \
            linecolor rgb colour(style[s + 1], is_control[s + 1]) notitle, \
        for [s = 0:series - 1] NaN with linespoints linewidth 1.8 pointsize 1 \
            dashtype 1 + 3 * is_span[s + 1] pointtype mark(style[s + 1], is_control[s + 1]) \
            linecolor rgb colour(style[s + 1], is_control[s + 1]) title legend[s + 1]
    unset output
}
