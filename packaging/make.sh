#!/usr/bin/env bash
# make.sh [amd64|arm64] : the .deb and the .rpm for this machine's architecture or for another one, into target/packages.
# What they are is in Cargo.toml.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=packaging/tools.sh
. packaging/tools.sh
deb='' machine='' target=''
architecture "${1:-}"

say() { printf 'packages: %s\n' "$*"; }
rm -rf target/packaging
mkdir -p target/packaging target/packages
say 'manual pages and completions'
cargo run --quiet --example manuals target/packaging
gzip -9n target/packaging/man/*.1
version="$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)"
# Equal sources make equal packages.
SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}"
export SOURCE_DATE_EPOCH
cat >target/packaging/changelog <<CHANGELOG
nvidia-placement-agent ($version-1) unstable; urgency=medium

  * What is new: CHANGELOG.md in this folder.

 -- $(sed -n 's/^maintainer = "\(.*\)"/\1/p' Cargo.toml)  $(date -R -u -d "@$SOURCE_DATE_EPOCH")
CHANGELOG

say "cargo build --release${target:+ --target $target}"
cargo build --release ${target:+--target "$target"}
tool cargo-deb
tool cargo-generate-rpm
rm -f target/packages/*_"$deb".deb target/packages/*."$machine".rpm
cargo deb --quiet --no-build --no-strip --no-dbgsym ${target:+--target "$target"} --output target/packages/
if [ -n "$target" ]; then
  # Of another architecture's C library dpkg-shlibdeps knows which version is installed, not which one each symbol needs.
  needed="$(readelf -V "target/$target/release/nvidia-placement-agent" | grep -o 'GLIBC_2[0-9.]*' | sort -V | tail -n 1)"
  dpkg-deb -R target/packages/*_"$deb".deb target/packaging/deb
  sed -i "s/libc6\(:$deb\|-$deb-cross\)\? ([^)]*)/libc6 (>= ${needed#GLIBC_})/" target/packaging/deb/DEBIAN/control
  grep -qF "libc6 (>= ${needed#GLIBC_})" target/packaging/deb/DEBIAN/control ||
    { echo "packages: no libc6 to correct in $(grep ^Depends: target/packaging/deb/DEBIAN/control)" >&2; exit 1; }
  dpkg-deb --root-owner-group -b target/packaging/deb target/packages/ >/dev/null
fi
cargo generate-rpm ${target:+--target "$target"} --output target/packages/
ls -l target/packages/*_"$deb".deb target/packages/*."$machine".rpm
