#!/usr/bin/env bash
# test.sh : installs, runs, upgrades and removes the packages in clean roots, under a real systemd, beside a real
# Placement and Keystone, with simulated GPUs. Needs root, debootstrap and the packages (`make packages`); the first time
# the network, for Debian's. `make test-packages` starts it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
UNIT=nvidia-placement-agent.service
WORK="$PWD/target/packages"
GROUP="npa-packages-$$"
# shellcheck source=packaging/test/lib.sh
. packaging/test/lib.sh
required debootstrap unshare nsenter dpkg-deb curl python3
BASE="$WORK/base-$SUITE"
NEW="$(package "$WORK"/nvidia-placement-agent_*_"$(dpkg --print-architecture)".deb)"
RPM="$(package "$WORK"/nvidia-placement-agent-*."$(uname -m)".rpm)"

# --- a machine ---------------------------------------------------------------------------------------------------
INIT='' BOOT=''
# shellcheck disable=SC2329 # by trap
finish() {
  local status=$?
  trap - EXIT
  halt
  rm -rf --one-file-system "$WORK/root"
  exit "$status"
}
halt() {
  [ -z "$BOOT" ] || { kill -KILL "$BOOT" 2>/dev/null; wait "$BOOT" 2>/dev/null; } || true
  INIT='' BOOT=''
  sleep 0.3
  find /sys/fs/cgroup -depth -type d -path "*/$GROUP*" -exec rmdir {} + 2>/dev/null || true
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

inside() { nsenter --target "$INIT" --mount --pid --uts --ipc --cgroup --root --wd env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
up() { inside systemctl is-system-running | grep -Eq 'running|degraded'; }
boot() {
  packaging/test/boot.sh "$WORK/root" "$GROUP" >"$WORK/boot.log" 2>&1 &
  BOOT=$!
  local child
  for _ in {1..100}; do
    child="$(pgrep -P "$BOOT" | head -n 1 || true)"
    [ -n "$child" ] && [[ "$(readlink "/proc/$child/exe" 2>/dev/null)" = */systemd ]] && break
    kill -0 "$BOOT" 2>/dev/null || { cat "$WORK/boot.log" >&2; die 'systemd does not boot here'; }
    sleep 0.1
  done
  INIT="$child"
  within 60 'a real systemd is up' up
}

more() { # what the journal says
  [ -z "$INIT" ] || { inside systemctl status --no-pager --full -n 0 "$UNIT" nvidia-placement-agent-ready.service; inside journalctl --no-pager -n 40 -u "$UNIT" -u nvidia-placement-agent-ready.service; }
}
debian "$BASE" "$SUITE" --include=systemd,systemd-sysv,dbus,ca-certificates || die 'debootstrap'
clean_root() {
  rm -rf --one-file-system "$WORK/root"
  cp -a --reflink=auto "$BASE" "$WORK/root"
  # Of no use without hardware, and they would set the kernel of the machine that tests.
  local unit
  for unit in {systemd-{sysctl,modules-load,remount-fs,udevd},console-getty}.service getty.target; do
    ln -sf /dev/null "$WORK/root/etc/systemd/system/$unit"
  done
  cp "$NEW" "$WORK/root/root/new.deb"
  cp "$WORK/old.deb" "$WORK/root/root/old.deb"
}

# The version before this one: the same program, and a shipped configuration that differs in a line.
rm -rf "$WORK/unpacked"
dpkg-deb -R "$NEW" "$WORK/unpacked"
sed -i 's/^Version: .*/Version: 0.0.9-1/' "$WORK/unpacked/DEBIAN/control"
echo '# A line of the version before.' >>"$WORK/unpacked/etc/nvidia-placement-agent/agent.toml"
(cd "$WORK/unpacked" && find . -type f -not -path './DEBIAN/*' -printf '%P\0' | xargs -0 md5sum >DEBIAN/md5sums)
dpkg-deb --root-owner-group -Znone -b "$WORK/unpacked" "$WORK/old.deb" >/dev/null
rm -rf "$WORK/unpacked"

root_provider
[ -n "${NPA_PACKAGES_BUILT:-}" ] || cargo build --quiet -p nvml-sim

property() { [ "$(inside systemctl show -P "$1" "${3:-$UNIT}")" = "$2" ]; }
status() { inside systemctl show -P StatusText "$UNIT" | grep -qE "$1"; }
of_process() { inside grep -qE "$1" "/proc/$(inside systemctl show -P MainPID "$UNIT")/status"; }
logged() { inside journalctl --no-pager -q -o cat "$@" | grep -q .; }
answers() { # PYTHON : true of `d`, the running agent's status
  inside nvidia-placement-agent status --format json |
    python3 -c 'import json, sys; d = json.load(sys.stdin); sys.exit(not eval(sys.argv[1]))' "$1"
}
restart() { inside systemctl daemon-reload && inside systemctl restart "$UNIT"; }
put() { mkdir -p "$(dirname "$WORK/root$1")" && cat >"$WORK/root$1"; }
drop_in() { inside install -D -m 644 -t "/etc/systemd/system/$1.d/" "/usr/share/nvidia-placement-agent/$2"; }
CONVERGED='^Converged: [0-9]+ providers on [0-9] GPUs'

say '1. install, on a compute host whose nova-compute has not made its root provider yet'
clean_root
compute_host "$WORK/root" "$(uname -m)" target/debug/libnvidia_ml.so
boot
before="$(date +%s%N)"
check 'the package installs' inside dpkg -i /root/old.deb
check 'it runs and is enabled' inside sh -c "systemctl is-active $UNIT && systemctl is-enabled $UNIT"
within 20 'it says that it waits for nova-compute' status '^Waiting for nova-compute to make'
made="$(date +%s%N)"
compute_node
within 60 'it has converged' status "$CONVERGED"
now="$(date +%s%N)"
say "  from the beginning of the installation to the first converged cycle: $(((now - before) / 1000000)) ms," \
  "$(((now - made) / 1000000)) ms of them since the root provider is there; with nova.conf's credentials alone"
check 'its providers are in Placement' published

say '2. in its sandbox'
check 'it is not root' of_process '^Uid:[[:space:]]+[1-9]'
check 'it has CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH and nothing else' of_process '^CapEff:[[:space:]]+0000000000200004$'
# The kernel shows the rules of control groups of version 1 alone.
devices="/sys/fs/cgroup/devices/$GROUP/system.slice/$UNIT/devices.list"
[ ! -e "$devices" ] || check 'it may open the GPUs, whether or not their driver was loaded by then' grep -q '^c 195:\* rw' "$devices"
check 'with them it sees every GPU instance' answers 'sum(p["total"] for p in d["providers"] if p["device"] == "0000:41:00.0") == 7'
check 'no system call of it was refused fatally, and it writes nowhere' property Result success
check 'its log is in the journal, by GPU' logged -u "$UNIT" _TRANSPORT=journal DEVICE=0000:41:00.0
check 'and by code and cycle' logged -u "$UNIT" CODE=NPA0301 CYCLE=1

say '3. reload'
put /etc/nvidia-placement-agent/agent.d/zz.toml <<<'run.interval = "400ms"'
check 'it reloads' inside systemctl reload "$UNIT"
within 10 'what is new is in force' answers 'd["reload"] == "in force"'
put /etc/nvidia-placement-agent/agent.d/zz.toml <<<'run.interval = "never"'
check 'it is told to reload what is wrong' inside systemctl reload "$UNIT"
refused() { inside journalctl --no-pager -q -o cat -u "$UNIT" | grep -q 'the configuration was not changed: NPA0101'; }
within 10 'what is wrong is refused' refused
check 'and it runs on' inside systemctl is-active "$UNIT"
rm "$WORK/root/etc/nvidia-placement-agent/agent.d/zz.toml"

say '4. nova-compute after the GPUs'
put /etc/systemd/system/nova-compute.service <<<$'[Service]\nExecStart=/bin/sleep infinity'
check 'the drop-in is where the manual says' drop_in nova-compute.service nova-compute.service.d/nvidia-placement-agent.conf
check 'the agent stops' inside systemctl stop "$UNIT"
check 'systemd reads the drop-in' inside systemctl daemon-reload
check 'nova-compute starts, and with it the agent' inside systemctl start nova-compute.service
check 'only after the GPUs had settled' answers 'd["settled"]'
ready="$(inside systemctl show -P ActiveEnterTimestampMonotonic nvidia-placement-agent-ready.service)"
nova="$(inside systemctl show -P ActiveEnterTimestampMonotonic nova-compute.service)"
check 'in this order' [ "$ready" -gt 0 -a "$ready" -le "$nova" ]
check 'everything stops' inside systemctl stop nova-compute.service nvidia-placement-agent-ready.service "$UNIT"
check 'an agent that must not start' inside systemctl mask --runtime "$UNIT"
check 'does not keep nova-compute from starting' inside timeout 20 systemctl start nova-compute.service
check 'it may again' inside systemctl unmask --runtime "$UNIT"
check 'and runs' restart

say '5. watchdog'
put "/etc/systemd/system/$UNIT.d/test.conf" <<<$'[Service]\nWatchdogSec=2s\nRestartSec=1s'
check 'a watchdog of 2 s' restart
within 30 'it has converged' status "$CONVERGED"
check 'a process that is stopped gives no signs of life' inside systemctl kill --kill-who=main --signal=STOP "$UNIT"
within 30 'so systemd starts it anew' property NRestarts 1
within 30 'and it converges' status "$CONVERGED"
rm "$WORK/root/etc/systemd/system/$UNIT.d/test.conf"

say '6. without any capability'
check 'the drop-in is where the manual says' drop_in "$UNIT" unprivileged.conf
check 'it starts' restart
check 'it has no capability' of_process '^CapEff:[[:space:]]+0+$'
within 20 'it says that it does not see GPU instances' answers 'any(f["code"] == "NPA0205" for f in d["findings"])'
within 20 'and has logged in with the nova.conf that systemd hands it' answers 'd["cycles"] > 0 and not any(f["code"] in ("NPA0103", "NPA0601") for f in d["findings"])'
rm "$WORK/root/etc/systemd/system/$UNIT.d/unprivileged.conf"
check 'back to the capabilities' restart
within 30 'it has converged' status "$CONVERGED"

say '7. upgrade'
check 'an administrator changes the configuration' inside sed -i 's/^# grace_scans = 3$/grace_scans = 4/; /A line of the version/d' /etc/nvidia-placement-agent/agent.toml
old="$(inside systemctl show -P MainPID "$UNIT")"
check 'a newer package installs' inside dpkg --force-confdef --force-confold -i /root/new.deb
check 'the configuration is kept' inside grep -qx 'grace_scans = 4' /etc/nvidia-placement-agent/agent.toml
check 'it is for root and the group alone' [ "$(inside stat -c '%U:%G %a' /etc/nvidia-placement-agent/agent.toml)" = 'root:nvidia-placement-agent 640' ]
check 'another process runs' [ "$(inside systemctl show -P MainPID "$UNIT")" != "$old" ]
within 30 'it has converged' status "$CONVERGED"
check 'somebody disables it' inside systemctl disable --now "$UNIT"
check 'and installs the package again' inside dpkg --force-confdef --force-confold -i /root/new.deb
stays_off() { ! inside systemctl is-enabled "$UNIT" && ! inside systemctl is-active "$UNIT"; }
check 'it stays disabled and stopped' stays_off
check 'enabled again' inside systemctl enable --now "$UNIT"

say '8. removal'
check 'it is removed' inside dpkg -r nvidia-placement-agent
check 'nothing of it runs' inside sh -c '! grep -qs "^nvidia-placemen" /proc/[0-9]*/comm'
check 'its configuration stays' test -f "$WORK/root/etc/nvidia-placement-agent/agent.toml"
check 'its providers stay' published
check 'it is purged' inside dpkg -P nvidia-placement-agent
check 'its configuration is gone, but for what somebody added' sh -c "[ \"\$(ls -A $WORK/root/etc/nvidia-placement-agent)\" = agent.d ]"
check 'nothing of it is left below /run' inside sh -c '! test -e /run/nvidia-placement-agent'
check 'nor of its units' inside sh -c '! ls -d /etc/systemd/system/*.wants/nvidia-placement-agent* 2>/dev/null'
halt

say '9. where no systemd runs, as in an image that is being built'
clean_root
check 'the package installs' chroot "$WORK/root" dpkg -i /root/new.deb
check 'its service is enabled for the first boot' test -L "$WORK/root/etc/systemd/system/multi-user.target.wants/$UNIT"
check 'its user is made' grep -q '^nvidia-placement-agent:' "$WORK/root/etc/passwd"
check 'manual pages, completions and documentation are there' sh -c "cd $WORK/root/usr/share && ls man/man1/nvidia-placement-agent-plan.1.gz bash-completion/completions/nvidia-placement-agent zsh/vendor-completions/_nvidia-placement-agent fish/vendor_completions.d/nvidia-placement-agent.fish doc/nvidia-placement-agent/changelog.Debian.gz doc/nvidia-placement-agent/copyright"
check 'it is purged' chroot "$WORK/root" dpkg -P nvidia-placement-agent
check 'nothing is left' sh -c "! find $WORK/root/etc $WORK/root/usr -name '*nvidia-placement*' | grep ."

say '10. the .rpm'
if command -v rpm >/dev/null; then
  clean_root
  rpm="rpm --root $WORK/root --nodeps"
  # Debian's rpm wants to be asked twice.
  [ ! -e /etc/debian_version ] || rpm="$rpm --force-debian"
  # shellcheck disable=SC2086 # words
  check 'it installs' $rpm -i "$RPM"
  check 'its user is made' grep -q '^nvidia-placement-agent:' "$WORK/root/etc/passwd"
  check 'its files are there' test -x "$WORK/root/usr/bin/nvidia-placement-agent" -a -f "$WORK/root/usr/lib/systemd/system/$UNIT"
  echo '# mine' >>"$WORK/root/etc/nvidia-placement-agent/agent.toml"
  # shellcheck disable=SC2086
  check 'it installs again' $rpm -U --force "$RPM"
  check 'the configuration is kept' grep -qx '# mine' "$WORK/root/etc/nvidia-placement-agent/agent.toml"
  # shellcheck disable=SC2086
  check 'it is removed' $rpm -e nvidia-placement-agent
  check 'nothing runs or stays but what was changed' sh -c "! test -e $WORK/root/usr/bin/nvidia-placement-agent && ls $WORK/root/etc/nvidia-placement-agent"
else
  say '  rpm is not installed: only made, not tried'
fi
say "test-packages: $checked checks passed"
