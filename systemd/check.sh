#!/usr/bin/env bash
# Holds the units to what docs/usage/install.md states of them: systemd takes them as they are, and their exposure by
# `systemd-analyze security` is at most what is said here, in tenths of a point.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

exposed() { # UNIT MOST WHAT
  local level
  level="$(systemd-analyze security --offline=true --no-pager --threshold="$2" "$1" 2>/dev/null | tail -n 1)" || {
    echo "$3: ${level:-systemd-analyze failed}, at most $2 tenths are allowed" >&2
    return 1
  }
  echo "$3:${level##*:}"
}

units=(nvidia-placement-agent.service nvidia-placement-agent-ready.service)
# Elsewhere, or the drop-in beside it would count.
cp "${units[@]}" "$folder"
# As it is with the drop-in: later lines count.
cat nvidia-placement-agent.service nvidia-placement-agent.service.d/unprivileged.conf >"$folder/unprivileged.service"
exposed "$folder/nvidia-placement-agent.service" 21 'nvidia-placement-agent.service'
exposed "$folder/unprivileged.service" 16 '  with unprivileged.conf'
exposed "$folder/nvidia-placement-agent-ready.service" 10 'nvidia-placement-agent-ready.service'

# Unknown keys, bad values and things that are not there are complaints. The binary, its manual and the user are not
# there before an installation; two keys are newer than some systemds.
sed -i -e 's|^ExecStart=/usr/bin/nvidia-placement-agent|ExecStart=/bin/true|' -e '/^Documentation=/d' "$folder"/nvidia-*.service
complaints="$(systemd-analyze verify --man=no "${units[@]/#/$folder/}" 2>&1 |
  grep -F nvidia-placement-agent | grep -Ev "Unknown key( name)? '(RestartSteps|RestartMaxDelaySec)'" || true)"
[ -z "$complaints" ] || { printf '%s\n' "$complaints" >&2; exit 1; }
