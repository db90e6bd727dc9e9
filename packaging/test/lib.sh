# shellcheck shell=bash disable=SC2034
# What the tests of the packages share. To be sourced in the repository's root with WORK set, where their roots are, and
# with the variables of the stack.
# shellcheck source=integration-tests/host.sh
. integration-tests/host.sh
HOST=cmp1.example.org
SUITE=bookworm

say() { printf '%s\n' "$*"; }
more() { :; } # what else to show of a failure
die() {
  say "FAILED: $*" >&2
  more >&2 || true
  exit 1
}
checked=0
ok() {
  checked=$((checked + 1))
  say "  ok: $1"
}
check() { # WHAT COMMAND...
  "${@:2}" >"$WORK/check.log" 2>&1 || { cat "$WORK/check.log" >&2; die "$1"; }
  ok "$1"
}
within() { # SECONDS WHAT COMMAND...
  holds "$1" "${@:3}" || die "not in time: $2"
  ok "$2"
}

required() { # TOOL...
  [ "$(id -u)" = 0 ] || die 'the roots are made and entered by root: sudo make'
  for tool in "$@"; do command -v "$tool" >/dev/null || die "$tool is missing"; done
  : "${NPA_TEST_KEYSTONE_URL:?needs a Placement and Keystone: run it by make}"
}
package() { # FILE... : what a pattern found, which has to be one
  if [ $# != 1 ] || [ ! -f "$1" ]; then die "not one package, but $*: make packages"; fi
  printf '%s' "$1"
}

# --- what a compute host has: GPUs, Nova's files, a root provider ------------------------------------------------------
token() {
  curl -fsS -i --noproxy '*' "$NPA_TEST_KEYSTONE_URL/auth/tokens" -H 'Content-Type: application/json' -d "{\"auth\": {
    \"identity\": {\"methods\": [\"password\"], \"password\": {\"user\": {\"name\": \"npa\", \"domain\": {\"id\": \"default\"},
    \"password\": \"$NPA_TEST_PASSWORD\"}}}, \"scope\": {\"project\": {\"name\": \"service\", \"domain\": {\"id\": \"default\"}}}}}" |
    tr -d '\r' | sed -n 's/^[Xx]-[Ss]ubject-[Tt]oken: //p'
}
root_provider() { # sets what the functions below go by
  ROOT_UUID="$(cat /proc/sys/kernel/random/uuid)"
  NAME="packages-${ROOT_UUID%%-*}.example.org"
  TOKEN="$(token)"
}
compute_node() { NPA_TEST_TOKEN="$TOKEN" integration-tests/stack/compute_node.sh "$NPA_TEST_KEYSTONE_PLACEMENT_URL" "$NAME" "$ROOT_UUID" >/dev/null; }
providers() { curl -fsS --noproxy '*' "$NPA_TEST_KEYSTONE_PLACEMENT_URL/resource_providers?in_tree=$ROOT_UUID" -H "X-Auth-Token: $TOKEN" -H 'OpenStack-API-Version: placement 1.14'; }
published() { [ "$(providers | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["resource_providers"]))')" -ge 5 ]; }

# The library finds host.toml beside itself. The tree of the simulator is in the place of /sys.
compute_host() { # ROOT MACHINE LIBRARY : the simulated library, built for that machine
  local root="$1" lib="$1/usr/lib/$2-linux-gnu"
  install -D -m 644 "$3" "$lib/libnvidia-ml.so.1"
  { echo 'privileged = "auto"'; sed '/^privileged = /d' integration-tests/demo/host.toml; } >"$lib/host.toml"
  target/debug/nvml-sim-sysfs "$lib/host.toml" "$root/srv/sys"
  chroot "$root" useradd --system --home-dir /var/lib/nova nova
  mkdir -p "$root/etc/nova" "$root/var/lib/nova" "$root/etc/nvidia-placement-agent/agent.d"
  echo "$ROOT_UUID" >"$root/var/lib/nova/compute_id"
  { printf '[DEFAULT]\nhost = %s\n' "$HOST"; nova_credentials; echo 'valid_interfaces = public,internal'; } >"$root/etc/nova/nova.conf"
  chmod 640 "$root/etc/nova/nova.conf"
  chroot "$root" chown -R nova:nova /etc/nova /var/lib/nova
  # Less patience than a host needs.
  printf '[hardware]\nsysfs = "/srv/sys"\n[run]\ninterval = "500ms"\n[settling]\ngrowth = "1s"\nother_kind = "2s"\n' \
    >"$root/etc/nvidia-placement-agent/agent.d/test.toml"
}
