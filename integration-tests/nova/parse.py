"""parse.py FILE: what Nova makes of the sections [devices], [mdev_…] and [pci] of a nova.conf. Prints {"ok": …} with
what was understood, or {"error": CLASS, "text": …} when nova-compute would refuse to start with it."""
import collections
import json
import sys
import types

import nova.monkey_patch  # noqa: F401 must be the first of Nova
import nova.conf
from nova import objects
from nova.pci import request, whitelist
from nova.virt.libvirt import driver

CONF = nova.conf.CONF


def understood():
    CONF([], project='nova', default_config_files=[sys.argv[1]])
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


try:
    print(json.dumps({'ok': understood()}))
except Exception as error:
    print(json.dumps({'error': type(error).__name__, 'text': str(error)}))
