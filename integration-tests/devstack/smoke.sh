#!/usr/bin/env bash
# smoke.sh [FLAVOR] : a guest of FLAVOR (gpu.mig.1g) is scheduled, and what it holds in Placement is one VGPU of a
# provider that has the flavor's trait. For a cloud with this agent, with the administrator's OS_* or OS_CLOUD in the
# environment; the server is deleted again.
set -euo pipefail
flavor="${1:-gpu.mig.1g}" name="npa-smoke-$$"
say() { echo "smoke: $*"; }
die() { echo "smoke: $*" >&2; exit 1; }

trait="$(openstack flavor show -f json -c properties "$flavor" |
  sed -n 's/.*"trait:\(CUSTOM_NVIDIA_[A-Z0-9_]*\)": "required".*/\1/p')"
[ -n "$trait" ] || die "the flavor $flavor asks for no trait of an NVIDIA profile"
images="$(openstack image list -f value -c ID)"
image="${images%%$'\n'*}"
[ -n "$image" ] || die 'there is no image'
trap 'openstack server delete --wait "$name" >/dev/null 2>&1 || true' EXIT
say "a server of $flavor, which requires $trait"
server="$(openstack --os-compute-api-version 2.37 server create --flavor "$flavor" --image "$image" --no-network --wait \
  -f value -c id "$name")"
status="$(openstack server show -f value -c status "$server")"
provider="$(openstack resource provider allocation show -f json "$server" |
  python3 -c 'import json, sys
print(*[row["resource_provider"] for row in json.load(sys.stdin) if row["resources"].get("VGPU") == 1])')"
[ -n "$provider" ] || die "the server holds no VGPU; it is $status"
traits="$(openstack resource provider trait list -f value "$provider")"
grep -qx "$trait" <<<"$traits" || die "the provider $provider, which it was given, has no $trait"
say "it is $status, on $(openstack resource provider show -f value -c name "$provider")"
