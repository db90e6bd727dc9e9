#!/usr/bin/env bash
# Builds the fuzz targets and runs each, one after the other: `fuzz/run.sh [SECONDS [TARGET…]]`. Ends at the first
# finding; its input is in target/fuzz/findings. What was learnt stays in target/fuzz/corpus.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
seconds="${1:-60}"
shift || true
target="$(realpath -m ../target)"
targets=("$@")
if [ ${#targets[@]} = 0 ]; then
  targets=(case_edits case_text sysfs_tree sysfs_text uevents names nova_conf)
fi

# The agent's own choice of versions, so that what both depend on is compiled once.
cp ../Cargo.lock Cargo.lock
RUSTC_WRAPPER="$PWD/rustc.sh" cargo build --target-dir "$target" "${targets[@]/#/--bin=}"

# Inputs to begin with: one file each.
seeds() { # TARGET
  case "$1" in
  case_text) find ../integration-tests/cases -name nvml.json; find seeds/case_text -type f ;;
  nova_conf) find ../integration-tests/oslo/cases -type f -name '*.conf' ;;
  sysfs_text | uevents | names | case_edits | sysfs_tree) find "seeds/$1" -type f 2>/dev/null || true ;;
  esac
}

mkdir -p "$target/fuzz/findings"
for name in "${targets[@]}"; do
  corpus="$target/fuzz/corpus/$name"
  mkdir -p "$corpus"
  while read -r file; do cp -- "$file" "$corpus/$(sha1sum <"$file" | cut -c1-40)"; done < <(seeds "$name")
  echo "== $name, $seconds s"
  # A host is at most some KiB of JSON; an input that takes longer than 10 s is a finding, as is one of 1 GiB.
  "$target/debug/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=16384 -print_final_stats=1 \
    -artifact_prefix="$target/fuzz/findings/$name-" -verbosity=1 "$corpus" 2>"$target/fuzz/$name.log" ||
    { tail -n 40 "$target/fuzz/$name.log"; exit 1; }
  grep -E '^(Done|stat::number_of_executed_units|stat::average_exec_per_sec|stat::peak_rss_mb)' "$target/fuzz/$name.log"
done
rm -rf /dev/shm/nvidia-placement-agent-fuzz-* "${TMPDIR:-/tmp}"/nvidia-placement-agent-fuzz-*
