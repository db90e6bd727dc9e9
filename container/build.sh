#!/bin/sh
# build.sh SOURCE OUT [PROFILE] : builds the agent, and puts what the image needs into OUT. First stage of Containerfile.
set -eu
source="$1" out="$2" profile="${3:-release}"
cd "$source"
cargo build --locked --profile "$profile"
built="$(cargo metadata --no-deps --offline --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')"
case "$profile" in dev) folder=debug ;; *) folder="$profile" ;; esac
mkdir -p "$out"
cp "$built/$folder/nvidia-placement-agent" "$out/"
cp -R etc/presets "$out/"
cp etc/agent.toml container/install.sh "$out/"
