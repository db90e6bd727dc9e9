"""compute.py NOVA_CONF ROOT_UUID ROOT_NAME fake|libvirt: the part of nova-compute that speaks with Placement, one step
at a time. Reads one JSON request a line, answers with one line: {"ok": …} or {"error": CLASS, "text": …}.

Everything that decides is Nova's own: ResourceTracker._update_to_placement, SchedulerReportClient, ProviderTree, the
PCI translator, and of the libvirt driver what it does with mediated devices. Replaced is what is below or beside:

- libvirt is Nova's own fake of it, over node devices that this script describes in XML;
- making a mediated device in the kernel (`_create_mdev`) answers with the parent's name instead;
- there is no database: the service is taken to be enabled, PCI devices are made from what a request says.
"""
import json
import sys
import time
import traceback
import types

import nova.monkey_patch  # noqa: F401 must be the first of Nova
import nova.conf
from nova import context, objects
from nova.compute import resource_tracker
from nova.pci import stats
from nova.scheduler.client import report
from nova.virt import fake as fake_driver

CONF_FILE, ROOT, NAME, DRIVER = sys.argv[1:]
CONF = nova.conf.CONF
CONTEXT = context.get_admin_context()
INVENTORY = {
    resource: {'total': total, 'min_unit': 1, 'max_unit': total, 'step_size': 1, 'reserved': 0, 'allocation_ratio': 1.0}
    for resource, total in (('VCPU', 16), ('MEMORY_MB', 65536), ('DISK_GB', 100))}


class Tracker(resource_tracker.ResourceTracker):
    def _sync_compute_service_disabled_trait(self, context, traits):
        pass


class Devices:
    """The host's node devices, as Nova's fake of libvirt asks for them."""

    def __init__(self):
        self.devices, self.capable = {}, []

    def set(self, parents, mdevs):
        """parents: {name: {type: available}}; mdevs: {UUID: [parent, type]}."""
        self.capable = list(parents)
        self.mdevs = {f'mdev_{uuid.replace("-", "_")}': (parent, kind) for uuid, (parent, kind) in mdevs.items()}
        self.devices = {name: Xml(parent_xml(name, kinds)) for name, kinds in parents.items()}
        self.devices |= {name: Xml(mdev_xml(name, *of)) for name, of in self.mdevs.items()}

    def get_all_mdev_capable_devices(self):
        return self.capable

    def get_all_devices(self):
        return list(self.mdevs)

    def get_device_by_name(self, name):
        return self.devices.get(name)


class Xml:
    def __init__(self, text):
        self.text = text

    def XMLDesc(self, _flags):
        return self.text


def parent_xml(name, kinds):
    """A virtual function with the mediated device types that it may still become, as libvirt 9 shows it."""
    _, domain, bus, slot, function = name.split('_')
    offered = ''.join(
        f"<type id='{kind}'><name>GRID</name><deviceAPI>vfio-pci</deviceAPI>"
        f'<availableInstances>{available}</availableInstances></type>' for kind, available in kinds.items())
    return f"""<device><name>{name}</name>
      <path>/sys/devices/pci0000:40/0000:40:01.1/{domain}:{bus}:{slot}.{function}</path><parent>pci_{domain}_{bus}_00_0</parent>
      <driver><name>nvidia</name></driver>
      <capability type='pci'><domain>0</domain><bus>{int(bus, 16)}</bus><slot>{int(slot, 16)}</slot>
        <function>{function}</function><product id='0x20b0'>A100</product><vendor id='0x10de'>NVIDIA</vendor>
        <capability type='phys_function'><address domain='0x{domain}' bus='0x{bus}' slot='0x00' function='0x0'/></capability>
        <capability type='mdev_types'>{offered}</capability></capability></device>"""


def mdev_xml(name, parent, kind):
    return f"""<device><name>{name}</name><path>/sys/devices/{name}</path><parent>{parent}</parent>
      <driver><name>vfio_mdev</name></driver>
      <capability type='mdev'><type id='{kind}'/><iommuGroup number='12'/></capability></device>"""


def libvirt_driver():
    # The one module, without what its package imports for other tests.
    import nova.tests
    package = types.ModuleType('nova.tests.fixtures')
    package.__path__ = [nova.tests.__path__[0] + '/fixtures']
    sys.modules['nova.tests.fixtures'] = package
    from nova.tests.fixtures import libvirt as fake_libvirt
    from nova.virt.libvirt import driver, host
    fake_libvirt.LibvirtFixture().setUp()
    connection = fake_libvirt.Connection('qemu:///system', pci_info=DEVICES, mdev_info=DEVICES)
    host.Host.get_connection = lambda self: connection
    host.Host._connect_auth_cb = None

    class Driver(driver.LibvirtDriver):
        def update_provider_tree(self, provider_tree, nodename, allocations=None):
            provider_tree.update_inventory(nodename, INVENTORY)
            self._update_provider_tree_for_vgpu(provider_tree, nodename, allocations=allocations)
            self.provider_tree = provider_tree

        def capabilities_as_traits(self):
            return {}

        def _create_mdev(self, dev_name, mdev_type, uuid=None):
            return f'a new {mdev_type} on {dev_name}'

    return Driver(None, False)


class PlainDriver(fake_driver.FakeDriverWithoutFakeNodes):
    def __init__(self):
        pass

    def update_provider_tree(self, provider_tree, nodename, allocations=None):
        provider_tree.update_inventory(nodename, INVENTORY)

    def capabilities_as_traits(self):
        return {}


def update(_):
    """One periodic update of nova-compute. The tree that it saw, by name."""
    tracker._update_to_placement(CONTEXT, NODE, startup=False)
    tree = tracker.provider_tree
    return sorted(tree.data(uuid).name for uuid in tree.get_provider_uuids())


def age(seconds):
    """As if so many seconds had passed since what is cached was read."""
    for uuid in client._association_refresh_time:
        client._association_refresh_time[uuid] -= seconds


def devices(request):
    """The host's node devices from now on: {parents, mdevs}."""
    DEVICES.set(request['parents'], request.get('mdevs', {}))


def inventories(_):
    """What Nova makes of the host's node devices."""
    return {name: inventory['total'] for name, inventory in tracker.driver._get_gpu_inventories().items()}


def spawn(consumer):
    """The mediated devices that a guest with this consumer's allocations gets."""
    return tracker.driver._allocate_mdevs(client.get_allocs_for_consumer(CONTEXT, consumer)['allocations'])


def pci(found):
    """The PCI devices that the host has from now on. Nova tracks those that [pci]device_spec matches."""
    pools = stats.PciDeviceStats(objects.NUMATopology())
    tracked = [objects.PciDevice(status='available', compute_node_id=1, instance_uuid=None, request_id=None,
                                 numa_node=0, extra_info={}, **device)
               for device in found if pools.dev_filter.device_assignable(device)]
    for device in tracked:
        pools.add_device(device)
    tracker.pci_tracker = types.SimpleNamespace(
        dev_filter=pools.dev_filter, stats=pools, pci_devs=objects.PciDeviceList(objects=tracked))


def sync(children):
    """Makes so many children with one VGPU and two traits each, as a virt driver does, and times it in seconds."""
    started = time.perf_counter()
    tree = client.get_provider_tree_and_ensure_root(CONTEXT, ROOT, name=NAME)
    for number in range(children):
        child = f'{NAME}_gpu{number}'
        tree.new_child(child, ROOT)
        tree.update_inventory(child, {'VGPU': INVENTORY['VCPU'] | {'total': 1, 'max_unit': 1}})
        tree.update_traits(child, ['CUSTOM_NPA_FIGURES_A', 'CUSTOM_NPA_FIGURES_B'])
    client.update_from_provider_tree(CONTEXT, tree)
    return time.perf_counter() - started


def cycle(_):
    """One update in which nothing changed, as the resource tracker does it, timed in seconds."""
    started = time.perf_counter()
    tree = client.get_provider_tree_and_ensure_root(CONTEXT, ROOT, name=NAME)
    client.get_allocations_for_provider_tree(CONTEXT, NAME)
    client.update_from_provider_tree(CONTEXT, tree)
    return time.perf_counter() - started


DEVICES = Devices()
DEVICES.set({}, {})
CONF([], project='nova', default_config_files=[CONF_FILE])
objects.register_all()
NODE = objects.ComputeNode(uuid=ROOT, hypervisor_hostname=NAME)
client = report.SchedulerReportClient()
tracker = Tracker(NAME, libvirt_driver() if DRIVER == 'libvirt' else PlainDriver(), reportclient=client)
pci([])
VERBS = {verb.__name__: verb for verb in (update, age, devices, inventories, spawn, pci, sync, cycle)}
for line in sys.stdin:
    (name, argument), = json.loads(line).items()
    try:
        answer = {'ok': VERBS[name](argument)}
    except Exception as error:
        traceback.print_exc()
        answer = {'error': type(error).__name__, 'text': str(error)}
    print(json.dumps(answer), flush=True)
