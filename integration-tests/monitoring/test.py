#!/usr/bin/env python3
"""The rules, and the dashboard's queries, against a real Prometheus that scrapes a running agent.

test.py BINARY LIBRARY_DIR : BINARY is the agent, LIBRARY_DIR has libnvidia_ml.so and nvml-sim-sysfs. Needs
prometheus and promtool (Debian: prometheus), and the variables of integration-tests/with-stack.sh. Python's
standard library only. Ends with 'N passed, M failed'.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Has a vGPU on the host, and holds a unit in Placement.
GUEST = str(uuid.uuid4())
RULES = ROOT / 'etc/prometheus/nvidia-placement-agent.rules.yml'
DASHBOARD = ROOT / 'etc/grafana/nvidia-placement-agent.json'
HOST = pathlib.Path(__file__).with_name('host.toml')
PATIENCE = 90  # s, on a machine that does much else as well

http = urllib.request.build_opener(urllib.request.ProxyHandler({}))
results = []


def check(what, problem):
    results.append(not problem)
    print(f'{"FAIL" if problem else "ok  "} {what}' + (f': {problem}' if problem else ''), flush=True)


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


def get(url):
    with http.open(url, timeout=10) as answer:
        return answer.read().decode()


def until(what, attempt):
    end, last = time.monotonic() + PATIENCE, None
    while time.monotonic() < end:
        try:
            found = attempt()
            if found:
                return found
        except OSError as error:
            last = error
        time.sleep(0.5)
    sys.exit(f'not {what} within {PATIENCE} s: {last}')


def promtool(*arguments):
    done = subprocess.run(['promtool', *map(str, arguments)], capture_output=True, text=True)
    return '' if done.returncode == 0 else done.stdout + done.stderr


def rules():
    check('promtool check rules', promtool('check', 'rules', RULES))
    check('promtool test rules', promtool('test', 'rules', ROOT / 'integration-tests/monitoring/rules_test.yml'))
    alerts = re.findall(r'- alert: (\w+)', RULES.read_text())
    tested = (ROOT / 'integration-tests/monitoring/rules_test.yml').read_text()
    book = (ROOT / 'docs/usage/alerts.md').read_text()
    for alert in alerts:
        check(f'{alert} is tested and has a runbook section', ''.join(
            text for good, text in [(f'alertname: {alert}\n' in tested, 'no test '),
                                    (f'## {alert}\n' in book, 'no section')] if not good))
    links = dict(re.findall(r'- alert: (\w+)(?:(?!- alert: ).)*?runbook: (\S+)', RULES.read_text(), re.S))
    lost = [alert for alert in alerts if links.get(alert) != f'docs/usage/alerts.md#{alert.lower()}']
    check('every alert links to its own section', ', '.join(lost))
    documented = set(re.findall(r'^## (NvidiaPlacementAgent\w+)$', book, re.M))
    check('every runbook section is of an alert', ', '.join(documented - set(alerts)))


def agent(folder, binary, libraries):
    """A host with GPU instances, vGPUs and figures, beside a root of its own."""
    (folder / 'host.toml').write_text(HOST.read_text().replace('GUEST', GUEST))
    shutil.copy(libraries / 'libnvidia_ml.so', folder / 'libnvidia-ml.so.1')
    subprocess.run([libraries / 'nvml-sim-sysfs', folder / 'host.toml', folder / 'sys'], check=True)
    placement = os.environ['NPA_TEST_PLACEMENT_URL']
    name = f'monitored-{uuid.uuid4()}.example.org'
    subprocess.run([ROOT / 'integration-tests/stack/compute_node.sh', placement, name],
                   check=True, stdout=subprocess.DEVNULL)
    port = free_port()
    (folder / 'agent.toml').write_text(f'''
[placement]
auth = "noauth"
endpoint = "{placement}"
[root]
name = "{name}"
[hardware]
nvml_library = "{folder}/libnvidia-ml.so.1"
sysfs = "{folder}/sys"
[own]
attachable = "yes"
[run]
interval = "1s"
directory = "{folder}/run"
[settling]
growth = "100ms"
other_kind = "100ms"
[telemetry]
listen = "127.0.0.1:{port}"
interval = "1s"
guests = "1s"
project_ids = true
''')
    log = (folder / 'agent.log').open('w')
    process = subprocess.Popen([binary, '--config', folder / 'agent.toml', 'run'], stdout=log, stderr=log)
    return process, port, name


def guest(root):
    """Somebody who holds a 1g.5gb, as a booting guest does."""
    def call(method, path, body=None):
        request = urllib.request.Request(
            os.environ['NPA_TEST_PLACEMENT_URL'] + path, body and json.dumps(body).encode(), method=method,
            headers={'X-Auth-Token': 'admin', 'Content-Type': 'application/json',
                     'OpenStack-API-Version': 'placement 1.28'})
        return json.loads(http.open(request, timeout=10).read() or 'null')
    provider = call('GET', f'/resource_providers?name={root}:nvidia:0000:41:00.0:20b0:mig-19')
    if not provider['resource_providers']:
        return False
    provider = provider['resource_providers'][0]['uuid']
    call('PUT', f'/allocations/{GUEST}', {
        'allocations': {provider: {'resources': {'VGPU': 1}}}, 'consumer_generation': None,
        'project_id': 'monitored', 'user_id': 'monitored'})
    return True


def prometheus(folder, target):
    port = free_port()
    (folder / 'prometheus.yml').write_text(json.dumps({  # JSON is YAML
        'global': {'scrape_interval': '1s', 'evaluation_interval': '1s'}, 'rule_files': [str(RULES)],
        'scrape_configs': [{'job_name': 'nvidia-placement-agent',
                            'static_configs': [{'targets': [f'127.0.0.1:{target}']}]}]}))
    log = (folder / 'prometheus.log').open('w')
    process = subprocess.Popen(
        ['prometheus', f'--config.file={folder}/prometheus.yml', f'--storage.tsdb.path={folder}/data',
         f'--web.listen-address=127.0.0.1:{port}'], stdout=log, stderr=log)
    return process, f'http://127.0.0.1:{port}'


def query(url, expression):
    answer = json.loads(get(f'{url}/api/v1/query?' + urllib.parse.urlencode({'query': expression})))
    return answer['data']['result']


def by_project(url):
    """What the documentation writes down finds the guest's project, and the guest beside its provider as before."""
    blocks = (ROOT / 'docs/usage/metrics.md').read_text().split('```')[1::2]
    recipe, = [one for one in blocks if 'project_id' in one]
    until('told of the project', lambda: query(url, 'nvidia_placement_agent_consumer_units{project_id="monitored"}'))
    found = query(url, recipe)
    good = [(one['metric'], one['value'][1]) for one in found] == [({'project_id': 'monitored'}, str(700 << 20))]
    check('use by project, as documented', '' if good else str(found))
    held = query(url, f'nvidia_placement_agent_consumer_units{{consumer="{GUEST}"}}'
                      ' * on (job, instance, provider_uuid) group_left (profile) nvidia_placement_agent_provider_info')
    check('a guest beside what its provider stands for', '' if [one['metric'].get('profile') for one in held] == ['1g.5gb'] else str(held))


def dashboard(url):
    board = json.loads(DASHBOARD.read_text())
    variables = {variable['name'] for variable in board['templating']['list']}
    check('the dashboard asks for its data source', '' if 'datasource' in variables else 'no variable')
    identities = [panel['id'] for panel in board['panels']]
    check('every panel has an id of its own', '' if len(set(identities)) == len(identities) else str(identities))
    for panel in board['panels']:
        for target in panel.get('targets', []):
            expression = target['expr'].replace('$instance', '.*').replace('[5m]', '[30s]').replace('[10m]', '[30s]')
            try:
                found = query(url, expression)
                # What stands only when something is wrong may be empty on a good host.
                problem = '' if found or '> 0' in expression else 'nothing found'
            except OSError as error:
                problem = f'{error} {getattr(error, "read", lambda: b"")().decode()}'
            check(f'{panel["title"]}: {target["expr"]}', problem)


def main(binary, libraries):
    rules()
    started, finished = [], False
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        try:
            process, port, root = agent(folder, binary, libraries)
            started.append(process)
            until('ready', lambda: get(f'http://127.0.0.1:{port}/readyz'))
            # Until there is an inventory it is refused, as an error like that of a server that is not up.
            until('published', lambda: guest(root))
            until('sampled', lambda: 'vgpu_framebuffer_used_bytes{' in get(f'http://127.0.0.1:{port}/metrics'))
            process, url = prometheus(folder, port)
            started.append(process)
            # Rates need two scrapes, and the slowest rule one evaluation after them.
            until('scraped', lambda: query(url, 'profile:nvidia_placement_agent_units:free'))
            until('scraped for a while', lambda: query(url, 'count_over_time(up[30s]) >= 8'))
            loaded = json.loads(get(f'{url}/api/v1/rules'))['data']['groups']
            for rule in (rule for group in loaded for rule in group['rules']):
                check(f'Prometheus evaluates {rule["name"]}', rule.get('lastError', ''))
            quiet = query(url, 'ALERTS{alertstate="firing"}')
            check('nothing fires on a host that is well', ', '.join(one['metric']['alertname'] for one in quiet))
            dashboard(url)
            by_project(url)
            finished = True
        finally:
            for process in reversed(started):
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=20)
            if not finished or False in results:
                for log in sorted(folder.glob('*.log')):
                    print(f'--- {log.name}\n{log.read_text()[-2000:]}')
    passed = sum(results)
    print(f'{passed} passed, {len(results) - passed} failed')
    return 0 if passed == len(results) else 1


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()))
