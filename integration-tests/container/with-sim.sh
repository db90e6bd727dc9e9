#!/usr/bin/env bash
# with-sim.sh run … : engine.sh, with what $SIM adds to the example.
shift
read -ra added <<<"$SIM"
exec "$(dirname "${BASH_SOURCE[0]}")/engine.sh" run "${added[@]}" "$@"
