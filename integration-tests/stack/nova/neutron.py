"""neutron.py PORT: as much of Neutron as Nova needs to boot, show and delete servers with `networks: none`."""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Neutron(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path.split('?')[0].strip('/').split('/')
        if path in ([''], ['v2.0']):
            self.answer(200, {'versions': [{'id': 'v2.0', 'status': 'CURRENT', 'links': []}], 'resources': []})
        elif len(path) == 2:  # a collection: ports, networks, extensions, …
            self.answer(200, {path[1].removesuffix('.json').replace('-', '_'): []})
        else:
            self.answer(404, error('NotFound'))

    def do_POST(self):
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        self.answer(409, error('Conflict'))

    do_PUT = do_POST

    def do_DELETE(self):
        self.answer(404, error('NotFound'))

    def log_message(self, *_):
        pass


def error(kind):
    return {'NeutronError': {'type': kind, 'message': 'there are no networks here', 'detail': ''}}


ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Neutron).serve_forever()
