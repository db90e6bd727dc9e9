"""read.py : what the real oslo.config makes of files. Reads a JSON list of lists of files from standard input,
each list as in `--config-file A --config-file B`, and writes one JSON answer for each:

{"error": KIND, "line": N}   it does not accept a file (line: null where it names none)
{"values": [...]}            every option that the files set: section, key, and its value as `str`, `all` (an
                             option that may be repeated) and `list`, or the name of the error instead

With the argument `find` it reads a JSON list of home directories instead, and writes the files that nova-compute
would find by itself below each.
"""
import json
import os
import re
import sys

from oslo_config import cfg

KINDS = {'str': cfg.StrOpt, 'all': cfg.MultiStrOpt, 'list': cfg.ListOpt}


def parse(files):
    conf = cfg.ConfigOpts()
    conf([arg for file in files for arg in ('--config-file', file)], project='nova', prog='nova-compute',
         default_config_files=[], default_config_dirs=[])
    return conf


def text(conf, section, key):
    """A value, or what oslo.config has against it."""
    try:
        return {'value': conf._get(key, None if section == 'DEFAULT' else conf._get_group(section))}
    except (cfg.Error, ValueError, RecursionError) as error:
        return {'error': type(error).__name__}


def read(files):
    try:
        names = sorted({(section, key) for sections in parse(files)._namespace._normalized
                        for section, keys in sections.items() for key in keys})
    except cfg.ConfigFileParseError as error:
        line = re.search(r'at .*?:(\d+), ', str(error))
        return {'error': type(error).__name__, 'line': line and int(line[1])}
    except (cfg.Error, UnicodeDecodeError) as error:
        return {'error': type(error).__name__, 'line': None}
    # An option of DEFAULT with the name of a group cannot be asked for.
    groups = {section for section, _ in names}
    names = [name for name in names if name[0] != 'DEFAULT' or name[1] not in groups]
    # References are always strings here; the option that is asked for is of the kind that is wanted.
    values = {name: {'section': name[0], 'key': name[1]} for name in names}
    for kind, option in KINDS.items():
        for wanted in names if kind != 'str' else [None]:
            conf = parse(files)
            for number, (section, key) in enumerate(names):
                make = option if (section, key) == wanted else cfg.StrOpt
                conf.register_opt(make(f'option{number}', dest=key), group=None if section == 'DEFAULT' else section)
            for name in [wanted] if wanted else names:
                values[name][kind] = text(conf, *name)
    return {'values': list(values.values())}


def find(home):
    os.environ['HOME'] = home
    return [cfg.find_config_files('nova', 'nova-compute'), cfg.find_config_dirs('nova', 'nova-compute')]


asked = json.load(sys.stdin)
json.dump([find(home) for home in asked] if sys.argv[1:] == ['find'] else [read(files) for files in asked], sys.stdout)
