#!/usr/bin/env bash
# up.sh DIR [placement|keystone|nova] : a real OpenStack Placement on loopback, from PyPI. See README.md.
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: $0 DIR [placement|keystone|nova]" >&2; exit 2; }
mkdir -p "$1"
DIR="$(cd "$1" && pwd)"
FLAVOUR="${2:-placement}"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=prepare.sh
. "$HERE/prepare.sh"
# shellcheck source-path=SCRIPTDIR source=nova/conf.sh
. "$HERE/nova/conf.sh"
# shellcheck source-path=SCRIPTDIR source=nova/backend.sh
. "$HERE/nova/backend.sh"
# shellcheck source-path=SCRIPTDIR source=nova/start.sh
. "$HERE/nova/start.sh"
SERVERS="$(servers "$FLAVOUR")" || die "no such flavour: $FLAVOUR (it is placement, keystone or nova)"
for tool in flock setsid; do
  command -v "$tool" >/dev/null || die "$tool is missing: install util-linux"
done

exec 9>"$DIR/lock"
lock 9 "$DIR" "starting or stopping this stack"
mkdir -p "$DIR/run" "$DIR/log"

# Who starts a server decides who stops it: what only with-stack.sh wanted is marked for it to stop, and
# begins with an empty database, so that a test run does not depend on the one before.
for s in $SERVERS; do
  if [ -z "${NPA_STACK_TRANSIENT:-}" ]; then
    rm -f "$DIR/run/$s.transient"
  elif ! alive "$s"; then
    touch "$DIR/run/$s.transient"
    rm -rf "${DIR:?}/etc/$s"
  fi
done
if ready "$FLAVOUR"; then
  say "$FLAVOUR is already up: $DIR/env"
  exit 0
fi

# Anything but success undoes this run: no half-made stack stays behind. KILL, since a server that is still
# loading does not listen to TERM.
undo() {
  local status=$? job s
  trap - EXIT
  trap '' INT TERM HUP
  # A server leads a group of its own; what only works for this run is in ours.
  for job in $(jobs -p); do kill -s KILL -- "-$job" "$job" 2>/dev/null || true; done
  for s in $(servers "$FLAVOUR"); do
    stop "$s" KILL
    rm -f "$DIR/run/$s.transient"
  done
  [ "$FLAVOUR" != nova ] || drop_postgres
  write_env
  exit "$status"
}
trap undo EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
for s in $SERVERS; do rm -f "$DIR/run/$s.ready"; done

mkdir -p "$ROOT/.venv"
exec 8>"$ROOT/.venv/lock"
lock 8 "$ROOT/.venv" "installing packages"
if [ "$FLAVOUR" = nova ]; then
  prepare_packages nova
  NOVA_VENV="$VENV"
  printf '%s\n' "$VENV" >"$DIR/run/nova.venv"
  start_backend
fi
prepare_packages stack
case "$FLAVOUR" in
  placement) prepare_database placement ;;
  keystone | nova) prepare_database placement && prepare_database keystone ;;
esac
exec 8>&-

database() { # placement|keystone SERVER : copied whole, or not at all; kept when it is there
  [ ! -d "$DIR/etc/$2" ] || return 0
  prepare_database "$1"
  mkdir -p "$DIR/etc"
  rm -rf "$DIR/etc/$2.new"
  cp -R "$TEMPLATE" "$DIR/etc/$2.new"
  mv "$DIR/etc/$2.new" "$DIR/etc/$2"
}

# One process with one thread: SQLite has one writer, and there is no child that could outlive its parent.
# Port 0 lets the kernel choose; the port of last time is tried first, so that a restart keeps its URL.
serve() { # NAME WSGI_MODULE [THREADS]
  local log="$DIR/log/$1.out" try backlog
  if alive "$1" && answers "$1"; then return 0; fi
  stop "$1" KILL
  read -r backlog </proc/sys/net/core/somaxconn
  for try in "$(cat "$DIR/run/$1.port" 2>/dev/null || echo 0)" 0; do
    spawn "$1" "$VENV/bin/uwsgi" --http-socket "127.0.0.1:$try" --listen "$((backlog < 1024 ? backlog : 1024))" \
      --processes 1 --threads "${3:-1}" --enable-threads --pythonpath "$HERE/nova" --need-app --die-on-term --module "$2" --virtualenv "$VENV" \
      --buffer-size 65535 --disable-logging --add-header "Connection: close"
    for _ in {1..600}; do
      if grep -qs '^WSGI app 0 .* ready in' "$log" && alive "$1"; then
        sed -n 's/.* bound to TCP address 127\.0\.0\.1:\([0-9]*\) .*/\1/p' "$log" >"$DIR/run/$1.port"
        answers "$1" || die "$1 runs but does not answer on port $(port "$1")" "$log"
        say "$1 is up on port $(port "$1")"
        return 0
      fi
      [ -z "$(jobs -pr)" ] && break
      sleep 0.1
    done
    grep -qs 'Address already in use' "$log" || break
    say "port $try is taken by somebody else, taking another one"
  done
  die "$1 did not start within a minute; run down.sh $DIR --purge and try again" "$log"
}

fill_catalog() { # [TYPE=NAME=URL]... : of what stands beside Placement
  "$VENV/bin/python" "$HERE/catalog.py" "http://127.0.0.1:$(port keystone)/v3" \
    "http://127.0.0.1:$(port placement-keystone)" "$NPA_TEST_PASSWORD" "$@" >"$DIR/log/catalog.out" 2>&1 ||
    die "cannot fill Keystone's catalogue" "$DIR/log/catalog.out"
}

if [ "$FLAVOUR" = placement ]; then
  database placement placement
  conf_placement "$DIR/etc/placement" noauth2
  OS_PLACEMENT_CONFIG_DIR="$DIR/etc/placement" serve placement placement.wsgi.api:application
else
  database keystone keystone
  database placement placement-keystone
  conf_keystone "$DIR/etc/keystone"
  OS_KEYSTONE_CONFIG_DIR="$DIR/etc/keystone" serve keystone keystone.wsgi.api:application
  conf_placement "$DIR/etc/placement-keystone" keystone "http://127.0.0.1:$(port keystone)/v3"
  OS_PLACEMENT_CONFIG_DIR="$DIR/etc/placement-keystone" serve placement-keystone placement.wsgi.api:application
  fill_catalog
fi
if [ "$FLAVOUR" = nova ]; then
  KEYSTONE_URL="http://127.0.0.1:$(port keystone)/v3" VENV="$NOVA_VENV"
  start_nova
  # Those that it started itself.
  SERVERS="$(servers nova)"
fi

for s in $SERVERS; do touch "$DIR/run/$s.ready"; done
write_env
trap - EXIT
say "$FLAVOUR is up: $DIR/env"
