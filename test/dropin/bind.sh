# bind.sh - BIND 9: named serves a zone, dig asks for it, over UDP and TCP.
. "$DROPIN/client.sh"

port=$(free_port)
cat >named.conf <<END
options {
  directory "$PWD";
  listen-on port $port { 127.0.0.1; };
  listen-on-v6 { none; };
  pid-file none;
  session-keyfile none;
  recursion no;
  dnssec-validation no;
};
controls { };
zone "example.test" { type primary; file "zone"; allow-transfer { any; }; };
END
{
  printf '%s\n' '$TTL 60' '@ SOA ns root 1 60 60 60 60' '@ NS ns' \
    'ns A 127.0.0.1' 'alias CNAME host7'
  i=0
  while [ "$i" -lt 2000 ]; do
    printf 'host%d A 10.0.%d.%d\n' "$i" $((i / 250)) $((i % 250))
    i=$((i + 1))
  done
} >zone
named -g -n 2 -c named.conf >named.log 2>&1 &
named=$!
trap 'kill "$named" 2>/dev/null || :; tail -n 20 named.log >&2' EXIT
ask() {
  timeout 30 dig @127.0.0.1 -p "$port" +time=5 +tries=3 "$@"
}
wait_for ask +short example.test SOA

for how in +notcp +tcp; do
  expect_equal "an address ($how)" \
    "$(ask "$how" +short host42.example.test)" 10.0.0.42
  expect_equal "an alias ($how)" \
    "$(ask "$how" +short alias.example.test | tail -n 1)" 10.0.0.7
  ask "$how" none.example.test | grep -q NXDOMAIN || fail "no NXDOMAIN ($how)"
done
expect_equal "the whole zone" \
  "$(ask example.test AXFR | grep -c '[[:space:]]A[[:space:]]')" 2001
i=0
while [ "$i" -lt 500 ]; do
  echo "host$i.example.test A"
  i=$((i + 1))
done >questions
expect_equal "500 answers by one dig" \
  "$(ask +short +tcp +keepopen -f questions | sort -u | wc -l)" 500
expect_equal "500 answers by datagrams" \
  "$(ask +short -f questions | sort -u | wc -l)" 500
kill -TERM "$named"
wait "$named" || fail "named ended with $?: $(tail -n 20 named.log)"
trap - EXIT
done_well
