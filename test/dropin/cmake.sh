# cmake.sh - CMake configures and builds a project, and ctest runs its tests.
. "$DROPIN/client.sh"

cp -R "$programs" project
run() {
  timeout 300 "$@" >log 2>&1 || fail "$1: $(tail -n 30 log)"
}
run cmake -S project -B build
run cmake --build build --parallel 2
run ctest --test-dir build --parallel 8 --output-on-failure
grep -q '100% tests passed, 0 tests failed out of 42' log ||
  fail "ctest: $(tail log)"
expect_equal "what was built" "$(build/greet)" "hello"
timeout 300 ctest --test-dir build -C Slow -R never --timeout 1 >log 2>&1 || :
grep -q 'Timeout' log || fail "no time-out: $(tail log)"
checks=$((checks + 4))
done_well
