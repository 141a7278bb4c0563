# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the tests of faults stand on, beside tests/cli.sh: the command, where it was built, how long
# the long form is, and tools that may be missing.  Sourced by tests/faults/NAME RINGSIDE.
# shellcheck disable=SC2034,SC2154,SC1091
if [ $# -lt 1 ]; then
    echo "usage: $0 RINGSIDE     (FAULTS=long: every case instead of a sample)" >&2
    exit 2
fi
ringside=$(realpath "$1")
built=$(dirname "$ringside")
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
long=''
[ "${FAULTS:-short}" != long ] || long=yes
if ! command -v python3 >/dev/null; then
    echo "ok - $(basename "$0") # SKIP python3 is missing"
    exit 0
fi
source "$here/../cli.sh"
unset RINGSIDE_COUNTERS RINGSIDE_COUNTERS_BACKEND

# Ends the test where the tool that makes its fault is missing or not permitted.
need_strace() {
    if ! strace -o /dev/null -e trace=none -e inject=sched_setaffinity:error=EPERM true 2>/dev/null; then
        skip "$(basename "$0")" 'strace is missing, or may not trace here (scripts/setup test)'
        echo "1..$count"
        exit 0
    fi
}
# Runs the command with faults of system calls: under STRACE-OPTIONS... -- ARGUMENTS...
under() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    strace -f -q -o trace "${options[@]}" "$ringside" "$@" >out 2>err </dev/null
    code=$?
}
# A fault is survived: no signal ended the command, and a failure was told.
survived() {
    [ "$code" -lt 124 ] || [ "$code" -eq 130 ] || return 1
    [ "$code" -eq 0 ] || grep -q '^ringside: ' err
}
# Every value of a column of summary.csv in the folder $1.
summed_up() { python3 -c 'import csv, sys
rows = list(csv.DictReader(open(sys.argv[1] + "/summary.csv")))
assert all(row["stop"] != "incomplete" and row["n"] != "0" for row in rows), rows
print("\n".join(sorted(row["cell"] for row in rows)))' "$1"; }
# The records that the journal $1 begins with are those of $2, byte by byte.
begins_with() { cmp -s -n "$(wc -c <"$2")" "$1" "$2"; }
finish_tests() {
    printf '1..%d\n' "$count"
    exit "$failed"
}
