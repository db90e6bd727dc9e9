#!/usr/bin/env bash
# boot.sh ROOT GROUP : a real systemd as init of namespaces of its own, on that root. The network is the host's, so that
# it reaches the test's Placement. It ends when it is killed. Needs root. To be called by packaging/test.sh.
set -euo pipefail
ROOT="$1"
GROUP="$2"

# Control groups below one of our own: nothing of the host's is seen or moved.
if [ "${3:-}" = '' ]; then
  for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup/devices; do
    [ -w "$hierarchy/cgroup.procs" ] || continue
    mkdir -p "$hierarchy/$GROUP"
    echo $$ >"$hierarchy/$GROUP/cgroup.procs"
  done
  exec unshare --mount --pid --fork --kill-child --uts --ipc --cgroup --propagation private \
    "$0" "$ROOT" "$GROUP" inside
fi

mount --bind "$ROOT" "$ROOT"
mount -t proc proc "$ROOT/proc"
mount -t sysfs sysfs "$ROOT/sys"
mount -t tmpfs -o mode=755 tmpfs "$ROOT/run"
mount -t tmpfs -o mode=755 tmpfs "$ROOT/dev"
mkdir "$ROOT/dev/pts" "$ROOT/dev/shm"
for device in null zero full random urandom tty; do
  touch "$ROOT/dev/$device"
  mount --bind "/dev/$device" "$ROOT/dev/$device"
done
ln -s /proc/self/fd "$ROOT/dev/fd"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$ROOT/dev/pts"
ln -s pts/ptmx "$ROOT/dev/ptmx"
if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
  mount -t cgroup2 cgroup "$ROOT/sys/fs/cgroup"
else
  mount -t tmpfs -o mode=755 tmpfs "$ROOT/sys/fs/cgroup"
  mkdir "$ROOT/sys/fs/cgroup/systemd" "$ROOT/sys/fs/cgroup/devices"
  mount -t cgroup -o none,name=systemd cgroup "$ROOT/sys/fs/cgroup/systemd"
  mount -t cgroup -o devices cgroup "$ROOT/sys/fs/cgroup/devices"
fi
hostname cmp1.example.org
# The root of the mount namespace, not a chroot, and shared, as any host's: sandboxes and credentials of services are made
# of that.
cd "$ROOT"
mkdir -p mnt/before
pivot_root . mnt/before
exec chroot . /bin/sh -c 'umount -l /mnt/before && mount --make-rshared / && exec env -i container=npa PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=multi-user.target' </dev/null
