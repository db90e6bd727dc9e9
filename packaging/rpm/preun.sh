# shellcheck shell=sh
# $1: 0 when it is removed, 1 when a newer one takes its place.
if [ "$1" -eq 0 ]; then
  if [ -d /run/systemd/system ]; then
    systemctl --no-reload disable --now nvidia-placement-agent.service nvidia-placement-agent-ready.service >/dev/null 2>&1 || :
  fi
  echo 'nvidia-placement-agent: its providers stay in Placement, and nobody keeps them true any more:'
  echo '  /usr/share/doc/nvidia-placement-agent/install.md, "Removal"'
fi
