# shellcheck shell=bash
# What a server needs before it can start: the packages, its configuration, its database.
# Sourced by up.sh. Packages and fresh databases are made once, in .venv/ at the root of the repository,
# named by what they are made from, and shared by every DIR.

prepare_packages() { # stack|nova|client : sets VENV
  local python key out="$ROOT/.venv/install.out" packages constraints
  case "$1" in
    stack)
      packages=(openstack-placement keystone pyuwsgi)
      constraints=(-c "$HERE/constraints.txt")
      ;;
    nova) # fixtures and testtools: Nova's own fake of libvirt, which its package brings, is made of them
      packages=(nova glance pyuwsgi psycopg2-binary fixtures testtools)
      constraints=(-c "$HERE/constraints.txt" -c "$HERE/constraints-nova.txt")
      ;;
    client) # what an operator types, and the checker of DevStack's shell style
      packages=(python-openstackclient osc-placement bashate==2.1.1)
      constraints=(-c "$HERE/constraints.txt" -c "$HERE/constraints-nova.txt")
      ;;
  esac
  python="$(command -v "${PYTHON:-python3}")" || die "python3 is missing: install Python 3.10 or newer"
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    die "$python is $("$python" -V 2>&1), the pinned packages need 3.10 or newer: set PYTHON=/path/to/a/newer/python3"
  key="$(cat "$HERE"/constraints*.txt - <<<"${packages[*]} $ROOT $("$python" -VV) $python" | sha256sum)"
  VENV="$ROOT/.venv/$1-${key:0:12}"
  [ ! -f "$VENV/complete" ] || return 0

  say "installing ${packages[*]} from PyPI, once: some 15 s with uv, a minute or two with pip"
  rm -rf "$VENV"
  "$python" -m venv "$VENV" >"$out" 2>&1 ||
    die "$python cannot make a virtual environment: install python3-venv" "$out"
  "$VENV/bin/pip" install -q --retries 1 uv >>"$out" 2>&1 &&
    "$VENV/bin/uv" pip install -q --no-cache --python "$VENV/bin/python" \
      "${constraints[@]}" "${packages[@]}" >>"$out" 2>&1 ||
    { say "uv could not ($out), trying pip" &&
      "$VENV/bin/pip" install -q --retries 1 "${constraints[@]}" "${packages[@]}" >>"$out" 2>&1; } ||
    die "cannot install the packages. Is PyPI reachable? Behind a proxy set HTTPS_PROXY, for a mirror PIP_INDEX_URL" "$out"
  touch "$VENV/complete"
  say "packages installed"
}

prepare_client() { # sets VENV: for tests that are no server, and hold no lock yet
  mkdir -p "$ROOT/.venv"
  exec 8>"$ROOT/.venv/lock"
  lock 8 "$ROOT/.venv" "installing packages"
  prepare_packages client
  exec 8>&-
}

prepare_database() { # placement|keystone|nova : sets TEMPLATE, a directory to copy from
  local key out="$VENV/template-$1.out" made_by=("$HERE/prepare.sh")
  [ "$1" != nova ] || made_by+=("$HERE/nova/conf.sh" "$HERE/nova/start.sh")
  key="$(cat "${made_by[@]}" | sha256sum)"
  TEMPLATE="$VENV/template-$1-${key:0:12}"
  [ ! -d "$TEMPLATE" ] || return 0
  say "making an empty $1 database, once"
  rm -rf "$VENV/template-$1"*
  mkdir "$TEMPLATE.new"
  "template_$1" "$TEMPLATE.new" >"$out" 2>&1 || die "cannot make the $1 database" "$out"
  mv "$TEMPLATE.new" "$TEMPLATE"
}

template_placement() { # DIRECTORY : the schema, and the standard traits, which servers would race to write
  conf_placement "$1" noauth2 && OS_PLACEMENT_CONFIG_DIR="$1" "$VENV/bin/python" - <<'PY'
import os
from oslo_config import cfg
from placement import conf, db_api, deploy
from placement.db.sqlalchemy import migration

config = cfg.ConfigOpts()
conf.register_opts(config)
config([], project='placement', default_config_files=[os.environ['OS_PLACEMENT_CONFIG_DIR'] + '/placement.conf'])
db_api.configure(config)
migration.upgrade('head')
deploy.update_database(config)
PY
}

template_keystone() { # DIRECTORY : the schema, the token keys, and the user admin
  local manage=("$VENV/bin/keystone-manage" --config-file "$1/keystone.conf")
  conf_keystone "$1" &&
    "${manage[@]}" fernet_setup --keystone-user "$(id -un)" --keystone-group "$(id -gn)" &&
    "${manage[@]}" db_sync &&
    OS_BOOTSTRAP_PASSWORD="$NPA_TEST_PASSWORD" "${manage[@]}" bootstrap --bootstrap-region-id RegionOne
}

# Both find their database beside their configuration.
# enforce_new_defaults: the roles of today's releases, so that the role `service` alone must be enough.
conf_placement() { # DIRECTORY noauth2|keystone [KEYSTONE_URL]
  # token_cache_time: a revoked token is refused at the next request, not minutes later.
  cat >"$1/placement.conf" <<CONF
[api]
auth_strategy = $2
[placement_database]
connection = sqlite:///$1/placement.sqlite?timeout=60
sqlite_synchronous = False
[oslo_policy]
enforce_scope = True
enforce_new_defaults = True
[keystone_authtoken]
auth_type = password
auth_url = ${3:-}
www_authenticate_uri = ${3:-}
username = placement
password = $NPA_TEST_PASSWORD
user_domain_name = Default
project_name = service
project_domain_name = Default
region_name = RegionOne
service_type = placement
token_cache_time = -1
CONF
}

conf_keystone() { # DIRECTORY
  cat >"$1/keystone.conf" <<CONF
[database]
connection = sqlite:///$1/keystone.sqlite?timeout=60
sqlite_synchronous = False
[token]
provider = fernet
[fernet_tokens]
key_repository = $1/fernet-keys
[cache]
enabled = True
backend = oslo_cache.dict
[identity]
password_hash_rounds = 4
[oslo_policy]
enforce_scope = True
enforce_new_defaults = True
CONF
}
