#!/bin/sh
# targets.sh - the library builds, and runs, for other targets than this one.
. "${0%/*}/../support/test.sh"

# Run ./client. Where the kernel takes no programs of its target, as an x86-64
# kernel may do with those of i686, in the emulator $1; without that, say so.
run_client() {
  status=0
  ./client 2>error || status=$?
  if [ "$status" -ne 126 ]; then
    return "$status"
  fi
  command -v "${1:-}" >/dev/null ||
    skip "this kernel does not run it: $(cat error)" >&3
  "$1" ./client
}

# Build the library with the compiler $1, without a warning, and a program that
# is linked to it statically, which needs no loader of that target; run it, in
# the emulator $2 if need be.
expect_builds_and_runs() {
  command -v "$1" >/dev/null || skip "there is no $1"
  "$CMAKE" -S "$GYRE_SOURCE_DIR" -B build -DCMAKE_C_COMPILER="$1" \
    -DCMAKE_BUILD_TYPE=Release -DGYRE_WERROR=ON -DGYRE_BUILD_TESTS=OFF \
    -DGYRE_BUILD_BENCH=OFF >log 2>&1 &&
    "$CMAKE" --build build >>log 2>&1 || fail "cannot build: $(cat log)"
  "$1" -D_FILE_OFFSET_BITS=64 -static -I"$GYRE_SOURCE_DIR/include" \
    "$GYRE_SOURCE_DIR/test/install/loop-client.c" build/src/libgyre.a \
    -lpthread -o client
  exec 3>&1
  output=$(run_client "${2:-}") || exit "$?"
  expect_equal "$output" "3 1 1"
}

test_linux_on_i686() {
  expect_builds_and_runs i686-linux-gnu-gcc qemu-i386-static
}

test_linux_with_musl() {
  expect_builds_and_runs musl-gcc
}

test_main "$@"
