# h2o.sh - a server on libh2o, the library of the H2O web server. (Debian's h2o
# itself has a loop of its own, and no libuv.) It is compiled here, so h2o's
# headers take ours.
. "$DROPIN/client.sh"

cc -I"$UV_INCLUDE" "$programs/server.c" -o server -L"$UV_LIBRARY" \
  -lh2o -luv -lssl -lcrypto -lz >log 2>&1 || fail "cc: $(cat log)"
head -c 3000000 /dev/urandom >data
head -c 200000 data >part
./server >server.log 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || :; tail -n 20 server.log >&2' EXIT
wait_for grep -q '^[0-9]' server.log
url=http://127.0.0.1:$(head -n 1 server.log)
get() {
  timeout 60 curl -sS "$@"
}
expect_equal "an answer" "$(get "$url/")" "hello by h2o"
get "$url/files/data" >got
cmp data got || fail "a file came in another way"
get --data-binary @part "$url/" >got
cmp part got || fail "an echo came in another way"
get -o /dev/null -o /dev/null -w '%{num_connects}\n' "$url/" "$url/files/part" \
  >connects
expect_equal "connections of two requests" "$(paste -sd ' ' connects)" "1 0"
expect_equal "HTTP/2" \
  "$(get --http2-prior-knowledge -o /dev/null -w '%{http_version}' "$url/")" 2
timeout 60 wrk -t 1 -c 50 -d 3s "$url/" >load 2>&1 || fail "$(cat load)"
grep -q 'requests in' load || fail "$(cat load)"
! grep -E 'Non-2xx|Socket errors' load >&2 || fail "under load"
kill -TERM "$server"
wait "$server" || fail "it ended with $?"
[ "$(tail -n 1 server.log)" = ok ] || fail "it did not end well"
trap - EXIT
checks=$((checks + 4))
done_well
