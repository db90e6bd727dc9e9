# shellcheck shell=bash disable=SC2034
# Stand-ins for what the plugin uses of DevStack, with the arguments that DevStack documents for them. For where
# there is no DevStack: that they behave as the originals do is what a run with DEVSTACK_DIR shows.

declare -A GITDIR

define_plugin() { :; }                                          # NAME
echo_summary() { echo "== $*"; }                                # TEXT
die() { shift; echo "error: $*" >&2; exit 1; }                  # LINE TEXT
enable_service() { ENABLED_SERVICES+=",$1"; }                   # NAME
is_service_enabled() { [[ ",$ENABLED_SERVICES," == *,"$1",* ]]; } # NAME
install_package() { die 0 "the test needs no package, and was asked to install $*"; }
uninstall_package() { die 0 "the test has no package, and was asked to remove $*"; }
is_package_installed() { return 1; }

trueorfalse() { # DEFAULT VARIABLE
  case "${!2:-}" in
    1 | [Yy]es | YES | [Tt]rue | TRUE) echo True ;;
    0 | [Nn]o | NO | [Ff]alse | FALSE) echo False ;;
    *) echo "$1" ;;
  esac
}

# One program for the INI file: ini get|has|set|delete FILE SECTION OPTION [VALUE]
ini() {
  python3 - "$@" <<'PY'
import pathlib, re, sys
verb, name, section, option, *value = sys.argv[1:]
file = pathlib.Path(name)
lines = file.read_text().split('\n') if file.exists() else ['']
header = f'[{section}]'
if header not in lines and verb == 'set':
    lines += [header, '']
start = lines.index(header) + 1 if header in lines else len(lines)
end = next((i for i in range(start, len(lines)) if lines[i].startswith('[')), len(lines))
found = [i for i in range(start, end) if re.match(re.escape(option) + r'[ \t]*=', lines[i])]
if verb == 'has':
    sys.exit(not found)
if verb == 'get':
    print(*[lines[i].split('=', 1)[1].strip() for i in found])
    sys.exit()
for i in reversed(found):
    del lines[i]
if verb == 'set':
    lines.insert(start, f'{option} = {value[0]}')
file.write_text('\n'.join(lines))
PY
}
iniget() { ini get "$@"; }                                      # FILE SECTION OPTION
ini_has_option() { ini has "$@"; }                              # FILE SECTION OPTION
inidelete() { ini delete "$@"; }                                # FILE SECTION OPTION
iniset() { [ "$1" != -sudo ] || shift; ini set "$@"; }          # [-sudo] FILE SECTION OPTION VALUE

run_process() { # SERVICE COMMAND [GROUP] [USER] [ENVIRONMENT]
  is_service_enabled "$1" || return 0
  local unit="devstack@$1.service"
  iniset "$SYSTEMD_DIR/$unit" Service ExecStart "$2"
  iniset "$SYSTEMD_DIR/$unit" Service User "${4:-$STACK_USER}"
  $SYSTEMCTL enable "$unit"
  $SYSTEMCTL start "$unit"
}
stop_process() { # SERVICE
  local unit="devstack@$1.service"
  if $SYSTEMCTL is-enabled "$unit"; then
    $SYSTEMCTL stop "$unit"
    $SYSTEMCTL disable "$unit"
  fi
}
run_phase() { # MODE [PHASE]
  # shellcheck source=/dev/null
  . "${GITDIR[nvidia-placement-agent]}/devstack/plugin.sh" "$@"
}
load_plugin_settings() {
  # shellcheck source=/dev/null
  . "${GITDIR[nvidia-placement-agent]}/devstack/settings"
}
