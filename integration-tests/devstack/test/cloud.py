"""What Placement and Nova know that the plugin could have changed, as lines to compare.

cloud.py token                 a token of the administrator
cloud.py state ROOT [--exact]  the tree below ROOT, and the flavors whose names begin with $FLAVORS_BEGIN_WITH; --exact:
                               with generations, which move with each write
cloud.py root NAME             waits for the root provider of that name, and prints its UUID
cloud.py forget NAME           deletes the host NAME: its service in Nova, and its tree in Placement
"""
import json
import os
import sys
import time
import urllib.request

HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))
PLACEMENT, NOVA = os.environ['NPA_TEST_KEYSTONE_PLACEMENT_URL'], os.environ.get('NPA_TEST_NOVA_URL')


def call(method, url, body=None, **headers):
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(url, data, {'Content-Type': 'application/json', **headers}, method=method)
    return HTTP.open(request, timeout=60)


def token():
    user = {'name': 'admin', 'domain': {'name': 'Default'}, 'password': os.environ['NPA_TEST_PASSWORD']}
    body = {'auth': {'identity': {'methods': ['password'], 'password': {'user': user}},
                     'scope': {'project': {'name': 'admin', 'domain': {'name': 'Default'}}}}}
    return call('POST', os.environ['NPA_TEST_KEYSTONE_URL'] + '/auth/tokens', body).headers['X-Subject-Token']


def placement(secret, method, path):
    return call(method, PLACEMENT + path, **{'X-Auth-Token': secret, 'OpenStack-API-Version': 'placement 1.39'})


def state(secret, root, exact):
    for provider in json.load(placement(secret, 'GET', f'/resource_providers?in_tree={root}'))['resource_providers']:
        of = f"/resource_providers/{provider['uuid']}"
        inventories = json.load(placement(secret, 'GET', of + '/inventories'))['inventories']
        traits = json.load(placement(secret, 'GET', of + '/traits'))['traits']
        yield provider['name'], provider['generation'] if exact else '', inventories, sorted(traits)
    if NOVA:
        headers = {'X-Auth-Token': secret, 'OpenStack-API-Version': 'compute 2.61'}
        for flavor in json.load(call('GET', NOVA + '/flavors/detail?is_public=None', **headers))['flavors']:
            if flavor['name'].startswith(os.environ['FLAVORS_BEGIN_WITH']):
                yield 'flavor', flavor['name'], flavor['id'] if exact else '', flavor['extra_specs']


def forget(secret, name):
    headers = {'X-Auth-Token': secret, 'OpenStack-API-Version': 'compute 2.61'}
    if NOVA:
        for service in json.load(call('GET', NOVA + f'/os-services?host={name}', **headers))['services']:
            call('DELETE', NOVA + f"/os-services/{service['id']}", **headers)
    for root in json.load(placement(secret, 'GET', f'/resource_providers?name={name}'))['resource_providers']:
        tree = json.load(placement(secret, 'GET', f"/resource_providers?in_tree={root['uuid']}"))['resource_providers']
        for provider in sorted(tree, key=lambda provider: provider['uuid'] == root['uuid']):
            placement(secret, 'DELETE', f"/resource_providers/{provider['uuid']}")


verb, *arguments = sys.argv[1:]
if verb == 'token':
    print(token())
elif verb == 'root':
    secret, found = token(), []
    for _ in range(120):
        found = json.load(placement(secret, 'GET', f'/resource_providers?name={arguments[0]}'))['resource_providers']
        if found:
            break
        time.sleep(0.5)
    print(found[0]['uuid'] if found else sys.exit(f'nova-compute has made no provider {arguments[0]}'))
elif verb == 'state':
    for line in sorted(state(token(), arguments[0], '--exact' in arguments), key=str):
        print(*[json.dumps(part, sort_keys=True) for part in line])
else:
    forget(token(), arguments[0])
