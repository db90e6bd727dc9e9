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

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  for name in "${@:-cargo-deb}"; do tool "$name"; done
fi
