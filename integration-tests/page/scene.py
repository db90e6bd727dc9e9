"""A running agent with simulated GPUs, against a real Placement."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import uuid

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(os.environ['NPA_PAGE_BIN'])
PLACEMENT = os.environ['NPA_TEST_PLACEMENT_URL']
PATIENCE = 60
http = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(url):
    return http.open(url, timeout=PATIENCE).read().decode()


def placement(method, path, body=None):
    request = urllib.request.Request(PLACEMENT.rstrip('/') + path, json.dumps(body).encode() if body else None, method=method, headers={
        'X-Auth-Token': 'admin', 'Content-Type': 'application/json', 'OpenStack-API-Version': 'placement 1.29'})
    answer = http.open(request, timeout=PATIENCE).read()
    return json.loads(answer) if answer else None


class Scene:
    """`run` with that host; its page is at `url`."""

    all = set()

    def __init__(self, host, endpoint=PLACEMENT):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='scene-'))
        self.name = f'page-{uuid.uuid4().hex[:12]}.example.org'
        self.root = subprocess.run([HERE.parent / 'stack/compute_node.sh', PLACEMENT, self.name], check=True,
                                   capture_output=True, text=True).stdout.strip()
        shutil.copy(BIN / 'libnvidia_ml.so', self.folder / 'libnvidia-ml.so.1')
        self.cut(host)
        self.log = self.folder / 'log'
        (self.folder / 'agent.toml').write_text(f'''
            placement.auth = "noauth"
            placement.endpoint = "{endpoint}"
            root.uuid = "{self.root}"
            hardware.nvml_library = "{self.folder}/libnvidia-ml.so.1"
            hardware.sysfs = "{self.folder}/sys"
            hardware.scan_deadline = "5s"
            own.attachable = "yes"
            run.interval = "1s"
            run.directory = "{self.folder}/run"
            telemetry.listen = "127.0.0.1:0"
            telemetry.guests = "1s"
            telemetry.project_ids = true
            settling.growth = "1s"
            settling.other_kind = "1s"
        ''')
        environment = {'PATH': os.environ['PATH'], 'NO_PROXY': '127.0.0.1'}
        self.command = [BIN / 'nvidia-placement-agent', '--config', self.folder / 'agent.toml']
        self.environment = environment
        self.process = subprocess.Popen([*self.command, 'run'], env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=self.log.open('w'))
        Scene.all.add(self)
        line = self.wait(lambda: [line for line in self.log.read_text().splitlines() if 'listening on' in line])[0]
        self.url = line[line.index('http://'):].split()[0]

    def cut(self, host):
        new = self.folder / 'host.new'
        new.write_text(host)
        tree = self.folder / f'sys-{uuid.uuid4().hex}'
        subprocess.run([BIN / 'nvml-sim-sysfs', new, tree], check=True)
        link = self.folder / 'sys.new'
        link.symlink_to(tree.name)
        link.rename(self.folder / 'sys')
        new.rename(self.folder / 'host.toml')

    def wait(self, what):
        deadline = time.monotonic() + PATIENCE
        while not (found := what()):
            assert self.process.poll() is None, f'the agent ended:\n{self.log.read_text()}'
            assert time.monotonic() < deadline, f'waited in vain:\n{self.log.read_text()}'
            time.sleep(0.1)
        return found

    def status(self):
        return json.loads(get(self.url + 'api/v1/status'))

    def settled(self):
        """Until a cycle had nothing to write, and the hardware has settled."""
        self.wait(lambda: (s := self.status())['converged'] and s['written'] == 0 and len(s['history']) > 4)
        return self

    def cycles(self, more):
        goal = self.status()['cycles'] + more
        self.wait(lambda: self.status()['cycles'] >= goal)
        return self

    def verb(self, *words):
        return subprocess.run([*self.command, *words], env=self.environment, capture_output=True, text=True, check=True).stdout

    def allocate(self, part, count=1):
        """Guests that take one VGPU each of the provider with that in its name; who they are."""
        tree = placement('GET', f'/resource_providers?in_tree={self.root}')['resource_providers']
        there = next(one for one in tree if part in one['name'])
        guests = [str(uuid.uuid4()) for _ in range(count)]
        for guest in guests:
            placement('PUT', f'/allocations/{guest}', {
                'allocations': {there['uuid']: {'resources': {'VGPU': 1}}}, 'consumer_generation': None,
                'project_id': 'page', 'user_id': 'page'})
        return guests

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=PATIENCE)

    def close(self):
        self.stop()
        Scene.all.discard(self)
        shutil.rmtree(self.folder, ignore_errors=True)


class Way:
    """A way to Placement that can be closed."""

    def __init__(self):
        place = urllib.parse.urlparse(PLACEMENT)
        self.there = (place.hostname, place.port)
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.url = f'http://127.0.0.1:{self.listener.getsockname()[1]}{place.path}'
        self.open = True
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if not self.open:
                client.close()
                continue
            server = socket.create_connection(self.there)
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    def pump(self, source, sink):
        try:
            while self.open and (part := source.recv(1 << 16)):
                sink.sendall(part)
        except OSError:
            pass
        for end in (source, sink):
            end.close()

    def close(self):
        self.open = False
