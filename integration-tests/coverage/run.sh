#!/usr/bin/env bash
# Which lines of each room the library's tests reach: a line for each room, and what is not reached in
# target/coverage. Extra arguments go to the tests. Only the agent is compiled anew for it; what it depends on is
# taken as built. LLVM's tools, where they are missing, are fetched into target/tools.
set -euo pipefail

# As cargo's wrapper of rustc this same file is called with rustc and its arguments.
if [ -n "${COVERAGE_WRAPS:-}" ]; then
  case " $* " in
  *" --crate-name nvidia_placement_agent "*) exec "$@" -Cinstrument-coverage ;;
  *) exec "$@" ;;
  esac
fi

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=integration-tests/coverage/llvm.sh
. integration-tests/coverage/llvm.sh
find_llvm

out="$PWD/target/coverage"
rm -rf "$out"
mkdir -p "$out/raw"
export COVERAGE_WRAPS=1 RUSTC_WORKSPACE_WRAPPER="$PWD/integration-tests/coverage/run.sh"
binary="$(cargo test --lib --no-run --message-format=json |
  sed -n 's/.*"executable":"\([^"]*nvidia_placement_agent-[^"]*\)".*/\1/p')"
# Processes add to the same few files. A test that fails takes nothing from what the others reached.
export LLVM_PROFILE_FILE="$out/raw/%8m.profraw"
if command -v cargo-nextest >/dev/null; then
  cargo nextest run --lib --no-fail-fast --status-level none --final-status-level fail "$@" || echo 'with failed tests:'
else
  "$binary" --quiet "$@" || echo 'with failed tests:'
fi
"$LLVM_PROFDATA" merge --sparse -o "$out/all.profdata" "$out"/raw/*.profraw
"$LLVM_COV" export --format=lcov --instr-profile="$out/all.profdata" "$binary" >"$out/lines.lcov"
python3 integration-tests/coverage/rooms.py "$out/lines.lcov" "$out/not-reached.txt"
