# shellcheck shell=bash
# What makes the packages. To be sourced in the repository's root; run, it installs all that is missing:
# `bash packaging/tools.sh`.
TOOLS="$PWD/target/tools"
PATH="$PATH:$TOOLS/bin"

tool() { # NAME : installed once, into target/tools
  command -v "$1" >/dev/null || {
    case "$1" in
      cargo-deb) set -- "$1" 3.8.0 ;;
      cargo-generate-rpm) set -- "$1" 0.21.0 ;;
      cargo-deny) set -- "$1" 0.20.2 ;;
    esac
    echo "tools: cargo install $1 $2, into target/tools"
    cargo install --quiet --locked --root "$TOOLS" --target-dir "$TOOLS/build" "$1" --version "~$2"
    rm -rf "$TOOLS/build"
  }
}

# Sets what packages and Rust call the architecture: `deb`, `machine`, and `target`, which is empty for this machine's own.
# Another one needs its Rust library, and Debian's cross compiler, which crates that compile C find by themselves; whoever
# has others names them in these variables.
architecture() { # amd64|arm64 : this machine's own where none is named
  local cc linker
  case "${1:-$(uname -m)}" in
    amd64 | x86_64) deb=amd64 machine=x86_64 ;;
    arm64 | aarch64) deb=arm64 machine=aarch64 ;;
    *) echo "packages: no packages for ${1:-$(uname -m)}: it is amd64 or arm64" >&2; return 1 ;;
  esac
  target=''
  [ "$machine" != "$(uname -m)" ] || return 0
  target="$machine-unknown-linux-gnu" cc="CC_${machine}_unknown_linux_gnu" linker="CARGO_TARGET_${machine^^}_UNKNOWN_LINUX_GNU_LINKER"
  export "$linker=${!linker:-${!cc:-$machine-linux-gnu-gcc}}"
  command -v "${!linker}" >/dev/null ||
    { echo "packages: ${!linker} is missing: apt-get install gcc-${machine//_/-}-linux-gnu libc6-dev-$deb-cross, or set $cc" >&2; return 1; }
  [ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ] ||
    { echo "packages: Rust's library for $deb is missing: rustup target add $target" >&2; return 1; }
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  [ $# -gt 0 ] || set -- cargo-deb cargo-generate-rpm cargo-deny
  for name in "$@"; do tool "$name"; done
fi
