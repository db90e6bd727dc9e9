#!/usr/bin/env bash
# test.sh : the plugin's style, and its phases against a real Placement and Keystone (and a real Nova, when it is up):
# stack, unstack and clean, each of them twice. With DEVSTACK_DIR, a checkout of openstack/devstack, by DevStack's own
# functions; without, by stand-ins. Changes nothing outside of target/devstack and of the cloud. See README.md.
set -euo pipefail
PLUGIN="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
ROOT="$(cd "$PLUGIN/../.." && pwd)"
die() { printf 'devstack: FAILED: %s\n' "$*" >&2; exit 1; }
export DEVSTACK_DIR="${DEVSTACK_DIR:-}"
[ -z "$DEVSTACK_DIR" ] || [ -f "$DEVSTACK_DIR/functions-common" ] ||
  die "DEVSTACK_DIR=$DEVSTACK_DIR is no checkout of openstack/devstack"
[ -n "${NPA_TEST_KEYSTONE_URL:-}" ] || die 'no Placement and Keystone: run make stack-up, or make test-devstack'

# --- style --------------------------------------------------------------------------------------------------------
# shellcheck source-path=SCRIPTDIR source=../stack/lib.sh
DIR="$ROOT/target/devstack" . "$ROOT/integration-tests/stack/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../stack/prepare.sh
. "$ROOT/integration-tests/stack/prepare.sh"
# shellcheck source-path=SCRIPTDIR source=../host.sh
. "$ROOT/integration-tests/host.sh"
say() { printf 'devstack: %s\n' "$*"; }
die() { printf 'devstack: FAILED: %s\n' "$*" >&2; exit 1; }
mkdir -p "$ROOT/target/devstack"
prepare_client
SHELL_FILES=("$PLUGIN/settings" "$PLUGIN/plugin.sh" "$PLUGIN"/lib/*.sh)
# E005: DevStack's `settings` has no suffix. E006: lines are as long as elsewhere in this repository.
"$VENV/bin/bashate" --ignore E005,E006 "${SHELL_FILES[@]}" || die 'bashate'
if command -v shellcheck >/dev/null; then
  shellcheck -x "${SHELL_FILES[@]}" "$PLUGIN"/*.sh "$PLUGIN"/test/*.sh "$PLUGIN"/test/bin/* || die 'shellcheck'
  say 'ok: bashate, shellcheck'
else
  say 'ok: bashate. shellcheck is not installed: NOT CHECKED'
fi

# --- the scene ----------------------------------------------------------------------------------------------------
BUILT="$(cargo metadata --manifest-path "$ROOT/Cargo.toml" --no-deps --offline --format-version 1 |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')"
(cd "$ROOT" && cargo build --quiet --locked && cargo build --quiet --locked -p nvml-sim)
HOST="devstack-$$-$RANDOM.example.org"
# As by default, with names that nobody else uses in this cloud.
export FLAVORS_BEGIN_WITH="npa-$$."
FLAVORS="npa-$$.1g=CUSTOM_NVIDIA_1G5GB npa-$$.2g=CUSTOM_NVIDIA_2G10GB npa-$$.3g=CUSTOM_NVIDIA_3G20GB"
compute=''
mapfile -t rest < <(compgen -e | grep -E '^(OS_|NPA__)' || true)
for name in ${rest[@]+"${rest[@]}"}; do unset "$name"; done
export CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}"
export NO_PROXY="127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}"
export no_proxy="$NO_PROXY"

filled() { cloud state "$uuid" | grep VCPU >/dev/null; }
cloud() { "$VENV/bin/python" "$PLUGIN/test/cloud.py" "$@"; }
units() { systemctl stop devstack@nvidia-placement-agent.service; }
finish() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  [ -z "${SCENE:-}" ] || units || true
  [ -z "$compute" ] || "$ROOT/integration-tests/stack/nova/compute.sh" "$NPA_TEST_NOVA_DIR" "$HOST" stop || true
  [ -z "${uuid:-}" ] || cloud forget "$HOST" || true
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A root provider of the test's own: by a nova-compute with the fake driver, where there is a Nova.
if [ -n "${NPA_TEST_NOVA_URL:-}" ]; then
  "$ROOT/integration-tests/stack/nova/compute.sh" "$NPA_TEST_NOVA_DIR" "$HOST" start
  compute=1
  uuid="$(cloud root "$HOST")"
else
  uuid="$(NPA_TEST_TOKEN="$(cloud token)" \
    "$ROOT/integration-tests/stack/compute_node.sh" "$NPA_TEST_KEYSTONE_PLACEMENT_URL" "$HOST")"
fi

scene() { # NAME VIRT_DRIVER LOCALRC_LINE... : a host on which DevStack has done everything but the plugin's part
  local state
  export SCENE="$ROOT/target/devstack/$1" HOME="$ROOT/target/devstack/$1/root/home"
  export UNITS="$HOME/.local/share/systemd/user"
  rm -rf "$SCENE"
  mkdir -p "$SCENE/devstack" "$UNITS" "$SCENE"/root/{etc/nova,run,usr/local/bin,etc/nvidia-placement-agent/agent.d,opt/stack/data}
  # An operator's own options: they hold, and they stay.
  printf '[settling]\ngrowth = "1s"\n[run]\ninterval = "1s"\n' >"$SCENE/root/etc/nvidia-placement-agent/agent.d/site.toml"
  state="$SCENE/root/opt/stack/data/nova"
  { printf '[DEFAULT]\nstate_path = %s\n' "$state"; nova_credentials; printf '[api]\nauth_strategy = keystone\n'; } >"$SCENE/nova.conf"
  if [ "$2" = fake ]; then
    state+="/fake1"
    printf '[DEFAULT]\nhost = %s\nstate_path = %s\n' "$HOST" "$state" >"$SCENE/root/etc/nova/nova-fake.conf-1"
  fi
  mkdir -p "$state"
  echo "$uuid" >"$state/compute_id"
  printf '{"clouds": {"devstack-admin": {"region_name": "RegionOne", "auth": {"auth_url": "%s", "username": "admin", "password": "%s", "user_domain_name": "Default", "project_name": "admin", "project_domain_name": "Default"}}}}' \
    "$NPA_TEST_KEYSTONE_URL" "$NPA_TEST_PASSWORD" >"$SCENE/clouds.yaml"
  export OS_CLIENT_CONFIG_FILE="$SCENE/clouds.yaml"
  {
    printf '%s=%s\n' DEST "$SCENE/root/opt/stack" DATA_DIR "$SCENE/root/opt/stack/data" VIRT_DRIVER "$2" \
      STACK_USER "$(id -un)" USER_UNITS True HOST_IP 127.0.0.1 DEVSTACK_VENV "$VENV" \
      NPA_CONF_DIR "$SCENE/root/etc/nvidia-placement-agent" NPA_BIN_DIR "$SCENE/root/usr/local/bin" \
      NPA_RUN_DIR "$SCENE/root/run/nvidia-placement-agent" \
      NPA_FLAVORS "\"$FLAVORS\""
    # Without Nova's API there is nobody to make a flavor.
    [ -n "${NPA_TEST_NOVA_URL:-}" ] || printf 'ENABLED_SERVICES=key,n-cpu,placement-api\n'
    printf '%s\n' "${@:3}"
  } >"$SCENE/localrc"
  [ -z "$DEVSTACK_DIR" ] || with_devstack
}

# DevStack's files as links, so that nothing is written into the checkout; the sample local.conf of this folder, with
# the address of the plugin and the paths of this test.
with_devstack() {
  local file
  for file in "$DEVSTACK_DIR"/*; do ln -s "$file" "$SCENE/devstack/"; done
  {
    # enable_plugin goes by the DEST that is set above it.
    sed "s|^enable_plugin .*|DEST=$SCENE/root/opt/stack\nenable_plugin nvidia-placement-agent file://$SCENE/repo main|" "$PLUGIN/local.conf"
    cat "$SCENE/localrc"
  } >"$SCENE/devstack/local.conf"
  grep -q "^enable_plugin.*$SCENE/repo" "$SCENE/devstack/local.conf" || die 'local.conf enables no plugin'
}

# What git would clone: what is tracked or would be, as it is now.
commit_repository() {
  mkdir "$SCENE/repo"
  (cd "$ROOT" && git ls-files -z --cached --others --exclude-standard) >"$SCENE/listed"
  tar -C "$ROOT" --null -T "$SCENE/listed" --ignore-failed-read -c | tar -C "$SCENE/repo" -x
  git -C "$SCENE/repo" init -q -b main
  git -C "$SCENE/repo" add -A
  git -C "$SCENE/repo" -c user.name=test -c user.email=test@example.org commit -q -m test
}

number=0
phase() { # MODE
  local log
  log="$SCENE/$((number += 1))-$1.log"
  PATH="$PLUGIN/test/bin:$VENV/bin:$PATH" "$PLUGIN/test/phase.sh" "$1" >"$log" 2>&1 || { tail -n 30 "$log" >&2; die "$1 ended with an error: $log"; }
}
files() { # all but the plugin's own clone, and the sockets of what runs
  (cd "$SCENE/root" && find . -path ./opt/stack/nvidia-placement-agent -prune -o -path './run/*/*' -prune -o -printf '%p %y %m %u %l\n' &&
    find . -path ./opt/stack/nvidia-placement-agent -prune -o -path './run/*/*' -prune -o -type f -exec sha256sum {} +) | LC_ALL=C sort
}
same() { # WHAT BEFORE AFTER
  diff -u "$2" "$3" >"$SCENE/difference" || { cat "$SCENE/difference" >&2; die "$1"; }
  say "ok: $1"
}
systemctl() { PATH="$PLUGIN/test/bin:$PATH" command systemctl --user "$@"; }

# --- stack, unstack, clean, each twice ----------------------------------------------------------------------------
scenario() { # NAME
  local s="$SCENE"
  say "$1"
  files >"$s/files.0"
  # nova-compute fills its provider some seconds after it made it.
  [ -z "$compute" ] || holds 60 filled || die 'nova-compute does not fill its root provider'
  cloud state "$uuid" >"$s/cloud.0"
  phase stack
  files >"$s/files.1" && cloud state "$uuid" --exact >"$s/cloud.1"
  [ "$(grep -c CUSTOM_NVIDIA_PLACEMENT_AGENT "$s/cloud.1")" = 4 ] || die "not the 4 providers of host.toml: $s/cloud.1"
  ! grep -q '"reserved": [1-9].*CUSTOM_NVIDIA' "$s/cloud.1" || die "something is reserved: $s/cloud.1"
  if [ -n "${NPA_TEST_NOVA_URL:-}" ]; then
    [ "$(grep -c '^"flavor"' "$s/cloud.1")" = 3 ] || die "not the 3 flavors: $s/cloud.1"
  fi
  [ "$(stat -c %a "$s/root/usr/local/bin/nvidia-placement-agent")" = 755 ] || die 'the program is not installed'
  systemctl is-active devstack@nvidia-placement-agent.service || die 'the agent does not run'
  [ -e "$s/root/opt/stack/nvidia-placement-agent/devstack/plugin.sh" ] || die 'the plugin is not where it should be'
  say 'ok: stack publishes what the simulated GPUs are cut into'
  phase stack
  files >"$s/files.2" && cloud state "$uuid" --exact >"$s/cloud.2"
  same 'a second stack changes no file' "$s/files.1" "$s/files.2"
  same 'a second stack writes nothing to Placement and makes no flavor anew' "$s/cloud.1" "$s/cloud.2"
  "${2:-true}"
  phase unstack
  cloud state "$uuid" >"$s/cloud.3"
  same 'unstack leaves Placement and the flavors as they were' "$s/cloud.0" "$s/cloud.3"
  same 'unstack leaves nova.conf as it was' "$s/nova.conf.before" "$s/root/etc/nova/nova.conf"
  ! systemctl is-active devstack@nvidia-placement-agent.service || die 'the agent still runs'
  files >"$s/files.3"
  phase unstack
  files >"$s/files.4"
  same 'a second unstack changes no file' "$s/files.3" "$s/files.4"
  phase clean
  rm "$s"/root/etc/nova/nova{,-cpu}.conf
  files >"$s/files.5"
  same 'clean leaves the file system as it was' "$s/files.0" "$s/files.5"
  phase clean
  files >"$s/files.6"
  same 'a second clean changes no file' "$s/files.5" "$s/files.6"
}

# What a user sees: a guest of a flavor. The tests of the cloud take turns.
guest() {
  exec 6>"$NPA_TEST_NOVA_DIR/taken"
  flock 6
  OS_CLOUD=devstack-admin PATH="$VENV/bin:$PATH" "$PLUGIN/smoke.sh" "npa-$$.1g" >"$SCENE/smoke.log" 2>&1 6>&- ||
    { cat "$SCENE/smoke.log" >&2; die 'no guest of the flavor'; }
  exec 6>&-
  say "ok: $(tail -n 1 "$SCENE/smoke.log")"
}

scene fake fake NPA_BINARY="$BUILT/debug/nvidia-placement-agent" NPA_SIM_DIR="$BUILT/debug"
if [ -n "$DEVSTACK_DIR" ]; then commit_repository; else ln -s "$ROOT" "$SCENE/root/opt/stack/nvidia-placement-agent"; fi
if [ -n "${NPA_TEST_NOVA_URL:-}" ]; then look=guest; else look=true; fi
scenario 'Nova with the fake driver, programs built elsewhere' "$look"
scene libvirt libvirt NPA_CARGO_PROFILE=dev NPA_TARGET_DIR="$BUILT"
ln -s "$ROOT" "$SCENE/root/opt/stack/nvidia-placement-agent"
scenario 'Nova with libvirt, built by cargo'

# --- what was not proven ------------------------------------------------------------------------------------------
[ -n "$DEVSTACK_DIR" ] ||
  say 'NOT PROVEN: that DevStack reads the plugin so. Its functions were stand-ins (test/stand-in.sh): set DEVSTACK_DIR to a checkout of openstack/devstack'
[ -n "${NPA_TEST_NOVA_URL:-}" ] || say 'NOT PROVEN: flavors and a guest of one. There is no Nova: make test-devstack, with PostgreSQL and RabbitMQ'
say 'NOT PROVEN: a whole stack.sh, systemd, packages (NPA_PACKAGE), real GPUs'
say 'passed'
