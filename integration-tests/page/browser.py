"""A real Chromium, driven over its own protocol on two pipes. Python's standard library only."""
import base64
import json
import os
import shutil
import subprocess
import tempfile
import time

FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--hide-scrollbars',
         '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
         '--remote-debugging-pipe']
# Nothing that is waited for takes that long, on a machine that does much else as well.
PATIENCE = 60
# Pixels of a picture. Chromium draws no more than 16384.
TALLEST = 16000


def program():
    for name in ('chromium', 'chromium-browser', 'google-chrome'):
        if path := shutil.which(name):
            return path
    raise SystemExit('there is no Chromium: apt-get install --no-install-recommends chromium')


class Browser:
    """One browser with one page."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='page-')
        to_read, self.write = os.pipe()
        self.read, to_write = os.pipe()

        def hand_over():  # it reads from 3 and writes to 4
            low, high = os.dup(to_read), os.dup(to_write)
            os.dup2(low, 3)
            os.dup2(high, 4)

        self.process = subprocess.Popen(
            [program(), *FLAGS, f'--user-data-dir={self.folder}', 'about:blank'], preexec_fn=hand_over, close_fds=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.number, self.rest, self.complaints, self.loaded = 0, b'', [], False
        target = next(t for t in self.call('Target.getTargets')['targetInfos'] if t['type'] == 'page')
        self.session = self.call('Target.attachToTarget', targetId=target['targetId'], flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network', 'Accessibility'):
            self.call(f'{domain}.enable')

    session = None

    def close(self):
        try:
            self.call('Browser.close')
            self.process.wait(timeout=10)
        except (subprocess.TimeoutExpired, OSError, EOFError):
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, **params):
        self.number += 1
        message = {'id': self.number, 'method': method, 'params': params}
        if self.session:
            message['sessionId'] = self.session
        os.write(self.write, json.dumps(message).encode() + b'\0')
        while True:
            answer = self.next()
            if answer.get('id') == self.number:
                if 'error' in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer['result']

    def next(self):
        while b'\0' not in self.rest:
            part = os.read(self.read, 1 << 20)
            if not part:
                raise EOFError('the browser ended')
            self.rest += part
        message, self.rest = self.rest.split(b'\0', 1)
        message = json.loads(message)
        self.note(message.get('method'), message.get('params', {}))
        return message

    def note(self, method, params):
        """What a page must not do is kept until somebody looks."""
        if method == 'Page.loadEventFired':
            self.loaded = True
        elif method == 'Runtime.exceptionThrown':
            self.complaints.append(params['exceptionDetails'].get('text', '') + str(params['exceptionDetails'].get('exception', {}).get('description', '')))
        elif method == 'Log.entryAdded' and params['entry']['level'] in ('error', 'warning'):
            self.complaints.append(params['entry']['text'])
        elif method == 'Runtime.consoleAPICalled' and params['type'] in ('error', 'warning', 'assert'):
            self.complaints.append(str(params['args']))

    def open(self, url, width=1280, dark=False, scripts=True):
        self.call('Emulation.setScriptExecutionDisabled', value=not scripts)
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=800, deviceScaleFactor=1, mobile=width < 600)
        scheme = {'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}
        self.call('Emulation.setEmulatedMedia', features=[scheme])
        self.complaints, self.loaded = [], False
        self.call('Page.navigate', url=url)
        deadline = time.monotonic() + PATIENCE
        while not self.loaded:
            self.next()
            assert time.monotonic() < deadline, f'{url} does not load'

    def run(self, expression):
        """What a JavaScript expression gives; waits for promises."""
        result = self.call('Runtime.evaluate', expression=expression, returnByValue=True, awaitPromise=True)
        if 'exceptionDetails' in result:
            raise RuntimeError(f"{expression[:80]}: {result['exceptionDetails']}")
        return result['result'].get('value')

    def press(self, key):
        for kind in ('rawKeyDown', 'keyUp'):
            self.call('Input.dispatchKeyEvent', type=kind, key=key, code=key, windowsVirtualKeyCode={'Tab': 9, 'Enter': 13}[key])

    def accessible(self):
        """What a screen reader is told: (role, name), in order."""
        nodes = self.call('Accessibility.getFullAXTree')['nodes']
        return [(node['role']['value'], node.get('name', {}).get('value', ''))
                for node in nodes if not node['ignored'] and 'role' in node]

    def picture(self, path):
        size = self.call('Page.getLayoutMetrics')['cssContentSize']
        shot = self.call('Page.captureScreenshot', captureBeyondViewport=True,
                         clip={'x': 0, 'y': 0, 'width': size['width'], 'height': min(size['height'], TALLEST), 'scale': 1})
        with open(path, 'wb') as out:
            out.write(base64.b64decode(shot['data']))
