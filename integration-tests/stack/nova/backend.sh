# shellcheck shell=bash
# What Nova stands on, as private instances from Debian's packages: PostgreSQL for its databases (on SQLite its
# processes would lock each other out) and RabbitMQ for its messages. Sourced by up.sh.

POSTGRES_BIN="$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)"
RABBITMQ_SERVER=/usr/lib/rabbitmq/bin/rabbitmq-server

need_backend() {
  local missing=()
  [ -x "$POSTGRES_BIN/postgres" ] || missing+=(postgresql)
  [ -x "$RABBITMQ_SERVER" ] || missing+=(rabbitmq-server)
  [ "${#missing[@]}" = 0 ] || die "Nova needs ${missing[*]}: apt-get install --no-install-recommends ${missing[*]}"
}

# PostgreSQL refuses to be root. Whoever it runs as may not be able to reach DIR, and a socket's path is short:
# so its files are in a directory of its own under /tmp, whose name is recorded before anything is in it.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=postgres --regid=postgres --clear-groups env -i PATH="$PATH" LC_ALL=C.UTF-8 "$@"
  else
    LC_ALL=C.UTF-8 "$@"
  fi
}

new_postgres() { # sets POSTGRES : an empty directory for one server
  drop_postgres
  POSTGRES="$(mktemp -u /tmp/npa-postgres-XXXXXX)"
  echo "$POSTGRES" >"$DIR/run/postgres.home"
  mkdir -m 700 "$POSTGRES" "$POSTGRES/socket"
}

own_postgres() { [ "$(id -u)" != 0 ] || chown -R postgres "$POSTGRES"; }

start_postgres() { # on $POSTGRES/data
  local command=("$POSTGRES_BIN/postgres" -D "$POSTGRES/data" -c listen_addresses= -c "unix_socket_directories=$POSTGRES/socket"
    -c max_connections=200 -c fsync=off -c synchronous_commit=off -c full_page_writes=off)
  if [ "$(id -u)" = 0 ]; then
    spawn postgres setpriv --reuid=postgres --regid=postgres --clear-groups env -i PATH="$PATH" LC_ALL=C.UTF-8 "${command[@]}"
  else
    spawn postgres env LC_ALL=C.UTF-8 "${command[@]}"
  fi
  for _ in {1..300}; do
    ! as_postgres "$POSTGRES_BIN/pg_isready" -q -h "$POSTGRES/socket" -U npa -d postgres || return 0
    [ -n "$(jobs -pr)" ] || break
    sleep 0.1
  done
  die "PostgreSQL did not start within half a minute" "$DIR/log/postgres.out"
}

free_port() { # NAME : the port it had last time while that is free, else one that the kernel chooses
  "$VENV/bin/python" - "$(cat "$DIR/run/$1.port" 2>/dev/null || echo 0)" >"$DIR/run/$1.port.new" <<'PY'
import socket, sys
for port in (int(sys.argv[1]), 0):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(('127.0.0.1', port))
        except OSError:
            continue
        print(probe.getsockname()[1])
        break
PY
  mv "$DIR/run/$1.port.new" "$DIR/run/$1.port"
}

# Erlang finds its nodes through epmd: a private one, so that the system's is neither used nor started.
start_rabbitmq() { # in etc/rabbitmq; returns before it answers
  local home="$DIR/etc/rabbitmq"
  rm -rf "$home"
  mkdir -p "$home"
  free_port epmd
  free_port rabbitmq
  free_port rabbitmq-nodes
  echo '[].' >"$home/enabled_plugins"
  cat >"$home/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$(port rabbitmq)
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 1GB
CONF
  spawn epmd epmd -address 127.0.0.1 -port "$(port epmd)"
  spawn rabbitmq env HOME="$home" ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$(port epmd)" \
    RABBITMQ_NODENAME=npa@localhost RABBITMQ_MNESIA_BASE="$home/mnesia" RABBITMQ_LOG_BASE="$home/log" \
    RABBITMQ_CONFIG_FILE="$home/rabbitmq" RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins" \
    RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_DIST_PORT="$(port rabbitmq-nodes)" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1} +sbwt none' "$RABBITMQ_SERVER"
}

wait_for_rabbitmq() {
  for _ in {1..600}; do
    ! { : >"/dev/tcp/127.0.0.1/$(port rabbitmq)"; } 2>/dev/null || return 0
    alive rabbitmq || break
    sleep 0.1
  done
  die "RabbitMQ did not start within a minute" "$DIR/log/rabbitmq.out"
}
