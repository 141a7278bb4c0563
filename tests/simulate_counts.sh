# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What tests/test_simulate_arm and tests/test_simulate_compilers share.  Sourced, in the folder of
# the project.  The caller exits with $failed.
# shellcheck disable=SC2034
failed=0
out=${B:-build}/simulate
ccache=
case ${CC:-} in ccache\ *) ccache='ccache ' ;; esac

# The golden files in the order of variants.def, as simulate_counts prints them.
golden_counts() {
    local ring
    sed -n 's/^RING(\([a-z0-9_]*\),.*/\1/p' rings/variants.def | while read -r ring; do
        [ ! -e "tests/golden/simulate/$ring.csv" ] || cat "tests/golden/simulate/$ring.csv"
    done
}

# NAME RUNNER COMPILER FLAGS: builds simulate_counts in a folder of its own, runs it, compares.
expect_golden_counts() {
    local name=$1 runner=$2 compiler=$3 flags=$4 build
    build=$out/${compiler##*/}${flags// /}
    if ! MAKEFLAGS='' make -j"$(nproc)" B="$build" CC="$ccache$compiler" CFLAGS="$flags" \
        "$build/tests/simulate_counts" >"$build.log" 2>&1; then
        echo "not ok - counts by $name: it does not build"
        tail -n 15 "$build.log" | sed 's/^/#   /'
        failed=1
        return
    fi
    # shellcheck disable=SC2086 # no runner is no word
    $runner "$build/tests/simulate_counts" >"$build.csv"
    if golden_counts | diff - "$build.csv" >"$build.diff"; then
        echo "ok - counts by $name"
        echo "# $(wc -l <"$build.csv") rows alike"
    else
        echo "not ok - counts by $name differ from tests/golden/simulate"
        head -n 10 "$build.diff" | sed 's/^/#   /'
        failed=1
    fi
}

mkdir -p "$out"
