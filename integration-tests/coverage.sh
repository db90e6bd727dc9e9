#!/usr/bin/env bash
# Which lines of the rooms behind discovery the library's tests reach: a table for each room, and what is not
# reached in target/coverage/*.txt. Only the agent itself is compiled for it; what it depends on is taken as built.
#
# Needs llvm-profdata and llvm-cov of rustc's own major version or a newer one (`rustc -vV`): from
# `rustup component add llvm-tools`, or from a package (llvm-22), with LLVM_BIN as the folder that they are in.
set -euo pipefail

# As cargo's RUSTC_WORKSPACE_WRAPPER this same file is called with rustc and its arguments.
if [ -n "${COVERAGE_WRAPS:-}" ]; then
  case " $* " in
  *" --crate-name nvidia_placement_agent "*) exec "$@" -Cinstrument-coverage ;;
  *) exec "$@" ;;
  esac
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin="${LLVM_BIN:-$(rustc --print target-libdir)/../bin}"
for tool in llvm-profdata llvm-cov; do
  [ -x "$bin/$tool" ] || {
    echo "coverage needs $tool: rustup component add llvm-tools, or LLVM_BIN=/usr/lib/llvm-22/bin" >&2
    exit 1
  }
done

out=target/coverage
rm -rf "$out"
mkdir -p "$out/raw"
export COVERAGE_WRAPS=1 RUSTC_WORKSPACE_WRAPPER="$PWD/integration-tests/coverage.sh"
binary="$(cargo test --lib --no-run --message-format=json "$@" |
  sed -n 's/.*"executable":"\([^"]*nvidia_placement_agent-[^"]*\)".*/\1/p')"
LLVM_PROFILE_FILE="$PWD/$out/raw/%p-%m.profraw" "$binary" --quiet
"$bin/llvm-profdata" merge --sparse --failure-mode=all -o "$out/all.profdata" "$out"/raw/*.profraw
for room in hardware geometry model; do
  mapfile -t sources < <(find "$PWD/src/$room" -name '*.rs' ! -path '*/tests/*' ! -name 'tests.rs' | sort)
  "$bin/llvm-cov" report "$binary" --instr-profile="$out/all.profdata" --show-functions=false \
    --show-region-summary=false --show-branch-summary=false "${sources[@]}" >"$out/$room.table"
  "$bin/llvm-cov" show "$binary" --instr-profile="$out/all.profdata" "${sources[@]}" >"$out/$room.txt"
  echo "== src/$room"
  cat "$out/$room.table"
done
