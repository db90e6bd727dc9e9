"""Of the document that `tree --format json` prints: the UUIDs of the agent's own providers, children before parents.

Those that guests hold are named on standard error, and left out.
"""
import json
import sys

for provider in reversed(json.load(sys.stdin)['providers']):
    if provider['owner'] != 'agent':
        continue
    guests = [guest['consumer'] for guest in provider['guests']]
    if guests:
        print('kept, guests hold it:', provider['name'], *guests, file=sys.stderr)
    else:
        print(provider['uuid'])
