"""examples.py FILE : the arguments of `docker run` that say what a quadlet or a DaemonSet says, one on each line."""
import sys

import yaml

name = sys.argv[1]
volumes, environment, arguments = [], [], []
if name.endswith('.container'):
    for line in open(name):
        key, _, value = line.strip().partition('=')
        if key == 'Volume':
            volumes.append(value)
        elif key == 'Environment':
            environment.append(value)
else:
    pod = yaml.safe_load(open(name))['spec']['template']['spec']
    container, = pod['containers']
    sources = {volume['name']: volume for volume in pod['volumes']}
    for mount in container['volumeMounts']:
        source = sources.pop(mount['name'])
        # A key of a Secret is a file that the kubelet writes on the host.
        path = source['hostPath']['path'] if 'hostPath' in source else f"/secrets/{source['secret']['secretName']}/{mount['subPath']}"
        volumes.append(f"{path}:{mount['mountPath']}" + (':ro' if mount.get('readOnly') else ''))
    assert not sources, f'volumes that are not mounted: {sources}'
    environment = [f"{variable['name']}={variable['value']}" for variable in container['env']]
for option, values in ('--volume', volumes), ('--env', environment):
    for value in values:
        print(option, value, sep='\n')
