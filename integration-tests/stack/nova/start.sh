# shellcheck shell=bash disable=SC2034
# Nova's servers in the order they need each other. Sourced by up.sh, after conf.sh and backend.sh.

# An empty cloud, made once: PostgreSQL's directory with the schemas of Glance and Nova and one cell, whose
# addresses are templates over what nova.conf says at the time.
template_nova() { # DIRECTORY
  local name status=0
  new_postgres
  mkdir "$POSTGRES/data"
  own_postgres
  as_postgres "$POSTGRES_BIN/initdb" -D "$POSTGRES/data" -U npa -A trust --no-sync -E UTF8 &&
    start_postgres || return 1
  for name in glance nova_api nova_cell0 nova; do
    as_postgres "$POSTGRES_BIN/createdb" -h "$POSTGRES/socket" -U npa "$name" || return 1
  done
  KEYSTONE_URL='' conf_glance "$1/glance" && KEYSTONE_URL='' conf_nova "$1/nova" || return 1
  "$VENV/bin/glance-manage" --config-file "$1/glance/glance-api.conf" db_sync &
  local nova=("$VENV/bin/nova-manage" --config-file "$1/nova/nova.conf")
  "${nova[@]}" api_db sync &&
    "${nova[@]}" cell_v2 map_cell0 --database_connection '{scheme}://{username}@/nova_cell0?{query}' &&
    "${nova[@]}" cell_v2 create_cell --name cell1 --transport-url '{scheme}://{username}:{password}@{hostname}:{port}/' \
      --database_connection '{scheme}://{username}@/{path}?{query}' &&
    "${nova[@]}" db sync || status=$?
  wait $! || status=$?
  stop postgres INT
  mv "$POSTGRES/data" "$1/postgres" && drop_postgres
  return "$status"
}

start_backend() { # before Keystone is up
  need_backend
  if alive postgres && alive rabbitmq && alive epmd; then
    POSTGRES="$(cat "$DIR/run/postgres.home")"
    return 0
  fi
  local s
  for s in $(nova_servers); do stop "$s" KILL; done
  rm -rf "${DIR:?}"/etc/nova* "${DIR:?}"/etc/glance
  prepare_database nova
  start_rabbitmq
  new_postgres
  cp -R "$TEMPLATE/postgres" "$POSTGRES/data"
  own_postgres
  start_postgres
  # A name that was never used: providers of an earlier cloud may still be in this Placement.
  printf 'cmp%d-%s.example.org\n' 1 "${POSTGRES##*-}" 2 "${POSTGRES##*-}" | tr '[:upper:]' '[:lower:]' >"$DIR/run/nova.hosts"
}

start_nova() { # once Keystone and its catalogue are up
  local name hosts
  mapfile -t hosts <"$DIR/run/nova.hosts"
  wait_for_rabbitmq
  RABBITMQ_URL="rabbit://guest:guest@127.0.0.1:$(port rabbitmq)/"
  say "PostgreSQL and RabbitMQ are up"
  for name in glance neutron nova-api; do
    alive "$name" || free_port "$name"
  done
  GLANCE_URL="http://127.0.0.1:$(port glance)"
  NEUTRON_URL="http://127.0.0.1:$(port neutron)"
  conf_glance "$DIR/etc/glance"
  conf_nova "$DIR/etc/nova"
  alive neutron || spawn neutron "$VENV/bin/python" "$HERE/nova/neutron.py" "$(port neutron)"
  fill_catalog "compute=nova=http://127.0.0.1:$(port nova-api)/v2.1" "image=glance=$GLANCE_URL" "network=neutron=$NEUTRON_URL"
  export OS_GLANCE_CONFIG_DIR="$DIR/etc/glance" OS_GLANCE_CONFIG_FILES=glance-api.conf OS_NOVA_CONFIG_DIR="$DIR/etc/nova"
  for name in conductor scheduler; do
    alive "nova-$name" || spawn "nova-$name" "$VENV/bin/nova-$name" --config-file "$DIR/etc/nova/nova.conf"
  done
  for name in "${hosts[@]}"; do "$HERE/nova/compute.sh" "$DIR" "$name" start; done
  serve glance glance.wsgi.api:application
  serve nova-api api_wsgi:application 4
  "$VENV/bin/python" "$HERE/nova/ready.py" "$KEYSTONE_URL" "$NPA_TEST_PASSWORD" "${hosts[@]}" \
    >"$DIR/run/nova.image" 2>"$DIR/log/ready.out" || die "Nova does not get ready" "$DIR/log/ready.out"
}
