# SPDX-License-Identifier: MIT
# Opens name.format, width by height pixels, and writes title, conditions and reading at its top.
if (format eq "svg") {
    set terminal svg size width, height font "sans-serif,13" background "white" noenhanced
} else {
    if (strstrt(GPVAL_TERMINALS, "pngcairo")) {
        set terminal pngcairo size width, height font "sans-serif,10" background "white" noenhanced
    } else {
        set terminal png size width, height font "sans,10" background "white" noenhanced
    }
}
set output name.".".format
unset label
unset object
unset arrow
set label 1 cut(text[1], 114) at screen 0.5, screen 1 - 22.0 / height center font ",".(format eq "svg" ? "18" : "14")
set label 2 (text[2]) at screen 0.5, screen 1 - 48.0 / height center textcolor "#303030"
set label 3 (text[3]) at screen 0.5, screen 1 - 68.0 / height center textcolor "#303030"
set border linecolor "#606060"
set tics textcolor "#000000" nomirror
set grid linetype 1 linecolor "#E4E4E4" linewidth 1
