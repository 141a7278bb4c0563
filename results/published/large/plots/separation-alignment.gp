# SPDX-License-Identifier: MIT
# Time per message over separation of the sides (across) and alignment of slots (down), a panel a
# ring.  All panels have one scale of colours: dark is slow.
name = "separation-alignment"
load "style.gp"

stats csv using (column("panel")) nooutput
panels = int(STATS_max) + 1
stats csv using (column("column")) nooutput
columns = int(STATS_max) + 1
stats csv using (column("row")) nooutput
rows = int(STATS_max) + 1
array separation[columns]
array alignment[rows]
low = 1e300; high = 0
stats csv using (separation[int(column("column")) + 1] = column("separation"), \
    alignment[int(column("row")) + 1] = column("msg_align"), 0) nooutput
stats csv using (column("control") > 0 ? NaN : column("ns_per_msg")) nooutput
if (STATS_records > 0) { low = STATS_min; high = STATS_max } else { low = 1; high = 2 }
if (high < low * 1.02) { high = low * 1.02 }
shade(ns) = log(ns / low) / log(high / low)

across = panels <= 4 ? panels : panels <= 6 ? 3 : 4
down = (panels + across - 1) / across
width = 1200.0
left = 110
gap = 40
panel_width = least(panels == 1 ? 640 : 420, (width - left - 150.0 - gap * (across - 1)) / across)
panel_height = most(34 * rows, least(down > 1 ? 200 : 420, 130 * rows))
pitch = panel_height + 62
height = 150 + down * pitch
left = most(110, (width - 150 - across * panel_width - (across - 1) * gap) / 2 + 30)

of(c) = column("panel") == p ? column(c) : NaN
half(lo, hi, middle) = sprintf("%s\n±%.1f%%", digits(middle), 50.0 * (hi - lo) / middle)
# Empty where it does not belong: gnuplot 5.4 crashes on labels without a valid place.
says(dark) = column("panel") == p && (shade(column("ns_per_msg")) > 0.6) == dark ? \
    half(column("ns_per_msg_lo"), column("ns_per_msg_hi"), column("ns_per_msg")) : ""

do for [format in "svg png"] {
    load "open.gp"
    set label 4 "distance of the two sides' state, bytes" at screen 0.5, screen 26.0 / height center
    set label 5 "alignment of slots, bytes" at screen (left - 84) / width, screen 1 - (118 + 0.5 * (height - 212)) / height \
        center rotate by 90
    set palette defined (0 "#F7FBFF", 0.35 "#9ECAE1", 0.7 "#3182BD", 1 "#08306B")
    set cbrange [low:high]
    set logscale cb 10
    set cbtics (digits(low) low, digits(sqrt(low * high)) sqrt(low * high), digits(high) high)
    set colorbox user origin screen (width - 130.0) / width, screen 90.0 / height \
        size screen 18.0 / width, screen (height - 230.0) / height
    set cblabel "ns per message (logarithmic)"
    set multiplot
    unset key
    do for [p = 0:panels - 1] {
        i = p % across
        j = p / across
        set lmargin at screen (left + i * (panel_width + gap)) / width
        set rmargin at screen (left + i * (panel_width + gap) + panel_width) / width
        set tmargin at screen 1 - (118.0 + j * pitch) / height
        set bmargin at screen 1 - (118.0 + j * pitch + panel_height) / height
        if (p > 0) { unset label; unset colorbox }
        word = text[4 + p]
        set label 10 (panels <= 2 ? cut(word, 62) : short(word)) at graph 0.5, graph 1 offset 0, 0.8 center
        set xrange [-0.5:columns - 0.5]
        set yrange [rows - 0.5:-0.5]
        unset grid
        set xtics () scale 0
        set ytics ("" 0) scale 0
        do for [c = 1:columns] { set xtics add (sprintf("%d", separation[c]) c - 1) }
        if (i == 0) {
            do for [r = 1:rows] {
                set ytics add ((alignment[r] == 1 ? "packed" : kibi(alignment[r])) r - 1)
            }
        }
        plot csv using (of("column")):(column("row")):(column("column") - 0.5):(column("column") + 0.5):(column("row") - 0.5):(column("row") + 0.5):(column("ns_per_msg")) \
                with boxxyerror fillstyle solid noborder linecolor palette, \
            csv using (column("column")):(column("row")):(says(0)) with labels textcolor "#000000", \
            csv using (column("column")):(column("row")):(says(1)) with labels textcolor "#FFFFFF"
    }
    unset multiplot
    unset output
}
