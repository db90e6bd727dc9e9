#!/usr/bin/env bash
# test-foreign.sh : the packages for arm64, on a machine that is none: installs them in a clean Debian of that architecture
# and runs the program there, all of it emulated, with simulated GPUs, beside a real Placement and Keystone. Needs root,
# debootstrap, qemu-user-static and the packages; the first time the network, for Debian's. No systemd runs there: an
# emulator of programs gives them no sandbox. `make test-packages ARCH=arm64` starts it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=packaging/tools.sh
. packaging/tools.sh
deb='' machine='' target=''
architecture "${1:-arm64}"
WORK="$PWD/target/packages"
# shellcheck source=packaging/test/lib.sh
. packaging/test/lib.sh
ROOT="$WORK/root-$deb"
BASE="$WORK/base-$SUITE-$deb"
required debootstrap unshare dpkg-deb curl python3 "qemu-$machine-static"
[ -n "$target" ] || die "this machine is $deb itself: make test-packages"
grep -qs enabled "/proc/sys/fs/binfmt_misc/qemu-$machine" ||
  die "the kernel does not know whom to give programs for $deb: apt-get install qemu-user-static, then systemctl restart systemd-binfmt"
DEB="$(package "$WORK"/nvidia-placement-agent_*_"$deb".deb)"
RPM="$(package "$WORK"/nvidia-placement-agent-*."$machine".rpm)"

agent=''
# shellcheck disable=SC2329 # by trap
finish() {
  local status=$?
  trap - EXIT
  [ -z "$agent" ] || { kill "$agent" 2>/dev/null; wait "$agent" 2>/dev/null; } || true
  rm -rf --one-file-system "$ROOT"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

INSIDE=(unshare --mount-proc "--root=$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive)
inside() { "${INSIDE[@]}" "$@"; }
says() { # PATTERN ARGUMENT... : of the program's output, which is shown
  inside nvidia-placement-agent "${@:2}" >"$WORK/said" 2>&1 || { cat "$WORK/said"; return 1; }
  cat "$WORK/said"
  grep -qE "$1" "$WORK/said"
}
field() { dpkg-deb -f "$DEB" "$1"; }
elf() { # FILE : the machine in its header
  python3 -c 'import sys; print({62: "x86_64", 183: "aarch64"}[int.from_bytes(open(sys.argv[1], "rb").read(20)[18:], "little")])' "$1"
}

say "1. what is written on them"
say "  $(stat -c '%n: %s bytes' "$DEB" "$RPM" | sed "s|$WORK/||" | paste -sd';')"
check "the .deb is for $deb" [ "$(field Architecture)" = "$deb" ]
check "it depends on what that Debian has: $(field Depends)" grep -qxE 'libc6 \(>= 2\.[0-9]+\), (libgcc-s1 .*, )?systemd \| systemd-standalone-sysusers' <<<"$(field Depends)"
if command -v rpm >/dev/null; then
  check "the .rpm is for $machine" [ "$(rpm -qp --queryformat '%{ARCH}' "$RPM" 2>/dev/null)" = "$machine" ]
  provided() { rpm -qp --requires "$RPM" 2>/dev/null | grep -qF 'libc.so.6(GLIBC_2.'; }
  check 'it requires the C library' provided
fi

say "2. installed in a Debian $SUITE for $deb"
debian "$BASE" "$SUITE" --arch="$deb" --include=ca-certificates,systemd-standalone-sysusers || die 'debootstrap'
rm -rf --one-file-system "$ROOT"
cp -a --reflink=auto "$BASE" "$ROOT"
cp "$DEB" "$ROOT/root/new.deb"
check 'its dependencies are there, and it installs' inside dpkg -i /root/new.deb
check 'its user is made' grep -q '^nvidia-placement-agent:' "$ROOT/etc/passwd"
check "the program is one for $machine" [ "$(elf "$ROOT/usr/bin/nvidia-placement-agent")" = "$machine" ]
check 'it says its version' says "^nvidia-placement-agent $(field Version | sed 's/-[0-9]*$//')" --version

say '3. a compute host, with a simulated NVML built for it'
root_provider
[ -n "${NPA_PACKAGES_BUILT:-}" ] || cargo build --quiet -p nvml-sim
cargo build --quiet --release --target "$target" -p nvml-sim
library="target/$target/release/libnvidia_ml.so"
check "the library is one for $machine" [ "$(elf "$library")" = "$machine" ]
compute_host "$ROOT" "$machine" "$library"
compute_node
check 'config check: the configuration is good' inside nvidia-placement-agent config check
check 'discover: what every GPU is cut into' says '0000:41:00.0 .* 7 × 1g.5gb' discover
check 'plan: what would be written' says '3g.20gb +1 VGPU' plan
check 'apply: it logs in to Keystone and writes to Placement' inside nvidia-placement-agent apply
check 'the providers are there' published
check 'plan: nothing is left to do' inside nvidia-placement-agent plan --exit-code
check 'tree: every provider' says '3g.20gb' tree

say '4. the daemon'
"${INSIDE[@]}" nvidia-placement-agent run >"$WORK/run.log" 2>&1 &
agent=$!
more() { cat "$WORK/run.log"; }
within 60 'it answers that it has converged' says 'Placement says what the hardware is' status
sed -i '0,/"2x 1g.5gb"/s//"1g.5gb"/' "$ROOT/usr/lib/$machine-linux-gnu/host.toml"
check 'a GPU is cut anew' says ' 1 × 1g.5gb' discover
within 60 'it publishes the new cut' inside nvidia-placement-agent plan --exit-code
check 'it stops when it is told to' kill "$agent"
check 'without an error' wait "$agent"
agent=''
check 'it is purged' inside dpkg -P nvidia-placement-agent
check 'nothing is left' sh -c "! find $ROOT/etc $ROOT/usr -name '*nvidia-placement*' -not -path '*/etc/nvidia-placement-agent' | grep ."
say "test-packages $deb: $checked checks passed"
say "NOT PROVEN: a machine of $deb, a GPU, a systemd there; the program was emulated by $("qemu-$machine-static" --version | head -n 1)"
