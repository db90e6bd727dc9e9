"""ready.py KEYSTONE_URL PASSWORD HOST...: waits until servers can boot on these hosts: their services are up, their
inventories are in Placement, and the cell knows them. Gives up after two minutes and says what is missing. Prints the
id of an image to boot them from."""
import sys
import time

import openstack

KEYSTONE, PASSWORD, *HOSTS = sys.argv[1:]
cloud = openstack.connect(
    auth_url=KEYSTONE, username='admin', password=PASSWORD, project_name='admin', user_domain_name='Default',
    project_domain_name='Default', region_name='RegionOne', load_yaml_config=False, load_envvars=False)
cloud.session.trust_env = False
wanted, deadline = set(HOSTS), time.monotonic() + 120
while True:
    seen = {
        'its service up': {service.host for service in cloud.compute.services(binary='nova-compute') if service.state == 'up'},
        'an inventory': {provider.name for provider in cloud.placement.resource_providers(resources='VCPU:1')},
        'a place in the cell': {hypervisor.name for hypervisor in cloud.compute.hypervisors(details=False)},
    }
    missing = [f'{host} has not {what}' for what, hosts in seen.items() for host in sorted(wanted - hosts)]
    if not missing:
        break
    if time.monotonic() > deadline:
        sys.exit('; '.join(missing))
    time.sleep(0.25)
image = cloud.image.find_image('empty') or cloud.image.create_image(
    name='empty', data=bytes(1024), disk_format='raw', container_format='bare', wait=True)
print(image.id)
