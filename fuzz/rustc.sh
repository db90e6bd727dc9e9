#!/bin/sh
# As RUSTC_WRAPPER: rustc, with libFuzzer's instrumentation in the agent and in the targets alone. What they
# depend on is compiled as for every other build, so that it is shared with them.
case " $* " in
*" --crate-name nvidia_placement_agent "* | *" --crate-name nvidia_placement_agent_fuzz "* | *"fuzz_targets/"*)
  exec "$@" -Cpasses=sancov-module -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks \
    -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares
  ;;
esac
exec "$@"
