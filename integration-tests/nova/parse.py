"""parse.py FILE...: what Nova makes of the sections [devices], [mdev_…] and [pci] of each nova.conf. Prints a line for
each: {"ok": …} with what was understood, or {"error": CLASS, "text": …} when nova-compute would refuse to start."""
import collections
import json
import os
import sys
import types

import nova.monkey_patch  # noqa: F401 must be the first of Nova
import nova.conf
from nova import objects
from nova.pci import request, whitelist
from nova.virt.libvirt import driver

CONF = nova.conf.CONF


def understood(file):
    CONF([], project='nova', default_config_files=[file])
    objects.register_all()
    # The attributes that the real method fills.
    libvirt = types.SimpleNamespace(
        pgpu_type_default=None, pgpu_type_mapping={}, mdev_class_mapping=collections.defaultdict(lambda: 'VGPU'),
        mdev_classes=set(), mdev_type_max_mapping={})
    supported = driver.LibvirtDriver._get_supported_vgpu_types(libvirt)
    devices = whitelist.Whitelist(CONF.pci.device_spec).specs
    aliases = request.get_alias_from_config()
    return {
        'types': supported, 'default': libvirt.pgpu_type_default, 'addresses': libvirt.pgpu_type_mapping,
        'classes': sorted(libvirt.mdev_classes), 'most': libvirt.mdev_type_max_mapping,
        'device_spec': [spec.get_tags() for spec in devices], 'alias': sorted(aliases)}


for path in sys.argv[1:]:
    # Options are registered once in a process, under the names of the first file.
    if child := os.fork():
        os.waitpid(child, 0)
        continue
    try:
        answer = {'ok': understood(path)}
    except Exception as error:
        answer = {'error': type(error).__name__, 'text': str(error)}
    print(json.dumps(answer), flush=True)
    os._exit(0)
