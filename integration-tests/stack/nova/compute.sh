#!/usr/bin/env bash
# compute.sh DIR HOST start|stop|restart : one nova-compute of the cloud in DIR, with Nova's fake driver. Its
# configuration is etc/nova-compute-HOST/nova.conf, its log log/nova-compute-HOST.out. start returns at once.
set -euo pipefail
[ $# = 3 ] || { echo "usage: $0 DIR HOST start|stop|restart" >&2; exit 2; }
DIR="$(cd "$1" && pwd)"
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
name="nova-compute-$2" home="$DIR/etc/nova-compute-$2"
case "$3" in
  stop | restart) stop "$name" ;;
  start) if alive "$name"; then exit 0; fi ;;
  *) die "no such verb: $3 (it is start, stop or restart)" ;;
esac
[ "$3" != stop ] || exit 0
mkdir -p "$home/locks"
{
  # As on a compute host, nothing says where the databases are: nova-compute would log an error at each start.
  sed '/^\[api_database\]$/,/^\[keystone_authtoken\]$/{/^\[keystone_authtoken\]$/!d}' "$DIR/etc/nova/nova.conf"
  printf '[DEFAULT]\nhost = %s\nstate_path = %s\n[oslo_concurrency]\nlock_path = %s\n' "$2" "$home" "$home/locks"
} >"$home/nova.conf"
spawn "$name" "$(cat "$DIR/run/nova.venv")/bin/nova-compute" --config-file "$home/nova.conf"
# It belongs to a cloud that is ready, or to one whose start waits for it.
touch "$DIR/run/$name.ready"
