# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# The same without Slurm, one shard after the other on this host; what is recorded is not run again.
# To share the work, run it on each host with a part, FIRST=1 LAST=3, and once more without when all
# are done.  `ringside fleet` writes before these lines: ringside, fleet (its folder), plan, shards,
# seed, and as arguments the further words of the sweep.
# shellcheck disable=SC2154
set -u
shard=${FIRST:-1}
last=${LAST:-$shards}
mkdir -p "$fleet/shards" || exit
while [ "$shard" -le "$last" ]; do
    out=$fleet/shards/$shard
    if [ -e "$out/manifest.json" ]; then
        "$ringside" resume "$out"
    else
        "$ringside" sweep "$plan" --shard "$shard/$shards" --seed "$seed" --out "$out" "$@"
    fi || exit
    shard=$((shard + 1))
done
[ -z "${FIRST:-}${LAST:-}" ] || exit 0

set --
shard=1
while [ "$shard" -le "$shards" ]; do
    set -- "$@" "$fleet/shards/$shard"
    shard=$((shard + 1))
done
exec "$ringside" merge "$@" --out "$fleet/merged"
