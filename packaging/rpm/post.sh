# shellcheck shell=sh
# $1: 1 at the first installation, more at an upgrade.
unit=nvidia-placement-agent.service
if command -v systemd-sysusers >/dev/null; then
  systemd-sysusers nvidia-placement-agent.conf || :
fi
if [ "$1" -eq 1 ]; then
  # Credentials may be in it.
  chgrp nvidia-placement-agent /etc/nvidia-placement-agent/agent.toml 2>/dev/null || :
  # Enabled where the distribution's presets say so; started by whoever wants it.
  if command -v systemctl >/dev/null; then systemctl --no-reload preset "$unit" >/dev/null 2>&1 || :; fi
fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload >/dev/null 2>&1 || :
fi
