#!/usr/bin/env bash
# with-stack.sh COMMAND... : runs COMMAND with a real Placement and Keystone beside it (or what NPA_STACK_FLAVOURS
# names) and the variables of target/stack/env, and exits with its status. Stops what was not up before, and says nothing then, so that
# the command's own last lines stay the last. Several may run at once: the last one out stops the stack.
# The functions are called by traps, which older versions of shellcheck do not see.
# shellcheck disable=SC2317
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: $0 COMMAND..." >&2; exit 2; }
STACK="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/stack"
DIR="${NPA_STACK_DIR:-$STACK/../../target/stack}"
mkdir -p "$DIR"

command=''
# shellcheck disable=SC2329 # by trap
finish() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  [ -z "$command" ] || wait "$command" || true
  # Our share of the lock is given up by taking all of it: that works for the last one only.
  if flock -n -x 7; then "$STACK/down.sh" "$DIR" --transient 7>&- || true; fi
  exit "$status"
}
# shellcheck disable=SC2329 # by trap
stopped_by() { # SIGNAL NUMBER : hands it on; a Ctrl-C has reached the command already
  [ -z "$command" ] || [ "$1" = INT ] || kill -s "$1" "$command" 2>/dev/null || true
  exit $((128 + $2))
}

exec 7>"$DIR/users"
flock -s 7
trap finish EXIT
trap 'stopped_by HUP 1' HUP
trap 'stopped_by INT 2' INT
trap 'stopped_by TERM 15' TERM
for flavour in ${NPA_STACK_FLAVOURS:-placement keystone}; do
  NPA_STACK_TRANSIENT=1 "$STACK/up.sh" "$DIR" "$flavour" 7>&-
done
set -a
# shellcheck source=/dev/null
. "$DIR/env"
set +a

# In the background, so that a signal is handled at once; a shell would start it deaf to Ctrl-C and without stdin.
env --default-signal=INT,QUIT "$@" 7>&- <&0 &
command=$!
status=0
wait "$command" || status=$?
command=''
exit "$status"
