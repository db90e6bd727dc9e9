# shellcheck shell=bash disable=SC2034
# What up.sh, down.sh and ../with-stack.sh share. Source it with DIR set to an absolute path.
#
# A server NAME is known by $DIR/run/NAME.pid, which holds "pid starttime". Only a process whose kernel
# start time is still the recorded one is ours: pids are reused, and process names prove nothing.

HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
ROOT="$(cd "$HERE/../.." && pwd)"
# Not "secret": tests search logs and errors for it, and must find nothing but a leak.
NPA_TEST_PASSWORD=lab-pa55word

STARTED_AT="${EPOCHREALTIME/[.,]/}"
say() {
  local ms=$(((${EPOCHREALTIME/[.,]/} - STARTED_AT) / 1000))
  printf 'stack: [%3d.%d s] %s\n' $((ms / 1000)) $((ms % 1000 / 100)) "$*" >&2
}
die() { # MESSAGE [LOGFILE] : says what happened, with the end of the log that tells why
  if [ -n "${2:-}" ] && [ -s "$2" ]; then
    printf -- '--- last lines of %s\n' "$2" >&2
    tail -n 20 "$2" >&2
    printf -- '---\n' >&2
  fi
  printf 'stack: error: %s\n' "$1" >&2
  exit 1
}

lock() { # FD FILE WHO : waits for an exclusive lock, and says so when it has to wait
  flock -n "$1" && return
  say "waiting for another run that is $3 ($2)"
  flock "$1"
}

# The process's start time in clock ticks since boot; nothing for a dead process or a zombie.
starttime() { # PID
  local stat fields
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  read -ra fields <<<"${stat##*) }"
  [ "${fields[0]}" = Z ] || printf '%s' "${fields[19]}"
}

alive() { # NAME
  local pid started
  { read -r pid started <"$DIR/run/$1.pid"; } 2>/dev/null || return 1
  [ -n "$started" ] && [ "$(starttime "$pid")" = "$started" ]
}

port() { cat "$DIR/run/$1.port"; } # NAME

answers() { # NAME : one HTTP request on its recorded port is answered without an error, if it is one that speaks HTTP
  local line='' fd
  case "$1" in nova-compute-* | nova-scheduler | nova-conductor | rabbitmq | epmd | postgres) return 0 ;; esac
  { exec {fd}<>"/dev/tcp/127.0.0.1/$(port "$1")"; } 2>/dev/null || return 1
  printf 'GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&"$fd"
  read -r -t 10 line <&"$fd" || true
  exec {fd}>&-
  [[ $line == HTTP/1.?" "[23]* ]]
}

# The process writes its own record before it becomes the server, so a killed up.sh leaves no server
# without one. It gets a session of its own (a Ctrl-C at the terminal must not reach it) and none of
# our locks.
spawn() { # NAME COMMAND... : output goes to log/NAME.out
  local name="$1"
  shift
  [ ! -f "$DIR/log/$name.out" ] || mv "$DIR/log/$name.out" "$DIR/log/$name.out.before"
  # shellcheck disable=SC2016
  DIR="$DIR" setsid bash -c '. "$1/lib.sh"; printf "%s %s\n" $$ "$(starttime $$)" >"$DIR/run/$2.pid"; shift 2; exec "$@"' \
    spawn "$HERE" "$name" "$@" >"$DIR/log/$name.out" 2>&1 </dev/null 7>&- 8>&- 9>&- &
}

stop() { # NAME [SIGNAL] : TERM, ten seconds of patience, then KILL; what it has started goes with it
  local pid started
  if alive "$1"; then
    read -r pid started <"$DIR/run/$1.pid"
    kill -s "${2:-TERM}" "$pid" 2>/dev/null || true
    for _ in {1..200}; do
      [ "$(starttime "$pid")" = "$started" ] || break
      sleep 0.05
    done
    # No other process can be given the number of a group that has a member left.
    kill -KILL -- "-$pid" 2>/dev/null || true
  fi
  rm -f "$DIR/run/$1.pid" "$DIR/run/$1.ready"
}

# The computes are those that were ever started in DIR: tests add their own.
nova_servers() {
  local file
  for file in "$DIR"/run/nova-compute-*.pid; do
    [ ! -f "$file" ] || basename "$file" .pid
  done
  echo nova-api nova-scheduler nova-conductor glance neutron rabbitmq epmd postgres
}

# PostgreSQL's files, which are not in DIR.
drop_postgres() {
  local home
  { read -r home <"$DIR/run/postgres.home"; } 2>/dev/null || return 0
  case "$home" in /tmp/npa-postgres-??????) rm -rf "$home" ;; esac
  rm -f "$DIR/run/postgres.home"
}

servers() { # FLAVOUR : what has to run for it
  case "$1" in
    placement) echo placement ;;
    keystone) echo keystone placement-keystone ;;
    # What stands on it first: in this order they are stopped by down.sh.
    nova) echo "$(nova_servers)" keystone placement-keystone ;;
    *) return 1 ;;
  esac
}

ready() { # FLAVOUR : a run of up.sh completed it, and all of it still runs
  local s
  for s in $(servers "$1"); do
    [ -f "$DIR/run/$s.ready" ] && alive "$s" && answers "$s" || return 1
  done
}

# DIR/env and DIR/clouds.yaml (JSON is YAML) for what is marked ready; neither when nothing is.
write_env() {
  local env='' clouds='' keystone user
  if [ -f "$DIR/run/placement.ready" ]; then
    env+="NPA_TEST_PLACEMENT_URL=http://127.0.0.1:$(port placement)"$'\n'
    clouds+="\"noauth\": {\"auth_type\": \"admin_token\",
      \"auth\": {\"endpoint\": \"http://127.0.0.1:$(port placement)\", \"token\": \"admin\"}},"
  fi
  if [ -f "$DIR/run/placement-keystone.ready" ]; then
    keystone="http://127.0.0.1:$(port keystone)/v3"
    env+="NPA_TEST_KEYSTONE_URL=$keystone"$'\n'
    env+="NPA_TEST_KEYSTONE_PLACEMENT_URL=http://127.0.0.1:$(port placement-keystone)"$'\n'
    env+="NPA_TEST_PASSWORD=$NPA_TEST_PASSWORD"$'\n'
    for user in admin:admin npa:service npa-reader:service; do
      clouds+="\"${user%:*}\": {\"region_name\": \"RegionOne\", \"auth\": {\"auth_url\": \"$keystone\",
        \"username\": \"${user%:*}\", \"password\": \"$NPA_TEST_PASSWORD\", \"user_domain_name\": \"Default\",
        \"project_name\": \"${user#*:}\", \"project_domain_name\": \"Default\"}},"
    done
  fi
  if [ -f "$DIR/run/nova-api.ready" ]; then
    env+="NPA_TEST_NOVA_URL=http://127.0.0.1:$(port nova-api)/v2.1"$'\n'
    env+="NPA_TEST_NOVA_DIR=$(printf %q "$DIR")"$'\n'
    env+="NPA_TEST_NOVA_PYTHON=$(printf %q "$(cat "$DIR/run/nova.venv")/bin/python")"$'\n'
    env+="NPA_TEST_NOVA_IMAGE=$(cat "$DIR/run/nova.image")"$'\n'
    env+="NPA_TEST_NOVA_HOSTS='$(paste -sd' ' "$DIR/run/nova.hosts")'"$'\n'
  fi
  if [ -z "$env" ]; then
    rm -f "$DIR/env" "$DIR/clouds.yaml"
    return
  fi
  env+="NPA_TEST_CLOUDS_FILE=$(printf %q "$DIR/clouds.yaml")"$'\n'
  printf '{"clouds": {%s}}\n' "${clouds%,}" >"$DIR/clouds.yaml.new"
  printf %s "$env" >"$DIR/env.new"
  mv "$DIR/clouds.yaml.new" "$DIR/clouds.yaml"
  mv "$DIR/env.new" "$DIR/env"
}
