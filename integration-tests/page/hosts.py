"""The hosts that the page is looked at with. See integration-tests/nvml-sim/README.md for what can be said of one."""
import pathlib

DEMO = pathlib.Path(__file__).resolve().parents[1] / 'demo'

ONE = '''
driver = "580.65.06"
privileged = true
[[gpu]]
address = "0000:41:00.0"
model = "A100-40GB"
mig = "on"
instances = [{ profile = "1g.5gb", start = 0, id = 9 }, "1g.5gb@1", "3g.20gb@4"]
numa_node = 1
sriov = { total = 16, enabled = 4 }
[gpu.vgpu]
mode = "sriov"
active = [{ type = "GRID A100-1-5C", instance = 9, vm = "20e0f924-0000-4000-8000-000000000001" }]
'''

CUT = (DEMO / 'host.toml').read_text()
RECUT = (DEMO / 'host-recut.toml').read_text()


def sixteen():
    host = 'driver = "580.65.06"\nprivileged = true\n'
    for number in range(16):
        address = f'0000:{0x10 + 8 * number:02x}:00.0'
        host += f'''
[[gpu]]
address = "{address}"
model = "A100-40GB"
mig = "on"
instances = [{', '.join(f'{{ profile = "1g.5gb", start = {n}, id = {7 + n} }}' for n in range(7))}]
sriov = {{ total = 16, enabled = 7 }}
[gpu.vgpu]
mode = "sriov"
active = [{', '.join(f'{{ type = "GRID A100-1-5C", instance = {7 + n}, vm = "{number:08x}-0000-4000-8000-{n:012x}" }}' for n in range(number % 8))}]
'''
    return host


ILL = '''
driver = "580.65.06"
privileged = true
[[gpu]] # a fault in one instance
address = "0000:17:00.0"
model = "A100-40GB"
mig = "on"
instances = [{ profile = "3g.20gb", start = 0, id = 2 }, "1g.5gb@4", "1g.5gb@5"]
health = { recovery = "unsupported" } # only the XID tells
xids = []
[[gpu]] # fallen off the bus
address = "0000:41:00.0"
model = "A100-40GB"
mig = "on"
state = "lost-mid-scan"
[[gpu]] # no spare row is left
address = "0000:81:00.0"
model = "A100-40GB"
mig = "on"
instances = ["2x 3g.20gb"]
[gpu.health]
remapped = { correctable = 0, uncorrectable = 9, pending = false, failed = true }
recovery = 1
[[gpu]] # not in MIG mode any more after the next reset
address = "0000:c1:00.0"
model = "H100-80GB"
mig = "on"
mig_pending = "off"
instances = ["1g.10gb"]
[[gpu]] # a profile that nobody knows
address = "0000:e1:00.0"
model = "A100-40GB"
mig = "on"
instances = [{ profile_id = 77, start = 2, size = 2 }]
[[pci]]
address = "0000:f1:00.0"
device = "0x20b0"
driver = "none"
'''

# What a driver could say to get into a page.
HOSTILE = '''
driver = "580\\"><img src=x onerror=alert(1)>"
privileged = true
[[gpu]]
address = "0000:41:00.0"
model = "A100-40GB"
name = "<script>alert(document.domain)</script>\\"'&amp;\\u001b[2J\\u202e"
mig = "on"
instances = ["1g.5gb"]
'''
