#!/usr/bin/env bash
# run.sh [SCENE...] : the status page in a real Chromium; started by `make test-page`. Needs Chromium, Python, a
# Placement (with-stack.sh) and, the first time, PyPI. Pictures of what was seen are left in target/page.
set -euo pipefail
HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$HERE/../.."
: "${NPA_TEST_PLACEMENT_URL:?start it by with-stack.sh, as make test-page does}"
# The accessibility audit axe-core, as it comes in a package of PyPI: one file of JavaScript. Nothing of the
# package itself is installed or run.
AXE=axe-playwright-python==0.1.8
mkdir -p target/page
if [ ! -s target/page/axe.min.js ]; then
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest target/page "$AXE"
  python3 - target/page <<'PY'
import glob, sys, zipfile
wheel, = glob.glob(f'{sys.argv[1]}/axe_playwright_python-*.whl')
open(f'{sys.argv[1]}/axe.min.js', 'wb').write(zipfile.ZipFile(wheel).read('axe_playwright_python/axe.min.js'))
PY
fi
cargo build --quiet
cargo build --quiet -p nvml-sim
TARGET="$(cargo metadata --no-deps --offline --format-version 1 |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')"
export NPA_PAGE_BIN="$TARGET/debug" NPA_PAGE_AXE="$PWD/target/page/axe.min.js" NPA_PAGE_PICTURES="$PWD/target/page"
export NO_PROXY="127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}"
exec python3 -B "$HERE/main.py" "$@"
