#!/usr/bin/env bash
# compute_node.sh URL NAME [UUID] : makes the root provider that nova-compute would make for the host NAME, and
# prints its UUID. Run again, it finds what is there. The token is $NPA_TEST_TOKEN, else admin's (noauth2).
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: $0 URL NAME [UUID]" >&2; exit 2; }
exec "${PYTHON:-python3}" - "$1" "$2" "${3:-}" <<'PY'
import json, os, sys, urllib.error, urllib.parse, urllib.request, uuid

url, name, wanted = sys.argv[1:]
# Nova's defaults for a host of 64 threads, 256 GiB and 1 TB: (total, reserved, allocation ratio)
INVENTORIES = {'VCPU': (64, 0, 4.0), 'MEMORY_MB': (262144, 512, 1.0), 'DISK_GB': (1000, 0, 1.0)}
TRAITS = ['COMPUTE_NODE', 'OWNER_NOVA', 'COMPUTE_TRUSTED_CERTS', 'HW_CPU_X86_AVX2']
http = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(method, path, body=None):
    request = urllib.request.Request(url.rstrip('/') + path, json.dumps(body).encode() if body else None, method=method, headers={
        'X-Auth-Token': os.environ.get('NPA_TEST_TOKEN', 'admin'), 'Content-Type': 'application/json',
        'Accept': 'application/json', 'OpenStack-API-Version': 'placement 1.28'})
    try:
        return json.load(http.open(request, timeout=30))
    except urllib.error.HTTPError as error:
        sys.exit(f'{method} {path}: {error.code} {error.read().decode()}')
    except urllib.error.URLError as error:
        sys.exit(f'{url}: {error.reason}')


found = call('GET', '/resource_providers?' + urllib.parse.urlencode({'name': name}))['resource_providers']
root = found[0] if found else call('POST', '/resource_providers', {'uuid': wanted or str(uuid.uuid4()), 'name': name})
path = f"/resource_providers/{root['uuid']}"
inventories = call('PUT', path + '/inventories', {
    'resource_provider_generation': root['generation'],
    'inventories': {resource: {'total': total, 'reserved': reserved, 'min_unit': 1, 'max_unit': total,
                               'step_size': 1, 'allocation_ratio': ratio}
                    for resource, (total, reserved, ratio) in INVENTORIES.items()}})
known = call('GET', '/traits?name=in:' + ','.join(TRAITS))['traits']
call('PUT', path + '/traits', {
    'resource_provider_generation': inventories['resource_provider_generation'], 'traits': known})
print(root['uuid'])
PY
