#!/bin/sh
# install.sh OUT : makes a Debian without anything into the agent's image. OUT is what build.sh left. Last stage of
# Containerfile.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update
# The certificates by which Keystone and Placement are trusted.
apt-get install -y --no-install-recommends ca-certificates
rm -rf /var/lib/apt/lists/*
install -D -m 0755 "$1/nvidia-placement-agent" /usr/bin/nvidia-placement-agent
install -D -m 0644 "$1/agent.toml" /usr/share/nvidia-placement-agent/agent.toml
install -D -m 0644 -t /usr/share/nvidia-placement-agent/presets "$1"/presets/*.toml
# What volumes are mounted on, also where the root file system is read-only.
mkdir -p /etc/nvidia-placement-agent /run/nvidia-placement-agent /usr/local/nvidia/lib64
nvidia-placement-agent --version
