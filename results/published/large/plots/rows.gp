# SPDX-License-Identifier: MIT
# A row a ring, a panel a combination; controls below, on grey.
#
# In: name; value, the column to show, with value_lo and value_hi beside it; unit; tail, a column
# with another mark, or ""; group, a column: panels that agree in it have the same axis.  The axis is
# made for the rings: a control that leaves it is cut there and says so.  It starts at 0, with bars,
# or is logarithmic, without, where rings and bound span more than 20 : 1.
load "style.gp"

stats csv using (column("panel")) nooutput
panels = int(STATS_max) + 1
stats csv using (column("row")) nooutput
rows = int(STATS_max) + 1
first_control = rows
stats csv using (column("control") > 0 ? (first_control = least(first_control, column("row")), 0) : 0) \
    nooutput
array seen[panels * rows] # stats minds the ranges of axes, so it comes before any are set
do for [i = 1:panels * rows] { seen[i] = 0 }
stats csv using (seen[int(column("panel") * rows + column("row")) + 1] = 1, 0) nooutput

array member[panels]
array logarithmic[panels]
array start[panels]
array end[panels]
stats csv using (member[int(column("panel")) + 1] = column(group), 0) nooutput
do for [p = 1:panels] {
    dummy = forget(1)
    with_it(c) = column(group) == member[p] ? column(c) : NaN
    stats csv using (see(1, with_it(value), column("control")), 0) nooutput
    stats csv using (see(1, with_it("bound"), 0), 0) nooutput
    if (tail ne "") { stats csv using (see(1, with_it(tail), column("control")), 0) nooutput }
    stats csv using (widen(1, with_it(value."_lo"), column("control")), 0) nooutput
    stats csv using (widen(1, with_it(value."_hi"), column("control")), 0) nooutput
    dummy = only_controls(1)
    logarithmic[p] = is_log(1)
    start[p] = axis_start(1)
    end[p] = most(axis_end(1), start[p] + 1e-9)
}

# Layout, in pixels.
across = panels == 4 ? 2 : least(panels, 3)
down = (panels + across - 1) / across
longest = 0
array bound[panels] # of one panel, all rows have the same
do for [p = 1:panels] { bound[p] = NaN }
has_bound = 0
stats csv using (column("bound") > 0 ? \
    (has_bound = 1, bound[int(column("panel")) + 1] = column("bound"), 0) : 0) nooutput
array label[rows]
do for [r = 1:rows] {
    word = text[3 + panels + r]
    label[r] = panels <= 2 ? cut(word, 66) : short(word)
    longest = most(longest, strlen(label[r]))
}
width = 1200.0
left = 26 + 7 * longest
stats csv using (column("failed")) nooutput
gap = STATS_max > 0 ? 120 : 80
row_height = down > 1 ? most(17, least(40, 480.0 / down / rows)) : most(27, least(60, 500.0 / rows))
panel_height = row_height * (rows + 0.6)
pitch = panel_height + 78
height = 170 + down * pitch
panel_width = (width - left - gap * across) / across

place(r) = r + (r >= first_control ? 0.6 : 0)
here(c) = column("panel") == p ? column(c) : NaN
ring(c) = column("control") > 0 ? NaN : here(c)
control(c) = column("control") > 0 ? here(c) : NaN
inside(x) = x > end[p + 1] ? end[p + 1] : x
shown(x) = x > end[p + 1] ? NaN : x
row(n) = place(column("row")) + n
# Labels are empty where they do not belong: gnuplot 5.4 crashes on labels without a valid place.
says(v, n, failed) = column("panel") != p ? "" : (n > 0 ? digits(v) : ""). \
    (failed > 0 ? sprintf("%s%d failed", n > 0 ? ", " : "", failed) : "")
beyond(v) = column("panel") == p && column("control") > 0 && v > end[p + 1] ? "off the axis →" : ""

do for [format in "svg png"] {
    load "open.gp"
    set multiplot
    unset key
    do for [p = 0:panels - 1] {
        i = p % across
        j = p / across
        set lmargin at screen (left + i * (panel_width + gap)) / width
        set rmargin at screen (left + i * (panel_width + gap) + panel_width) / width
        set tmargin at screen 1 - (112.0 + j * pitch) / height
        set bmargin at screen 1 - (112.0 + j * pitch + panel_height) / height
        unset arrow
        if (p > 0) { unset label }
        set label 10 (text[4 + p]) at graph 0, graph 1 offset 0, 0.8 left
        if (p == 0) {
            set label 5 "ring" at screen 0.5 - 200 / width, screen 24 / height point pointtype 7 \
                linecolor rgb palette_of[1] offset 1, -0.25
            if (first_control < rows) {
                set label 6 "control" at screen 0.5 - 130 / width, screen 24 / height point pointtype 7 \
                    linecolor rgb 0x5A5A5A offset 1, -0.25
            }
            if (has_bound) {
                set arrow 2 from screen 0.5 - 44 / width, screen 24 / height \
                    to screen 0.5 - 16 / width, screen 24 / height nohead linewidth 1.5 dashtype 2 \
                    linecolor rgb bound_colour
                set label 7 "bound" at screen 0.5 - 8 / width, screen 24 / height
            }
            if (tail ne "") {
                set label 8 tail_words at screen 0.5 + 60 / width, screen 24 / height \
                    point pointtype 12 linewidth 1.5 linecolor rgb palette_of[2] offset 1, -0.25
            }
            set label 4 unit at screen 0.5, screen 50.0 / height center
        }
        set label 11 "median" at graph 1, graph 1 offset 1, 0.8 left textcolor "#606060"
        set ytics () scale 0
        do for [r = 0:rows - 1] {
            if (i == 0) { set ytics add ((label[r + 1]) (place(r))) } else { set ytics add ("" (place(r))) }
            if (seen[p * rows + r + 1] != 1) {
                set label 20 + r "–" at graph 1, first place(r) offset 1, 0 left textcolor "#909090"
            }
        }
        unset object
        if (first_control < rows) {
            set object 1 rectangle from graph 0, first place(first_control) - 0.6 \
                to graph 1, first place(rows - 1) + 0.6 behind fillcolor "#F3F3F3" fillstyle solid noborder
        }
        if (bound[p + 1] == bound[p + 1]) {
            set arrow 1 from first bound[p + 1], graph 0 to first bound[p + 1], graph 1 nohead front \
                linewidth 1.5 dashtype 2 linecolor rgb bound_colour
        }
        if (logarithmic[p + 1]) {
            set logscale x 10
            set xtics autofreq
            set xlabel "logarithmic axis" offset 0, 0.4
        } else {
            unset logscale x
            set xtics nice(42 * end[p + 1] / panel_width)
            unset xlabel
        }
        set format x "%g"
        set xrange [start[p + 1]:end[p + 1]]
        set yrange [place(rows - 1) + 0.6:-0.6]
        set grid xtics noytics
        plot \
            csv using (0):(row(0)):(start[p + 1]):(logarithmic[p + 1] ? NaN : ring(value)):(row(-0.3)):(row(0.3)) \
                with boxxyerror fillstyle solid 0.35 noborder linecolor rgb palette_of[1], \
            csv using (0):(row(0)):(start[p + 1]):(logarithmic[p + 1] ? NaN : inside(control(value))):(row(-0.3)):(row(0.3)) \
                with boxxyerror fillstyle solid 0.45 noborder linecolor rgb control_colour, \
            csv using (ring(value)):(row(0)):(ring(value."_lo")):(ring(value."_hi")) with xerrorbars \
                pointtype 7 pointsize 0.8 linewidth 1.5 linecolor rgb palette_of[1], \
            csv using (shown(control(value))):(row(0)):(control(value."_lo")):(control(value."_hi")) \
                with xerrorbars pointtype 7 pointsize 0.8 linewidth 1.5 linecolor rgb 0x5A5A5A, \
            csv using (end[p + 1]):(row(0)):(says(column(value), column("rounds"), column("failed"))):(column("failed") > 0 ? 0xB00020 : 0x000000) \
                with labels left offset 1, 0 textcolor rgb variable, \
            csv using (start[p + 1]):(row(0)):(beyond(column(value))) with labels left offset 1, 0, \
            csv using (tail eq "" ? NaN : shown(here(tail))):(row(0)) with points pointtype 12 \
                pointsize 1.1 linewidth 1.5 linecolor rgb palette_of[2]
    }
    unset multiplot
    unset output
}
