# SPDX-License-Identifier: MIT
# What each node of a graph spends its time with: a panel a graph, a row a node.
name = "node-metrics"
load "style.gp"

stats csv using (column("panel")) nooutput
panels = int(STATS_max) + 1
stats csv using (column("place")) nooutput
rows = int(STATS_max) + 1
stats csv using (column("row")) nooutput
all_rows = int(STATS_max) + 1
array panel_of[all_rows]
array place_of[all_rows]
stats csv using (panel_of[int(column("row")) + 1] = column("panel"), \
    place_of[int(column("row")) + 1] = column("place"), 0) nooutput
longest = 0
do for [r = 1:all_rows] { longest = most(longest, strlen(cut(text[3 + panels + r], 20))) }

across = panels > 1 ? 2 : 1
down = (panels + across - 1) / across
width = 1200.0
left = 26 + 8 * longest
gap = 30
row_height = down > 1 ? most(15, least(34, 480.0 / down / rows)) : most(24, least(60, 500.0 / rows))
panel_height = row_height * (rows + 0.4)
pitch = panel_height + 66
height = 150 + down * pitch
panel_width = (width - across * left - across * gap) / across

here(c) = column("panel") == p ? column(c) : NaN
place(n) = column("place") + n
waits(n) = here("rx_wait_pct")
works(n) = here("rx_wait_pct") + here("work_pct")
whole(n) = works(0) + here("tx_wait_pct")

do for [format in "svg png"] {
    load "open.gp"
    set multiplot
    do for [p = 0:panels - 1] {
        i = p % across
        j = p / across
        edge = left + i * (panel_width + left + gap)
        set lmargin at screen edge / width
        set rmargin at screen (edge + panel_width) / width
        set tmargin at screen 1 - (124.0 + j * pitch) / height
        set bmargin at screen 1 - (124.0 + j * pitch + panel_height) / height
        if (p > 0) { unset label; unset key }
        if (p == 0) {
            set key at screen 0.5, screen 22.0 / height center horizontal maxrows 1 Left reverse samplen 1.5
        }
        set label 10 (cut(text[4 + p], panels > 1 ? 64 : 150)) at graph 0, graph 1 offset 0, 0.8 left
        set ytics () scale 0
        do for [r = 1:all_rows] {
            if (panel_of[r] == p) { set ytics add ((plain(cut(text[3 + panels + r], 20))) (place_of[r])) }
        }
        set xrange [0:100]
        set yrange [rows - 0.3:-0.7]
        set xtics 0, 20, 100 format "%g %%"
        set grid xtics noytics
        plot \
            csv using (0):(place(0)):(0):(waits(0)):(place(-0.36)):(place(0.36)) with boxxyerror \
                fillstyle solid 0.55 noborder linecolor rgb palette_of[6] title "waits for input", \
            csv using (0):(place(0)):(waits(0)):(works(0)):(place(-0.36)):(place(0.36)) with boxxyerror \
                fillstyle solid 0.8 noborder linecolor rgb palette_of[1] title "works", \
            csv using (0):(place(0)):(works(0)):(whole(0)):(place(-0.36)):(place(0.36)) with boxxyerror \
                fillstyle solid 0.55 noborder linecolor rgb palette_of[5] title "waits for room"
    }
    unset multiplot
    unset output
}
