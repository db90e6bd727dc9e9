"""The API as uWSGI loads it: pyuwsgi leaves its own options in sys.argv, which Nova would parse as its own."""
import sys

sys.argv = ['nova-api']
from nova.wsgi.osapi_compute import application  # noqa: E402, F401
