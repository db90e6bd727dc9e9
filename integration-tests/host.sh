# shellcheck shell=bash
# What the tests of whole hosts share: packages, image, DevStack plugin. To be sourced, with the variables of the stack,
# where `say` is defined.

holds() { # SECONDS COMMAND... : waits for the command to succeed; false when it has not in that time
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}

# A copy of it is cheap; FOLDER.done stands beside it when it is whole.
debian() { # FOLDER SUITE DEBOOTSTRAP_ARGUMENT... : a Debian with nothing in it, made once
  local folder="$1" suite="$2" mirror
  [ ! -e "$folder.done" ] || return 0
  say "a Debian $suite with nothing in it, once: $folder"
  mirror="$(grep -rhoE 'https?://[^ ]*/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 | tr -d ' ' || true)"
  rm -rf --one-file-system "$folder"
  mkdir -p "$folder"
  debootstrap --variant=minbase "${@:3}" "$suite" "$folder" "${mirror:-http://deb.debian.org/debian}" >"$folder.log" 2>&1 ||
    { tail -n 20 "$folder.log" >&2; say "debootstrap failed; all of it: $folder.log" >&2; return 1; }
  rm -rf "$folder"/var/cache/apt/archives/*.deb
  touch "$folder.done"
}

nova_credentials() { # what a deployment writes into nova.conf, for the test's Keystone
  cat <<CONF
[placement]
auth_type = password
auth_url = $NPA_TEST_KEYSTONE_URL
username = npa
password = $NPA_TEST_PASSWORD
user_domain_name = Default
project_name = service
project_domain_name = Default
CONF
}
