# netdata.sh - Netdata: its database and its command line are on the loop.
#
# It is killed at the end. Told to end, Debian's 1.37.1 calls uv_loop_close()
# until that is UV_EBUSY, which it is not any more. With Debian's libuv it has
# been seen not to end either.
. "$DROPIN/client.sh"

port=$(free_port)
mkdir cache lib log
# No plugins but those inside, which look at this machine.
cat >netdata.conf <<END2
[global]
  run as user = $(id -un)
[directories]
  config = $PWD
  cache = $PWD/cache
  lib = $PWD/lib
  log = $PWD/log
[db]
  mode = dbengine
[plugins]
  apps = no
  cgroups = no
  charts.d = no
  enable running new plugins = no
  fping = no
  ioping = no
  nfacct = no
  perf = no
  python.d = no
  slabinfo = no
  tc = no
[web]
  bind to = 127.0.0.1:$port
  default port = $port
[cloud]
  enabled = no
[ml]
  enabled = no
END2
netdata -D -c "$PWD/netdata.conf" >netdata.log 2>&1 &
netdata=$!
trap 'kill -9 "$netdata" || :; tail -n 20 netdata.log log/* >&2' EXIT
url=http://127.0.0.1:$port/api/v1
# Where two seconds of the processors' times are on record.
measured() {
  what='chart=system.cpu&after=-4&points=2&format=csv'
  timeout 10 curl -sS "$url/data?$what" |
    grep -Eq '^20[0-9-]* [0-9:]*(,[0-9.]+)+'
}
wait_for measured
expect_equal "a command" "$(timeout 30 netdatacli ping)" pong
timeout 30 curl -sS "$url/charts" >charts
grep -q '"system.cpu"' charts || fail "no charts: $(head -n 5 charts)"
expect_equal "another command" "$(timeout 30 netdatacli reload-health)" ""
for file in datafile journalfile; do
  [ -n "$(find cache/dbengine -name "$file-*" -size +0)" ] ||
    fail "there is no $file: $(ls -lR cache)"
done
trap - EXIT
kill -9 "$netdata" 2>/dev/null || :
checks=$((checks + 3))
done_well
