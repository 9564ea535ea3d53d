# websockets.sh - a server on libwebsockets, by its plugin for libuv. (Debian's
# libwebsockets-test-server has no option for that plugin.)
. "$DROPIN/client.sh"

cc -I"$UV_INCLUDE" "$programs/server.c" -o server -L"$UV_LIBRARY" \
  -lwebsockets -luv >log 2>&1 || fail "cc: $(cat log)"
head -c 1000000 /dev/urandom >data.png
echo "a page" >index.html
./server >server.log 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || :; tail -n 20 server.log >&2' EXIT
wait_for grep -q '^[0-9]' server.log
port=$(grep '^[0-9]*$' server.log)
expect_equal "a page" "$(timeout 60 curl -sS "http://127.0.0.1:$port/")" \
  "a page"
timeout 60 curl -sS "http://127.0.0.1:$port/data.png" >got
cmp data.png got || fail "a file came in another way"
expect_ok talk 60 python3 "$programs/talk.py" "$port"
grep -q 'evlib_uv\.so' "/proc/$server/maps" || fail "not by libuv"
kill -TERM "$server"
wait "$server" || fail "it ended with $?"
[ "$(tail -n 1 server.log)" = ok ] || fail "it did not end well"
trap - EXIT
checks=$((checks + 3))
done_well
