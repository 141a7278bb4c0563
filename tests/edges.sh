# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What tests of edges between processes share: a graph of a checked stream from host A to host B, by
# the plug-in edges.so, and how it went.  Sourced after cli.sh; the caller sets plugin.
# shellcheck disable=SC2154

# src on host A, dst on host B, and the lines of stdin for the edge.
two() { # FILE COUNT [LINES OF SRC [LINES OF DST]]
    cat - >edge.lines
    {
        printf '[graph]\nname = two\nreport = 0\nplugin = %s\n' "$plugin"
        printf '[node src]\nkind = test.numbers\nhost = A\ncount = %s\n%s\n' "$2" "${3:-}"
        printf '[node dst]\nkind = test.progress\nhost = B\nfile = place\n%s\n' "${4:-}"
        printf '[edge src.out -> dst.in]\n'
        cat edge.lines
    } >"$1"
}

# next, lost, twice, damaged of a place
place() { od -An -t u8 -v "$1" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'; }
arrived() { [ "$(place "${2:-place}")" = "$1 0 0 0" ]; }
next_of() { place "$1" 2>/dev/null | cut -d ' ' -f 1; }
has_come() { [ "$(next_of place || echo 0)" -ge "$1" ] 2>/dev/null; }

rss() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }
cpu_ms() { awk '{ print ($14 + $15) * 10 }' "/proc/$1/stat"; }
