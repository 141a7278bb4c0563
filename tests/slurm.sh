# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# A Slurm of the test's own on this host, of the daemons that are installed: munged, slurmctld and a
# slurmd for each of several nodes, in the foreground, with key, state, logs and ports of their own
# in $slurm_dir.  Nothing of the system's Slurm is read, started or changed.  Sourced.
#
#     slurm_lacks && skip …               # which part is not installed, on stdout
#     slurm_start DIR NODES               # fails after it said what its logs say
#     slurm_kill_node node2               # as if the power went: slurmd, its steps, their jobs
#     slurm_hurry 12_1                    # a task that was requeued starts now, not after minutes
#     slurm_stop
#
# Needs python3.  Runs as any user; then only this user's jobs can run.
# shellcheck disable=SC2034
PATH=$PATH:/usr/sbin:/sbin
munged_pid=
slurmctld_pid=
declare -A slurmd_pid # by node

slurm_lacks() {
    local program
    for program in munged slurmctld slurmd sbatch squeue scancel scontrol sinfo; do
        command -v "$program" >/dev/null || { printf '%s is not installed' "$program"; return 0; }
    done
    return 1
}

slurm_free_ports() { # N
    python3 -c 'import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in sockets])' "$1"
}

slurm_write_conf() { # NODES PORTS...
    local nodes=$1 controller=$2 user host node
    shift 2
    user=$(id -un)
    host=$(uname -n)
    host=${host%%.*}
    cat >"$slurm_dir/slurm.conf" <<CONF
ClusterName=ringside
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$slurm_dir/munge.socket
CredType=cred/munge
StateSaveLocation=$slurm_dir/state
SlurmdSpoolDir=$slurm_dir/spool/%n
SlurmctldPidFile=$slurm_dir/slurmctld.pid
SlurmdPidFile=$slurm_dir/%n.pid
SlurmctldLogFile=$slurm_dir/slurmctld.log
SlurmdLogFile=$slurm_dir/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
TaskProlog=$slurm_dir/prolog
SwitchType=switch/none
MpiDefault=none
SelectType=select/linear
SchedulerType=sched/builtin
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SlurmdParameters=config_overrides
SlurmdTimeout=6
KillWait=10
MinJobAge=5
ReturnToService=2
CONF
    for ((node = 1; node <= nodes; node++)); do
        printf 'NodeName=node%d NodeHostname=%s NodeAddr=127.0.0.1 Port=%d CPUs=%d Feature=kind%d\n' \
            "$node" "$host" "$1" "$(nproc)" "$((node % 2))"
        shift
    done >>"$slurm_dir/slurm.conf"
    printf 'PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n' \
        >>"$slurm_dir/slurm.conf"
    # Nodes of one host share its cpus; a real one has its own, and so has its locks of them.
    cat >"$slurm_dir/prolog" <<PROLOG
#!/bin/sh
echo "export RINGSIDE_LIVE_DIR=$slurm_dir/live-\$SLURMD_NODENAME"
PROLOG
    chmod +x "$slurm_dir/prolog"
}

slurm_await() { # SECONDS COMMAND...
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

slurm_start_node() {
    slurmd -D -N "$1" -f "$SLURM_CONF" \
        >"$slurm_dir/$1.out" 2>&1 </dev/null &
    slurmd_pid[$1]=$!
}

slurm_start_controller() {
    slurmctld -D -f "$SLURM_CONF" >"$slurm_dir/slurmctld.out" 2>&1 </dev/null &
    slurmctld_pid=$!
}

# It saves its state, as before an update.
slurm_stop_controller() {
    [ -n "$slurmctld_pid" ] || return 0
    kill "$slurmctld_pid" 2>/dev/null
    wait "$slurmctld_pid" 2>/dev/null
    slurmctld_pid=
}

slurm_idle() { [ "$(sinfo --noheader --format='%D %t' 2>/dev/null)" = "$1 idle" ]; }

slurm_start() { # DIR NODES
    local node ports
    slurm_dir=$1
    export SLURM_CONF=$slurm_dir/slurm.conf
    mkdir -p "$slurm_dir/state" "$slurm_dir/spool"
    read -r -a ports < <(slurm_free_ports $(($2 + 1)))
    slurm_write_conf "$2" "${ports[@]}"
    (umask 077 && head -c 1024 /dev/urandom >"$slurm_dir/munge.key")
    munged --foreground --force --num-threads=2 --key-file="$slurm_dir/munge.key" \
        --socket="$slurm_dir/munge.socket" --pid-file="$slurm_dir/munged.pid" \
        --log-file="$slurm_dir/munged.log" --seed-file="$slurm_dir/munge.seed" \
        >"$slurm_dir/munged.out" 2>&1 </dev/null &
    munged_pid=$!
    slurm_await 10 test -S "$slurm_dir/munge.socket" || { slurm_logs; return 1; }
    slurm_start_controller
    for ((node = 1; node <= $2; node++)); do
        slurm_start_node "node$node"
    done
    slurm_await 60 slurm_idle "$2" || { slurm_logs; return 1; }
}

slurm_logs() {
    tail -n 5 "$slurm_dir"/*.out "$slurm_dir"/*.log 2>/dev/null | sed 's/^/# /'
}

# A slurmd and its steps hold its log open; jobs carry the configuration and the node.  Steps outlive
# their slurmd, and jobs their step.
slurm_processes_of() { # NODE
    local jobs
    mapfile -t jobs < <(grep -lzxF "SLURM_CONF=$slurm_dir/slurm.conf" /proc/[0-9]*/environ 2>/dev/null)
    {
        find /proc/[0-9]*/fd -maxdepth 1 -lname "$slurm_dir/$1.log"
        grep -lzxF "SLURMD_NODENAME=$1" "${jobs[@]}" /dev/null
    } 2>/dev/null | sed -n 's,^/proc/\([0-9]*\)/.*,\1,p' | sort -u
}

# All of it at once: a step that sees its job die would still tell so.
slurm_kill_node() { # NODE
    local signal pids
    mapfile -t pids < <(slurm_processes_of "$1")
    for signal in STOP KILL; do
        kill "-$signal" "${slurmd_pid[$1]}" "${pids[@]}" 2>/dev/null
    done
    wait "${slurmd_pid[$1]}" 2>/dev/null
    unset "slurmd_pid[$1]"
}

slurm_is_pending() { [ "$(squeue --noheader --array --job="$1" --format=%T 2>/dev/null)" = PENDING ]; }
# The first word may come while the old task is still ending, and is then forgotten.
slurm_hurry() { # JOB_TASK
    slurm_await 60 slurm_is_pending "$1" || return 1
    until ! slurm_is_pending "$1"; do
        scontrol update jobid="$1" starttime=now 2>/dev/null
        sleep 1
    done
}

slurm_empty() { [ -z "$(squeue --noheader 2>/dev/null)" ]; }

slurm_stop() {
    local node
    [ -n "${slurm_dir:-}" ] || return 0
    scancel --user="$(id -un)" 2>/dev/null && slurm_await 20 slurm_empty
    for node in "${!slurmd_pid[@]}"; do
        slurm_kill_node "$node"
    done
    slurm_stop_controller
    if [ -n "$munged_pid" ]; then
        kill "$munged_pid" 2>/dev/null
        wait "$munged_pid" 2>/dev/null
        munged_pid=
    fi
    slurm_dir=
}
