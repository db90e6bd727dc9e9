#!/usr/bin/env bash
# down.sh DIR [--purge|--transient] : stops what up.sh started in DIR, by pid and start time, never by name.
#   --purge      databases, configuration and logs go too; the packages stay
#   --transient  only what with-stack.sh started, and says nothing
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: $0 DIR [--purge|--transient]" >&2; exit 2; }
case "${2:-}" in '' | --purge | --transient) ;; *) echo "$0: no such option: $2" >&2; exit 2 ;; esac
[ -d "$1" ] || exit 0
DIR="$(cd "$1" && pwd)"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
exec 9>"$DIR/lock"
lock 9 "$DIR" "starting or stopping this stack"

# A nova-compute, whoever started it, goes with the cloud that it belongs to, and is stopped before it.
transient() { # NAME
  case "$1" in nova-compute-*) set -- nova-api ;; esac
  [ -f "$DIR/run/$1.transient" ]
}

stopping=()
for s in $(servers placement) $(servers nova); do
  [ -f "$DIR/run/$s.pid" ] || continue
  [ "${2:-}" != --transient ] || transient "$s" || continue
  stopping+=("$s")
  # Nova's services first: they would wait for messages that nobody delivers any more.
  [ "$s" != rabbitmq ] || wait
  rm -f "$DIR/run/$s.transient"
  # PostgreSQL waits for its clients to leave, unless it is told not to.
  case "$s" in postgres) stop "$s" INT ;; *) stop "$s" ;; esac 9>&- &
done
wait
alive postgres || drop_postgres
[ ! -d "$DIR/run" ] || write_env
[ "${2:-}" != --purge ] || rm -rf "${DIR:?}"/{etc,log,run}
[ "${2:-}" = --transient ] || say "stopped: ${stopping[*]:-nothing was running}"
