#!/usr/bin/env python3
"""What Nova's scheduler would ask Placement for the demo's flavor. Python's standard library only.

guest.py candidates          where Placement would let a guest of the flavor land
guest.py allocate GPU        take one of them, on the GPU at that PCI address, as a booting guest does
guest.py delete              give it back

Placement's address is $DEMO_PLACEMENT.
"""
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

# openstack flavor create --vcpus 4 --ram 8192 --disk 40 \
#   --property resources:VGPU=1 --property trait:CUSTOM_NVIDIA_1G5GB=required gpu.mig.1g
FLAVOR = {'resources': 'VCPU:4,MEMORY_MB:8192,DISK_GB:40,VGPU:1', 'required': 'CUSTOM_NVIDIA_1G5GB'}
QUERY = '/allocation_candidates?' + urllib.parse.urlencode(FLAVOR, safe=':,')
GUEST = '/allocations/6e0d4e1c-0000-4000-8000-00000000beef'
OWNER = {'project_id': 'demo', 'user_id': 'demo'}

http = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(os.environ['DEMO_PLACEMENT'].rstrip('/') + path, data, method=method, headers={
        'X-Auth-Token': 'admin', 'Content-Type': 'application/json', 'Accept': 'application/json',
        'OpenStack-API-Version': 'placement 1.29'})
    try:
        answer = http.open(request, timeout=30).read()
    except urllib.error.HTTPError as error:
        sys.exit(f'{method} {path}: {error.code} {error.read().decode()}')
    except urllib.error.URLError as error:
        sys.exit(f'{method} {path}: {error.reason} (does `make demo` still run?)')
    return json.loads(answer) if answer else None


def candidates():
    """What each candidate takes: provider name -> resources. With how much is left of the VGPU there."""
    answer = call('GET', QUERY)
    out = []
    for request in answer['allocation_requests']:
        takes = {}
        for uuid, part in request['allocations'].items():
            vgpu = answer['provider_summaries'][uuid]['resources'].get('VGPU')
            name = call('GET', f'/resource_providers/{uuid}')['name']
            takes[name] = (part['resources'], vgpu)
        out.append((takes, request['allocations']))
    return sorted(out, key=lambda candidate: sorted(candidate[0]))


def show(takes):
    for name, (resources, vgpu) in sorted(takes.items()):
        left = f"   ({vgpu['capacity'] - vgpu['used']} of {vgpu['capacity']} free)" if vgpu else ''
        print(f"    {name}: {', '.join(f'{n} {c}' for c, n in sorted(resources.items()))}{left}")


def main(arguments):
    if arguments == ['candidates']:
        print(f'GET {QUERY}')
        found = candidates()
        print(f'{len(found)} candidate{"" if len(found) == 1 else "s"}' + (':' if found else ': no valid host'))
        for number, (takes, _) in enumerate(found, 1):
            print(f'  {number}.')
            show(takes)
    elif len(arguments) == 2 and arguments[0] == 'allocate':
        there = [c for c in candidates() if any(f':nvidia:{arguments[1]}:' in name for name in c[0])]
        if not there:
            sys.exit(f'Placement has no candidate on {arguments[1]}')
        takes, allocations = there[0]
        call('PUT', GUEST, {'allocations': allocations, 'consumer_generation': None, **OWNER})
        print(f'PUT {GUEST}\nThe guest holds:')
        show({name: (resources, None) for name, (resources, _) in takes.items()})
    elif arguments == ['delete']:
        call('DELETE', GUEST)
        print(f'DELETE {GUEST}\nThe guest holds nothing any more.')
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
