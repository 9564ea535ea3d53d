#!/bin/sh
# servers.sh - the examples that are servers, with clients that are not ours.
#
# Each server takes a port that is free and prints it. A client that is not
# installed is a reason to skip.
. "${0%/*}/../support/test.sh"

# Start the example $1 with the other arguments at a free port, which is $port.
server_start() {
  need_build
  program=$GYRE_BUILD_DIR/examples/$1
  [ -x "$program" ] || skip "this build has no examples"
  shift
  "$program" 0 "$@" >server.out 2>server.err &
  server=$!
  trap 'kill "$server" 2>/dev/null || :; rm -rf "$scratch"' EXIT
  # It listens when it says so.
  while ! grep -q 'at port [0-9]' server.out; do
    kill -0 "$server" 2>/dev/null || fail "it has ended: $(cat server.err)"
  done
  port=$(sed -n 's/.*at port \([0-9]*\)$/\1/p' server.out)
}

# End the server, which must not have done so by itself.
server_stop() {
  kill "$server" || fail "the server has ended: $(cat server.err)"
  wait "$server" 2>/dev/null || :
}

need() {
  command -v "$1" >/dev/null || skip "there is no $1"
}

nc_knows_N() {
  nc -h 2>&1 | grep -q -- '-N'
}

# For a test that calls talk, in this shell and not in a pipe's.
need_talk() {
  command -v socat >/dev/null || nc_knows_N ||
    skip "there is neither socat nor a nc that knows -N"
}

# Send what comes in to $port, and print what comes back until that ends.
talk() {
  if command -v socat >/dev/null; then
    timeout 30 socat -t 20 - "TCP:127.0.0.1:$port"
  else
    timeout 30 nc -N 127.0.0.1 "$port"
  fi
}

# ---- echo -------------------------------------------------------------------

test_echo_server_gives_everything_back() {
  need_talk
  server_start echo-server
  i=0
  while [ "$i" -lt 20000 ]; do
    i=$((i + 1))
    echo "line $i of many that go there and come back"
  done >sent
  talk <sent >received
  cmp sent received || fail "something else came back"
  server_stop
}

test_echo_server_serves_many_at_a_time() {
  need_talk
  server_start echo-server
  for i in 1 2 3 4 5 6 7 8; do
    (echo "client $i" | talk >"received.$i") &
    clients="${clients:-} $!"
  done
  for pid in $clients; do
    wait "$pid" || fail "a client was not served"
  done
  for i in 1 2 3 4 5 6 7 8; do
    expect_equal "$(cat "received.$i")" "client $i"
  done
  server_stop
}

test_udp_echo_gives_a_datagram_back() {
  need socat
  server_start udp-echo
  expect_equal "$(echo hello | timeout 30 socat -t 5 - "UDP:127.0.0.1:$port")" \
    hello
  server_stop
}

# ---- HTTP -------------------------------------------------------------------

test_http_hello_says_hello_to_curl() {
  need curl
  server_start http-hello
  expect_equal "$(curl -s -m 30 "http://127.0.0.1:$port/")" "hello, world"
  expect_equal "$(curl -s -m 30 -d name=value "http://127.0.0.1:$port/")" \
    "hello, world"
  expect_equal "$(curl -s -m 30 -o /dev/null -w '%{http_code}' -X DELETE \
    "http://127.0.0.1:$port/")" 405
  expect_equal "$(curl -s -m 30 -I "http://127.0.0.1:$port/" | head -n 1 |
    tr -d '\r')" "HTTP/1.1 200 OK"
  server_stop
}

test_http_hello_keeps_a_connection_of_curl() {
  need curl
  server_start http-hello
  url=http://127.0.0.1:$port
  curl -s -m 30 -v "$url/1" "$url/2" "$url/3" >out 2>log
  expect_equal "$(grep -c 'hello, world' out)" 3
  expect_equal "$(grep -ci 're-using existing' log)" 2
  curl -s -m 30 -v -0 "$url/1" "$url/2" >out 2>log
  expect_equal "$(grep -ci 're-using existing' log)" 0
  server_stop
}

# Requests one behind the other, with a body, without waiting for an answer.
test_http_hello_answers_a_pipeline() {
  need_talk
  server_start http-hello
  {
    printf 'GET /1 HTTP/1.1\r\nHost: here\r\n\r\n'
    printf 'POST /2 HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\n'
    printf 'GET / bad'
    printf 'HEAD /3 HTTP/1.1\r\nHost: here\r\n\r\n'
    printf 'GET /4 HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n'
    printf 'GET /5 HTTP/1.1\r\nHost: nobody answers\r\n\r\n'
  } | talk >out
  expect_equal "$(grep -c '^HTTP/1.1 200 OK' out)" 4
  expect_equal "$(grep -c '^hello, world' out)" 3
  expect_equal "$(grep -c '^Connection: close' out)" 1
  server_stop
}

test_http_hello_answers_a_long_pipeline_to_the_last() {
  need_talk
  server_start http-hello
  i=0
  while [ "$i" -lt 3000 ]; do
    i=$((i + 1))
    printf 'GET /%d HTTP/1.1\r\nHost: here\r\n\r\n' "$i"
  done >requests
  printf 'GET /last HTTP/1.1\r\nConnection: close\r\n\r\n' >>requests
  talk <requests >out
  expect_equal "$(grep -c '^hello, world' out)" 3001
  server_stop
}

test_http_hello_refuses_what_it_does_not_understand() {
  need_talk
  server_start http-hello
  for request in 'nonsense\r\n\r\n' 'GET / HTTP/2.0\r\n\r\n' \
    'POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n'; do
    printf "$request" | talk | head -n 1 | tr -d '\r' >status
    expect_equal "$(cat status)" "HTTP/1.1 400 Bad Request"
  done
  printf 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n' | talk |
    head -n 1 | tr -d '\r' >status
  expect_equal "$(cat status)" "HTTP/1.1 501 Not Implemented"
  {
    printf 'GET / HTTP/1.1\r\nLong: '
    head -c 9000 /dev/zero | tr '\0' x
  } | talk | head -n 1 | tr -d '\r' >status
  expect_equal "$(cat status)" \
    "HTTP/1.1 431 Request Header Fields Too Large"
  server_stop
}

test_http_hello_bears_the_load_of_wrk() {
  need wrk
  server_start http-hello
  wrk -t 1 -c 50 -d 1s "http://127.0.0.1:$port/" >out || fail "wrk: $(cat out)"
  grep -q 'requests in' out || fail "$(cat out)"
  ! grep -qE 'Socket errors|Non-2xx' out || fail "$(cat out)"
  server_stop
}

# ---- DNS --------------------------------------------------------------------

ask() {
  dig @127.0.0.1 -p "$port" +tries=3 +time=10 "$@"
}

test_dns_responder_answers_dig() {
  need dig
  server_start dns-responder here.test=127.0.0.1 Here.Test=::1 \
    here.test=192.0.2.7
  expect_equal "$(ask +short here.test A)" "127.0.0.1
192.0.2.7"
  expect_equal "$(ask +short HERE.test. AAAA)" "::1"
  expect_equal "$(ask +short there.test A)" ""
  ask there.test | grep -q 'status: NXDOMAIN' || fail "a name that is none"
  ask here.test MX | grep -q 'status: NOERROR.*' || fail "a type it has not"
  ask here.test -c CH | grep -q 'status: NOTIMP' || fail "a class it has not"
  server_stop
}

test_dns_responder_wants_names_with_addresses() {
  need_build
  program=$GYRE_BUILD_DIR/examples/dns-responder
  [ -x "$program" ] || skip "this build has no examples"
  for bad in '' 'x' 'x=' 'x=1.2.3' '=1.2.3.4' 'a..b=1.2.3.4'; do
    status=0
    "$program" 0 $bad 2>err || status=$?
    expect_equal "$status" 2
  done
}

# ---- chat -------------------------------------------------------------------

test_chat_server_tells_all_others() {
  need socat
  server_start chat-server
  mkfifo one.in two.in
  timeout 60 socat - "TCP:127.0.0.1:$port" <one.in >one.out &
  one=$!
  exec 3>one.in
  while ! grep -q '\[1 joined\]' one.out; do
    kill -0 "$one" || fail "the first is gone"
  done
  timeout 60 socat - "TCP:127.0.0.1:$port" <two.in >two.out &
  two=$!
  exec 4>two.in
  while ! grep -q '\[2 joined\]' one.out; do
    kill -0 "$two" || fail "the second is gone"
  done
  echo "hello, two" >&3
  while ! grep -qx '\[1\] hello, two' two.out; do
    kill -0 "$two" || fail "the second is gone"
  done
  echo "hello, one" >&4
  while ! grep -qx '\[2\] hello, one' one.out; do
    kill -0 "$one" || fail "the first is gone"
  done
  exec 4>&-
  wait "$two" || :
  while ! grep -qx '\[2 left\]' one.out; do
    kill -0 "$one" || fail "the first is gone"
  done
  ! grep -q 'hello, two' one.out || fail "one heard itself"
  exec 3>&-
  wait "$one" || :
  server_stop
}

test_main "$@"
