# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# One task of the job array of `ringside fleet`, which writes before these lines what differs from
# fleet to fleet: fleet (its folder), plan (a file in ship/), shards, seed, sums, and as arguments
# the further words of the sweep.
#
# Leaves the exit code in exits/SHARD, for who follows: 0 the shard is complete; else as of
# `ringside sweep`, 5 if what was shipped is not what arrived, 3 if it cannot run here.
# shellcheck disable=SC2154
set -u
shard=${SLURM_ARRAY_TASK_ID:?'it is not set; submit this script with sbatch'}
ringside=$fleet/ship/ringside
out=$fleet/shards/$shard

say() {
    printf '%s shard %s on %s: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$shard" \
        "${SLURMD_NODENAME:-$(uname -n)}" "$*"
}

is_complete() { [ "$(cat "$fleet/exits/$shard" 2>/dev/null)" = 0 ]; }

# Whole or not at all: a reader must not find an empty file.  What is complete stays so.
end() {
    beside=$fleet/exits/.$shard-$(uname -n)-$$
    is_complete || { printf '%s\n' "$1" >"$beside" && mv -f "$beside" "$fleet/exits/$shard"; }
    exit "$1"
}

# A shell looks at signals between two commands only, so what takes long runs beside it.  Slurm
# sends SIGTERM before it kills: the sweep then ends its round and records it.
child=
stopped=
trap 'stopped=1; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM INT HUP
run() {
    [ -z "$stopped" ] || return 130
    "$@" &
    child=$!
    [ -z "$stopped" ] || kill -TERM "$child" 2>/dev/null
    while :; do
        wait "$child"
        code=$?
        kill -0 "$child" 2>/dev/null || break
    done
    child=
    return "$code"
}

sweep() {
    if [ -e "$out/manifest.json" ]; then
        say 'goes on with what is recorded'
        run "$ringside" resume "$out" --wait-for-cpus
    else
        run "$ringside" sweep "$fleet/ship/$plan" --shard "$shard/$shards" --seed "$seed" \
            --out "$out" --wait-for-cpus "$@"
    fi
}

# Nothing is made here: where the folder is not the shared one there must be no second.
exec >>"$fleet/logs/$shard.log" 2>&1
say "job ${SLURM_JOB_ID:-}, requeued ${SLURM_RESTART_COUNT:-0} times"
is_complete || rm -f "$fleet/exits/$shard"

if ! cd "$fleet/ship" || ! printf '%s\n' "$sums" | sha256sum -c -; then
    say 'what was shipped is not what is here; nothing was run'
    end 5
fi
if ! run "$ringside" --version; then
    say 'the command does not run here: another kind of cpu, or a library is missing (ldd ship/ringside)'
    end 3
fi

# 4 may pass: the journal is still held by this shard's earlier task, on a node that Slurm has lost
# sight of but that runs on; or a disk is full.
for pause in 0 5 10 20 40 80 160; do
    [ "$pause" -eq 0 ] || say "exit 4, tries again in $pause s"
    run sleep "$pause"
    sweep "$@"
    code=$?
    [ "$code" -eq 4 ] || break
done
end "$code"
