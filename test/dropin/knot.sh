# knot.sh - Knot Resolver answers from its hints, over UDP and TCP.
. "$DROPIN/client.sh"

port=$(free_port)
mkdir -p cache
cat >config <<END
net.listen('127.0.0.1', $port)
cache.storage = 'lmdb://$PWD/cache'
cache.size = 10 * MB
modules = { 'hints > iterate', 'policy' }
for i = 0, 200 do
  hints.set('host' .. i .. '.example.lan 10.0.0.' .. i)
end
policy.add(policy.suffix(policy.DENY, { todname('refused.lan') }))
END
kresd -n -c config "$PWD" >kresd.log 2>&1 &
kresd=$!
trap 'kill "$kresd" 2>/dev/null || :; tail -n 20 kresd.log >&2' EXIT
ask() {
  timeout 30 dig @127.0.0.1 -p "$port" +time=5 +tries=3 "$@"
}
answers() {
  [ "$(ask +short host1.example.lan)" = 10.0.0.1 ]
}
wait_for answers
for how in +notcp +tcp; do
  expect_equal "an address ($how)" \
    "$(ask "$how" +short host42.example.lan)" 10.0.0.42
  ask "$how" x.refused.lan | grep -q NXDOMAIN || fail "no NXDOMAIN ($how)"
done
i=0
while [ "$i" -lt 200 ]; do
  echo "host$i.example.lan A"
  i=$((i + 1))
done >questions
expect_equal "200 answers" "$(ask +short -f questions | sort -u | wc -l)" 200
expect_equal "200 answers over TCP" \
  "$(ask +short +tcp +keepopen -f questions | sort -u | wc -l)" 200
kill -TERM "$kresd"
wait "$kresd" || fail "kresd ended with $?"
trap - EXIT
done_well
