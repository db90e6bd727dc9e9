"""catalog.py KEYSTONE_URL PLACEMENT_URL PASSWORD [TYPE=NAME=URL]...: users, roles and endpoints for the tests. Runs any number of times.

admin       project admin,   role admin    made by `keystone-manage bootstrap`
placement   project service, role admin    what Placement itself checks tokens with
npa         project service, role service  what the agent is meant to be given
npa-reader  project service, role reader   may not write: 403
NAME        project service, roles admin and service, for each further service; it has its endpoint too
"""
import sys

import requests

KEYSTONE, PLACEMENT, PASSWORD, *MORE = sys.argv[1:]
USERS = {'placement': ['admin'], 'npa': ['service'], 'npa-reader': ['reader']}
ENDPOINTS = {'identity': ('keystone', KEYSTONE), 'placement': ('placement', PLACEMENT)}
for service_type, name, url in (more.split('=', 2) for more in MORE):
    USERS[name] = ['admin', 'service']
    ENDPOINTS[service_type] = (name, url)

http = requests.Session()
http.trust_env = False  # no proxy on the way to loopback


def call(method, path, **body):
    answer = http.request(method, KEYSTONE + path, json=body or None, timeout=30)
    if not answer.ok:
        sys.exit(f'{method} {path}: {answer.status_code} {answer.text}')
    return answer


def ensure(kind, match, **more):
    """The id of the one thing that matches, made when it is missing."""
    plural = kind + 's'
    found = [thing for thing in call('GET', '/' + plural).json()[plural] if match.items() <= thing.items()]
    return (found or [call('POST', '/' + plural, **{kind: match | more}).json()[kind]])[0]


default = {'id': 'default'}
login = call('POST', '/auth/tokens', auth={
    'identity': {'methods': ['password'], 'password': {'user': {'name': 'admin', 'domain': default, 'password': PASSWORD}}},
    'scope': {'project': {'name': 'admin', 'domain': default}}})
http.headers['X-Auth-Token'] = login.headers['X-Subject-Token']

project = ensure('project', {'name': 'service', 'domain_id': 'default'})['id']
for name, roles in USERS.items():
    user = ensure('user', {'name': name, 'domain_id': 'default'}, password=PASSWORD)['id']
    for role in roles:
        call('PUT', f"/projects/{project}/users/{user}/roles/{ensure('role', {'name': role, 'domain_id': None})['id']}")

for service_type, (name, url) in ENDPOINTS.items():
    service = ensure('service', {'type': service_type}, name=name)['id']
    for interface in ('public', 'internal', 'admin'):
        endpoint = ensure('endpoint', {'service_id': service, 'interface': interface, 'region_id': 'RegionOne'}, url=url)
        if endpoint['url'] != url:
            call('PATCH', f"/endpoints/{endpoint['id']}", endpoint={'url': url})
