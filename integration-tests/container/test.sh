#!/usr/bin/env bash
# test.sh : the image and the examples of etc/containers, without a container engine. A Debian without anything, from
# debootstrap, becomes the image by the very scripts that Containerfile calls; then the agent in it is run with the
# mounts of each example on a host that looks as that deployment leaves it, with simulated GPUs, against a real
# Placement and Keystone. Needs root and debootstrap, and PyPI and Debian's mirror once. `make test-container`.
set -euo pipefail
HARNESS="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
ROOT="$(cd "$HARNESS/../.." && pwd)"
TEST="$ROOT/target/container"
CLOUD="$ROOT/integration-tests/devstack/test/cloud.py"
die() { printf 'container: FAILED: %s\n' "$*" >&2; exit 1; }
[ -n "${NPA_TEST_KEYSTONE_URL:-}" ] || die 'no Placement and Keystone: run make stack-up, or make test-container'
if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null || ! unshare --mount true 2>/dev/null; then
  echo 'container: NOT PROVEN: nothing was tried. It needs root, debootstrap, and the right to mount'
  exit 0
fi
mkdir -p "$TEST"
# shellcheck source-path=SCRIPTDIR source=../stack/lib.sh
DIR="$TEST" . "$ROOT/integration-tests/stack/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../stack/prepare.sh
. "$ROOT/integration-tests/stack/prepare.sh"
# shellcheck source-path=SCRIPTDIR source=../host.sh
. "$ROOT/integration-tests/host.sh"
say() { printf 'container: %s\n' "$*"; }
die() { printf 'container: FAILED: %s\n' "$*" >&2; exit 1; }
prepare_client
PYTHON="$VENV/bin/python"
SUITE="$(sed -n 's/^ARG DEBIAN=//p' "$ROOT/Containerfile")"
export ROOTFS="$TEST/image" CONTAINERFILE="$ROOT/Containerfile" HOST_ROOT=''
agent='' hosts=()
export NO_PROXY="127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}"
export no_proxy="$NO_PROXY"
finish() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  [ -z "$agent" ] || kill "$agent" 2>/dev/null || true
  for name in ${hosts[@]+"${hosts[@]}"}; do env -u NPA_TEST_NOVA_URL "$PYTHON" "$CLOUD" forget "$name" || true; done
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- the image ----------------------------------------------------------------------------------------------------
debian "$TEST/$SUITE" "$SUITE" || die 'debootstrap'
rm -rf --one-file-system "$ROOTFS" "$TEST/out"
cp -a --reflink=auto "$TEST/$SUITE" "$ROOTFS"
"$ROOT/container/build.sh" "$ROOT" "$TEST/out" dev >"$TEST/build.log" 2>&1 ||
  { tail -n 20 "$TEST/build.log" >&2; die "build.sh; all of it: $TEST/build.log"; }
cp -R "$TEST/out" "$ROOTFS/out"
cp /etc/resolv.conf "$ROOTFS/etc/resolv.conf"
chroot "$ROOTFS" /out/install.sh /out >"$TEST/install.log" 2>&1 ||
  { tail -n 20 "$TEST/install.log" >&2; die "install.sh; all of it: $TEST/install.log"; }
rm -rf "$ROOTFS/out"
say "ok: container/build.sh and install.sh make an image of Debian $SUITE: $(tail -n 1 "$TEST/install.log")"

# --- each example on its host -------------------------------------------------------------------------------------
NPA_TEST_TOKEN="$("$PYTHON" "$CLOUD" token)"
export NPA_TEST_TOKEN
cargo build --quiet --locked --manifest-path "$ROOT/Cargo.toml" -p nvml-sim
BUILT="$(cargo metadata --manifest-path "$ROOT/Cargo.toml" --no-deps --offline --format-version 1 |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/debug"

host() { # NAME LIBRARY CONF COMPUTE_ID : what the deployment leaves, as far as the agent sees it
  local library="$2" conf="$3" id="$4"
  HOST_ROOT="$TEST/$1" HOST="container-$1-$$-$RANDOM.example.org"
  uuid="$("$ROOT/integration-tests/stack/compute_node.sh" "$NPA_TEST_KEYSTONE_PLACEMENT_URL" "$HOST")"
  hosts+=("$HOST")
  rm -rf "$HOST_ROOT"
  mkdir -p "$HOST_ROOT"/{dev,run/nvidia-placement-agent} "$HOST_ROOT$(dirname "$library")" "$HOST_ROOT$(dirname "$conf")" "$HOST_ROOT$(dirname "$id")"
  cp "$BUILT/libnvidia_ml.so" "$HOST_ROOT$library"
  cp "$ROOT/integration-tests/devstack/host.toml" "$HOST_ROOT/host.toml"
  "$BUILT/nvml-sim-sysfs" "$HOST_ROOT/host.toml" "$HOST_ROOT/sys"
  { printf '[DEFAULT]\nstate_path = /var/lib/nova\n'; nova_credentials; } >"$HOST_ROOT$conf"
  echo "$uuid" >"$HOST_ROOT$id"
}
# The simulated library finds its host beside itself; nothing else is added to an example.
SIMULATED=(--volume /host.toml:/usr/local/nvidia/lib64/host.toml:ro)
run() { "${command[@]}" "$@"; } # AGENT_ARGUMENT... : in the example
published() { run plan --exit-code >"$log.plan" 2>&1; }
for name in kolla openstack-helm edpm; do
  example=()
  case "$name" in
    kolla) host kolla /usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1 /etc/kolla/nova-compute/{nova.conf,compute_id} ;;
    openstack-helm)
      host openstack-helm /usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1 /secrets/nova-etc/nova-compute.conf /var/lib/nova/compute_id
      mapfile -t example < <("$PYTHON" "$HARNESS/examples.py" "$ROOT/etc/containers/openstack-helm.yaml")
      ;;
    edpm)
      host edpm /usr/lib64/libnvidia-ml.so.1 /var/lib/openstack/nova/01-nova.conf /var/lib/nova/compute_id
      printf '[DEFAULT]\nhost = %s\n' "$HOST" >"$HOST_ROOT/var/lib/openstack/nova/02-nova-host-specific.conf"
      : >"$HOST_ROOT/var/lib/openstack/nova/nova-blank.conf"
      chmod 0400 "$HOST_ROOT/var/lib/nova/compute_id"
      mapfile -t example < <("$PYTHON" "$HARNESS/examples.py" "$ROOT/etc/containers/edpm.container")
      ;;
  esac
  command=("$HARNESS/engine.sh" run "${SIMULATED[@]}" ${example[@]+"${example[@]}"} image)
  [ "$name" != kolla ] || command=(env "ENGINE=$HARNESS/with-sim.sh" "SIM=${SIMULATED[*]}" "$ROOT/etc/containers/kolla.sh")
  log="$TEST/$name.log"
  run config check >"$log" 2>&1 || { cat "$log" >&2; die "$name: config check"; }
  run discover >>"$log" 2>&1 || { cat "$log" >&2; die "$name: discover"; }
  grep -q '0000:41:00.0 .* 7 × 1g.5gb' "$log" || { cat "$log" >&2; die "$name: the simulated GPUs are not seen"; }
  # Not by way of the function: it would run in a shell, and the signal below reach that alone.
  "${command[@]}" run >>"$log" 2>&1 &
  agent=$!
  holds 60 published || { cat "$log" "$log.plan" >&2; die "$name: plan still has something to do after a minute"; }
  run status >>"$log" 2>&1 || { cat "$log" "$log.plan" >&2; die "$name: status"; }
  kill "$agent"
  wait "$agent" || die "$name: the agent does not end well when it is told to: $log"
  agent=''
  env -u NPA_TEST_NOVA_URL "$PYTHON" "$CLOUD" state "$uuid" >"$TEST/$name.cloud"
  [ "$(grep -c CUSTOM_NVIDIA_PLACEMENT_AGENT "$TEST/$name.cloud")" = 4 ] || { cat "$log" "$log.plan" >&2; die "$name: not the 4 providers of host.toml: $TEST/$name.cloud"; }
  say "ok: $name: run publishes, status answers"
done
say 'NOT PROVEN: podman, Docker, Kubernetes; what a container engine isolates; real GPUs'
say 'passed'
