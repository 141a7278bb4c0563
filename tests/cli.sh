# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What tests/test_cli stands on: a folder of its own, TAP lines, runs of the command in $ringside
# and looks into the records of a sweep.  Sourced.  The caller sets ringside and reads failed.
# shellcheck disable=SC2034,SC2154
tmp=$(mktemp -d)
pid='' # of the command in the background
cleanup() {
    [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null
    rm -rf "$tmp"
}
trap cleanup EXIT
cd "$tmp" || exit 2

# Locks of cpus are the test's own: sweeps of others do not keep it waiting, nor it them.
export RINGSIDE_LIVE_DIR=$tmp/live

# A sanitizer must not turn the signals that a round is sent into an exit.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0"

count=0
failed=0
ok() {
    count=$((count + 1))
    printf 'ok - %s\n' "$1"
}
not_ok() {
    count=$((count + 1))
    failed=1
    printf 'not ok - %s\n' "$1"
    printf '# exit %s\n' "${code:-}"
    tail -n 15 out err 2>/dev/null | sed 's/^/#   /'
}
expect() {
    local name=$1
    shift
    if "$@"; then ok "$name"; else not_ok "$name"; fi
}
skip() {
    count=$((count + 1))
    printf 'ok - %s # SKIP %s\n' "$1" "$2"
}

# Runs the command; exit code in $code, streams in ./out and ./err.
try() {
    "$ringside" "$@" >out 2>err </dev/null
    code=$?
}
exits() {
    local want=$1
    shift
    try "$@"
    [ "$code" -eq "$want" ]
}
says() { grep -qF -- "$1" err; }
prints() { grep -qF -- "$1" out; }
refuses() { # WORDS ARGUMENTS...: usage error that says WORDS, and nothing on stdout
    local words=$1
    shift
    exits 2 "$@" && says "$words" && [ ! -s out ]
}

# Every record whole; prints "cell round" of each, sorted.  $1 = folder.
keys() {
    python3 - "$1/samples.jsonl" <<'PY' || echo "damaged $1"
import json, sys
text = open(sys.argv[1], "rb").read()
assert text == b"" or text.endswith(b"\n"), "the last record is torn"
records = [json.loads(line) for line in text.splitlines()]
print("\n".join(sorted({"%s %d" % (r["cell"], r["round"]) for r in records})))
PY
}
# An expression of each record r for which a condition holds.
each() { # FOLDER EXPRESSION [CONDITION]
    python3 -c 'import json, sys
for line in open(sys.argv[1]):
    r = json.loads(line)
    if eval(sys.argv[3]): print(eval(sys.argv[2]))' "$1/samples.jsonl" "$2" "${3:-True}"
}
# A column of the CSV in ./out.
column() { python3 -c 'import csv, sys
for row in csv.DictReader(sys.stdin): print(row[sys.argv[1]])' "$1" <out; }
order() { each "$1" '(r["cell"], r["round"])'; }
all_ok() { [ "$(each "$1" 'r["status"]' | sort -u)" = ok ]; }
records() { if [ -e "$1/samples.jsonl" ]; then wc -l <"$1/samples.jsonl"; else echo 0; fi; }
same_keys() { [ "$(keys "$1")" = "$(cat expected)" ]; }

json_names() { python3 -c 'import json, sys
for entry in json.load(sys.stdin): print(entry["name"])' <out; }

# Waits up to 10 s for a condition.
await() {
    local i
    for ((i = 0; i < 1000; i++)); do
        "$@" && return 0
        sleep 0.01
    done
    return 1
}
has_records() { [ "$(records "$1")" -ge "$2" ]; }
# Starts the command in the background in a process group of its own, as a terminal does: $pid.
start() {
    set -m
    "$ringside" "$@" >out 2>err </dev/null &
    pid=$!
    set +m
}
finish() {
    wait "$pid" 2>/dev/null
    code=$?
    pid=''
}
child_of() {
    child=$(grep -lsE "^PPid:[[:space:]]$1\$" /proc/[0-9]*/status | head -n 1 | tr -dc 0-9)
    [ -n "$child" ]
}
gone() { ! grep -qsE '^State:[[:space:]]*[^ZX]' "/proc/$1/status"; }

# Plans that run on any machine: four short cells, and three that take 0.4 s each.
short_plan() { # FILE ROUNDS
    cat >"$1" <<PLAN
[plan]
rounds = $2
repeats = 0
[cells rings]
ring = cached, mutex
poll = yield
placement = any
seconds = 0.002
warmup = 0.001
[cells timer]
kernel = timer
placement = any
seconds = 0.002
warmup = 0.001
PLAN
}
slow_plan() { # FILE ROUNDS LIMIT
    cat >"$1" <<PLAN
[plan]
rounds = $2
repeats = 0
limit = $3
[cells timer]
kernel = timer
placement = any
seconds = 0.4, 0.41
warmup = 0.001
PLAN
}
