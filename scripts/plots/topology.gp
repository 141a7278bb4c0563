# SPDX-License-Identifier: MIT
# Round trips between cpus as a heat map: clusters stand together, lines divide them, and where
# there is room the figure stands in its field.
name = "topology"
load "style.gp"

is(k, c) = int(column("kind")) == k ? column(c) : NaN
stats csv using (is(0, "row")) nooutput
cpus = int(STATS_max) + 1
stats csv using (is(0, "value")) nooutput
lowest = STATS_min
highest = STATS_max
array label_of[cpus]
stats csv using (int(column("kind")) == 1 ? (label_of[int(column("row")) + 1] = strcol("label"), 0) : 0) \
    nooutput

# A coarse level's border lies over that of a finer one, and is thicker.
array border_at[8 * cpus]
array border_level[8 * cpus]
borders = 0
stats csv using (int(column("kind")) == 2 ? (borders = borders + 1, \
    border_at[borders] = int(column("row")), border_level[borders] = int(column("column")), 0) : 0) nooutput

plot_size = 640.0
width = 900.0
height = 840.0
each = plot_size / cpus
font_size = cpus <= 16 ? 12 : cpus <= 40 ? 9 : 6
every_label = cpus <= 80 ? 1 : ceil(cpus / 64.0)
figures = each >= 38
figure(x) = x >= 0 ? sprintf("%.0f", x) : ""
# A range of at least a tenth, or noise would look like structure.
room = highest < 1.1 * lowest ? 0.05 * lowest : 0
colour_from = lowest - room
colour_to = highest + room
half = 0.5 * (lowest + highest)
light(x) = x > half ? 0x202020 : 0xFFFFFF

do for [format in "svg png"] {
    load "open.gp"
    set lmargin at screen 80.0 / width
    set rmargin at screen (80.0 + plot_size) / width
    set tmargin at screen 1 - 110.0 / height
    set bmargin at screen 1 - (110.0 + plot_size) / height
    set xrange [-0.5:cpus - 0.5]
    set yrange [cpus - 0.5:-0.5]
    set xlabel "cpu"
    set ylabel "cpu"
    if (cpus > 24) { set xtics rotate by 90 right }
    set xtics () scale 0 font ",".font_size
    set ytics () scale 0 font ",".font_size
    do for [i = 1:cpus:every_label] {
        set xtics add (label_of[i] i - 1)
        set ytics add (label_of[i] i - 1)
    }
    unset grid
    unset key
    # Viridis: even in lightness, also in grey.
    set palette defined (0 "#440154", 1 "#414487", 2 "#2A788E", 3 "#22A884", 4 "#7AD151", 5 "#FDE725")
    set cbrange [colour_from:colour_to]
    set cblabel "ns a round trip, median" offset 1.5, 0
    set colorbox user origin screen (80.0 + plot_size + 24) / width, \
        screen 1 - (110.0 + plot_size) / height size screen 22.0 / width, screen plot_size / height
    do for [i = 1:borders] {
        x = border_at[i] - 0.5
        set arrow 2 * i - 1 from x, -0.5 to x, cpus - 0.5 nohead front linewidth 0.4 + 0.8 * border_level[i] \
            linecolor rgb "white"
        set arrow 2 * i from -0.5, x to cpus - 0.5, x nohead front linewidth 0.4 + 0.8 * border_level[i] \
            linecolor rgb "white"
    }
    # Boxes stay sharp and can be missing; a picture of so many fields needs neither.
    if (cpus <= 128) {
        plot csv using (c = is(0, "column")):(r = is(0, "row")):(c - 0.5):(c + 0.5):(r - 0.5):(r + 0.5):(column("value")) \
                with boxxyerror fillstyle solid 1 noborder linecolor palette notitle, \
            csv using (is(0, "column")):(is(0, "row")):(figures ? figure(column("value")) : ""):(light(column("value"))) \
                with labels textcolor rgb variable font ",".(each > 60 ? 14 : 9) notitle
    } else {
        plot csv using (is(0, "column")):(is(0, "row")):(is(0, "value")) with image notitle
    }
    unset output
}
