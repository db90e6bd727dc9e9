# shellcheck shell=bash
# Where llvm-cov and llvm-profdata are, of the major version that rustc was built with or a newer one: what
# LLVM_COV and LLVM_PROFDATA name, rustup's component, the system's, or a package that is unpacked into target/tools.
# Sourced by run.sh.

find_llvm() {
  [ -z "${LLVM_COV:-}" ] || [ -z "${LLVM_PROFDATA:-}" ] || return 0
  local major of_rust unpacked="$PWD/target/tools/llvm" newer
  major="$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')"
  of_rust="$(rustc --print target-libdir)/../bin"
  use_llvm "$of_rust" && return
  for newer in "$major" $((major + 1)) $((major + 2)); do
    use_llvm "/usr/lib/llvm-$newer/bin" && return
    use_llvm "$unpacked/usr/lib/llvm-$newer/bin" && return
  done
  if command -v rustup >/dev/null; then
    rustup component add llvm-tools && use_llvm "$of_rust" && return
  fi
  for newer in "$major" $((major + 1)) $((major + 2)); do
    unpack_llvm "$unpacked" "$newer" && use_llvm "$unpacked/usr/lib/llvm-$newer/bin" && return
  done
  echo "coverage needs llvm-cov and llvm-profdata of LLVM $major or newer: rustup component add llvm-tools," \
    "or install llvm-$major, or set LLVM_COV and LLVM_PROFDATA" >&2
  return 1
}

use_llvm() { # FOLDER : true if both tools are there and start
  "$1/llvm-cov" --version >/dev/null 2>&1 && "$1/llvm-profdata" merge --help >/dev/null 2>&1 || return 1
  export LLVM_COV="$1/llvm-cov" LLVM_PROFDATA="$1/llvm-profdata"
}

# Debian's and Ubuntu's packages, without installing them. The tools look for their library in a folder of their own.
unpack_llvm() { # FOLDER MAJOR
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
  rm -rf "$1"
  mkdir -p "$1"
  (
    cd "$1" || exit 1
    apt-get download "llvm-$2" "libllvm$2" >/dev/null 2>&1 || exit 1
    for package in ./*.deb; do dpkg-deb -x "$package" . || exit 1; done
    rm -f ./*.deb
    mkdir -p "usr/lib/llvm-$2/lib"
    ln -sf "$1"/usr/lib/*-linux-gnu/libLLVM.so."$2".* "usr/lib/llvm-$2/lib/"
  )
}
