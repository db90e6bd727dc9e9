#!/usr/bin/env bash
# The agent at work, against a real Placement and simulated GPUs. Needs Rust, a C compiler, Python 3.10 or
# newer with venv, and the network for crates and PyPI the first time; no GPU, no OpenStack, no root.
# ONCE=1: run through and end. Otherwise Placement stays up for commands by hand until Ctrl-C.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

HOST=cmp1.example.org
RECUT=0000:41:00.0
DEMO="$PWD/target/demo"
STACK="$DEMO/stack"
TESTS="$PWD/integration-tests"
case "${ONCE:-}" in '' | 0) ONCE='' ;; esac

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
  BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' OFF=$'\e[0m'
else
  BOLD='' DIM='' RED='' OFF=''
fi
say() { printf '%sdemo:%s %s\n' "$DIM" "$OFF" "$*"; }
die() { printf '%sdemo: %s%s\n' "$RED" "$*" "$OFF" >&2; exit 1; }

# Every command runs in a session of its own and is waited for: a signal is handled at once, and what the
# command started is ended with it. A shell would start it deaf to Ctrl-C, hence --default-signal.
child=''
attend() { # COMMAND...
  local status=0
  setsid env --default-signal=INT,QUIT "$@" 7>&- <&0 &
  child=$!
  wait "$child" || status=$?
  child=''
  return "$status"
}
waiting=''
# shellcheck disable=SC2329 # by trap
finish() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP PIPE
  set +e
  if [ -n "$child" ]; then # not waited for yet, so the number is still its own
    kill -INT -- "-$child" 2>/dev/null
    for _ in {1..150}; do
      kill -0 -- "-$child" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL -- "-$child" 2>/dev/null
    wait "$child" 2>/dev/null
  fi
  "$TESTS/stack/down.sh" "$STACK" 7>&- 2>"$DEMO/down.log" || cat "$DEMO/down.log" >&2
  if [ "$status" -gt 128 ]; then
    printf '\n'
    say 'stopped; nothing is left running.'
    # Ctrl-C is how a demo that waits is ended.
    [ -z "$waiting" ] || [ "$status" -ne 130 ] || status=0
  fi
  exit "$status"
}

for tool in cargo cc python3 flock setsid; do
  command -v "$tool" >/dev/null || die "$tool is missing (see the top of $0 for what is needed)"
done
mkdir -p "$DEMO"
exec 7>"$DEMO/lock"
flock -n 7 || die 'another demo is running in this directory: end it first'
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# The demo's settings are the demo's, whatever is set where it is started. Loopback needs no proxy.
for name in $(compgen -A export NPA_ || true) NVIDIA_PLACEMENT_AGENT_CONFIG; do unset "$name"; done
export NO_PROXY="127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}"
export no_proxy="$NO_PROXY"

# --- 1. build -------------------------------------------------------------------------------------------------
# Cargo's own progress goes to a log; one line of it is shown: on a terminal each second, else each half minute.
build() { # WHAT CARGO_ARGUMENT...
  local what="$1" log="$DEMO/build.log" began=$SECONDS line='' every=300 tick=0 status=0
  shift
  [ ! -t 1 ] || every=10
  say "$what: cargo build --release${*:+ $*}"
  CARGO_TERM_COLOR=never CARGO_TERM_PROGRESS_WHEN=always CARGO_TERM_PROGRESS_WIDTH=80 \
    setsid env --default-signal=INT,QUIT cargo build --release "$@" >"$log" 2>&1 7>&- </dev/null &
  child=$!
  while kill -0 "$child" 2>/dev/null; do
    sleep 0.1
    if (((tick += 1) % every == 0)); then
      line="$(tr '\r' '\n' <"$log" | sed -n 's/^ *Building \[.*\] \([0-9/]*\).*/\1 crates/p' | tail -n 1)"
      line="$((SECONDS - began)) s: ${line:-getting crates, or waiting for another cargo}"
      if [ -t 1 ]; then printf '\r%s      %-70s%s' "$DIM" "$line" "$OFF"; else say "  $line"; fi
    fi
  done
  wait "$child" || status=$?
  child=''
  if [ -t 1 ] && [ -n "$line" ]; then printf '\r%*s\r' 78 ''; fi
  [ "$status" -eq 0 ] || { tr '\r' '\n' <"$log" | tail -n 20 >&2; die "cargo build failed; all of it: $log"; }
  say "  built in $((SECONDS - began)) s"
}

build 'the agent'
build 'the simulated NVML library' -p nvml-sim
BIN="$(cargo metadata --no-deps --offline --format-version 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/release"

# --- 2. a Placement, a compute node in it, a host, a configuration ------------------------------------------------
say "a real Placement, from PyPI, on loopback: integration-tests/stack/up.sh target/demo/stack"
"$TESTS/stack/down.sh" "$STACK" --purge 2>/dev/null 7>&-
attend "$TESTS/stack/up.sh" "$STACK" placement || die "no Placement; its logs: $STACK/log"
URL="$(sed -n 's/^NPA_TEST_PLACEMENT_URL=//p' "$STACK/env")"
say "what nova-compute would make there: integration-tests/stack/compute_node.sh $URL $HOST"
attend "$TESTS/stack/compute_node.sh" "$URL" "$HOST" >"$DEMO/root.uuid" || die "no compute node; Placement's log: $STACK/log/placement.out"

host() { # FILE : replaced in one step each, so that nobody reads half of it
  cp "$TESTS/demo/$1" "$DEMO/host/host.toml.new"
  rm -rf "$DEMO/host/sys.${1%.toml}"
  "$BIN/nvml-sim-sysfs" "$DEMO/host/host.toml.new" "$DEMO/host/sys.${1%.toml}"
  mv "$DEMO/host/host.toml.new" "$DEMO/host/host.toml"
  ln -sfn "sys.${1%.toml}" "$DEMO/host/sys.new"
  mv -T "$DEMO/host/sys.new" "$DEMO/host/sys"
}
say 'a host with simulated GPUs: target/demo/host/{libnvidia-ml.so.1,host.toml,sys}'
mkdir -p "$DEMO/host"
cp "$BIN/libnvidia_ml.so" "$DEMO/host/libnvidia-ml.so.1"
host host.toml

cat >"$DEMO/agent.toml" <<TOML
[placement]
auth = "noauth"
endpoint = "$URL"

[root]
name = "$HOST"

[hardware]
nvml_library = "$DEMO/host/libnvidia-ml.so.1"
sysfs = "$DEMO/host/sys"

[own]
# Nothing but this demo consumes what is published here. Under Nova leave it at "auto": see below.
attachable = "yes"
TOML
cat >"$DEMO/env" <<ENV
export PATH=$(printf %q "$BIN"):$(printf %q "$TESTS/demo"):"\$PATH"
export NVIDIA_PLACEMENT_AGENT_CONFIG=$(printf %q "$DEMO/agent.toml")
export DEMO_PLACEMENT=$URL
export NO_PROXY=127.0.0.1,localhost\${NO_PROXY:+,\$NO_PROXY}
ENV
# shellcheck source=/dev/null
. "$DEMO/env"

# --- 3. the agent at work -----------------------------------------------------------------------------------------
number=0
why() { printf '\n%s%s. %s%s\n' "$BOLD" "$((number += 1))" "$*" "$OFF"; }
run() { # COMMAND...
  local status=0
  printf '%s$ %s%s\n\n' "$BOLD" "$*" "$OFF"
  attend "$@" || status=$?
  [ "$status" -eq 0 ] || die "'$*' ended with $status. What its code means: docs/usage/messages.md. Placement's log: $STACK/log/placement.out"
}

cat <<TEXT

A word before: this demo sets own.attachable = "yes" in its agent.toml. It may, because nothing but the demo
consumes what is published. On a real compute node leave it at "auto": Nova's libvirt driver attaches only
devices that it reported itself, so a guest scheduled on a provider of this agent would come up without its
GPU. "auto" then publishes everything reserved: visible, never scheduled. docs/usage/concepts.md has more.
TEXT
why 'What the GPUs of this host are cut into, from NVML; Placement is not asked.'
run nvidia-placement-agent discover
why 'What would be written to Placement, and why; nothing is written yet.'
run nvidia-placement-agent plan
why 'Write it. Each line is one request; a provider gets its inventory last, when its traits are in place.'
run nvidia-placement-agent apply
why 'The same again: Placement is as it should be, so nothing is written.'
run nvidia-placement-agent apply
why 'What Placement holds now for this compute node.'
run nvidia-placement-agent tree
why 'What Nova gets from Placement for a flavor with resources:VGPU=1 and trait:CUSTOM_NVIDIA_1G5GB=required.'
run guest.py candidates
why "A guest of that flavor takes a 1g.5gb on the GPU at $RECUT."
run guest.py allocate "$RECUT"
why "The guest is shut down (its allocation stays), and an operator cuts that GPU anew: 2x 3g.20gb, no 1g.5gb."
printf '%s$ cp integration-tests/demo/host-recut.toml target/demo/host/host.toml%s\n' "$BOLD" "$OFF"
host host-recut.toml
why 'The guest still has a claim on the GPU, so its provider drains, and of two 3g.20gb one is withheld.'
run nvidia-placement-agent plan
why 'Write it: first what shrinks, then what grows.'
run nvidia-placement-agent apply
why 'The drained provider keeps its guest and its traits, and takes nobody new.'
run nvidia-placement-agent tree

if [ -n "$ONCE" ]; then
  printf '\n'
  say 'That was it. Without ONCE=1 Placement stays up for commands by hand.'
  exit 0
fi
waiting=1
cat <<TEXT

${BOLD}Placement stays up at $URL until Ctrl-C.${OFF} In another terminal:

  . $DEMO/env
  guest.py delete                                      # the guest leaves
  nvidia-placement-agent plan                          # so 1g.5gb is parked, and both 3g.20gb are offered
  nvidia-placement-agent apply
  nvidia-placement-agent discover --profiles           # all that could be cut
  nvidia-placement-agent tree --long --format json
  nvidia-placement-agent plan -vv                      # with every request
  \${EDITOR:-vi} $DEMO/host/host.toml    # cut the GPUs as you like, then plan again
  NPA__OWN__ATTACHABLE=auto nvidia-placement-agent plan   # as under Nova: everything reserved

TEXT
# Ends with this script, also when that is killed.
attend tail --pid=$$ -s 1 -f /dev/null
