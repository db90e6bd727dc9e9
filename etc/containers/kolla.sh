#!/bin/sh
# The agent in a container on a compute host of Kolla Ansible. ENGINE: docker or podman. Arguments are the agent's, in
# place of `run`. docs/usage/containers.md says what each line is for.
set -eu
: "${ENGINE:=docker}" "${IMAGE:=nvidia-placement-agent:latest}"
# Debian and Ubuntu. Rocky and CentOS have it in /usr/lib64.
: "${NVML:=/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1}"
if [ $# = 0 ]; then set -- run; fi
exec "$ENGINE" run --detach --name nvidia_placement_agent --restart unless-stopped \
  --network host --privileged \
  --volume /dev:/dev \
  --volume /sys:/sys:ro \
  --volume /run/nvidia-placement-agent:/run/nvidia-placement-agent \
  --volume "$NVML:/usr/local/nvidia/lib64/libnvidia-ml.so.1:ro" \
  --volume /etc/kolla/nova-compute:/etc/kolla/nova-compute:ro \
  --env NVIDIA_PLACEMENT_AGENT_CONFIG=/usr/share/nvidia-placement-agent/presets/kolla.toml \
  "$IMAGE" "$@"
