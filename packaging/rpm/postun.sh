# shellcheck shell=sh
# $1: 0 when it was removed, 1 when a newer one has taken its place.
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload >/dev/null 2>&1 || :
  if [ "$1" -ge 1 ]; then systemctl try-restart nvidia-placement-agent.service >/dev/null 2>&1 || :; fi
fi
if [ "$1" -eq 0 ]; then rm -rf /run/nvidia-placement-agent; fi
