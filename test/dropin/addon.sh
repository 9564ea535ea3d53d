# addon.sh - an addon of Node.js, compiled from its source with our uv.h:
# datagrams of the Unix domain, by uv_poll_t on Node's own loop. Its own tests
# are run.
. "$DROPIN/client.sh"

mkdir -p node_modules/unix-dgram/build
cp -r "$ADDON/." node_modules
cd node_modules/unix-dgram
flags="-std=c++17 -fPIC -I$UV_INCLUDE -I/usr/include/node -I../nan"
c++ -H -fsyntax-only $flags src/unix_dgram.cc 2>&1 |
  sed -n 's/^\.* \(.*uv\.h\)$/\1/p' >headers
expect_equal "the header" "$(sort -u headers)" "$UV_INCLUDE/uv.h"
c++ -shared $flags -w src/unix_dgram.cc -o build/unix_dgram.node >log 2>&1 ||
  fail "c++: $(cat log)"
for program in test/test-*.js; do
  timeout 60 node "$program" >log 2>&1 || fail "$program: $(cat log)"
  checks=$((checks + 1))
done
[ "$checks" -ge 5 ] || fail "the addon has no tests"
done_well
