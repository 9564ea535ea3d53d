# wine.sh - a Windows of our own, and single tests in it.
#
# What is odd about wine: a program that crashes may end with status 0, and of a
# status only 8 bits arrive, so a test has passed only if its last line says so
# as well. And killing wine leaves what runs in it: that takes its server.

# Make and start a Windows in folder $1. Nothing of it is seen by another.
wine_open() {
  mkdir -p "$1"
  WINEPREFIX=$(cd "$1" && pwd)/prefix
  # Neither .NET nor a browser is needed, and no debugger may come up.
  WINEDLLOVERRIDES='mscoree,mshtml=;winedbg.exe=d'
  WINEPATH=$PWD/build/win64/src
  WINEARCH=win64
  WINEDEBUG=-all
  GYRE_POLLER=iocp
  export WINEPREFIX WINEDLLOVERRIDES WINEPATH WINEARCH WINEDEBUG GYRE_POLLER
  unset DISPLAY
  wine_output=$1/output
  if [ ! -e "$WINEPREFIX/system.reg" ]; then
    say "making a Windows in $1"
    quietly "$1/boot.log" "making a Windows" wineboot -i
  fi
}

wine_close() {
  # It fails when the server is not running.
  wineserver -k >/dev/null 2>&1 || true
}

# Be Windows $1: win10, win7 ...
wine_mode() {
  wine_close
  quietly "$wine_output" "becoming $1" wine winecfg -v "$1"
  wineserver -w
  # A server that stays makes a start ten times as fast. Detached from the
  # output, or whoever reads that would wait for the server.
  wineserver -p >/dev/null 2>&1 </dev/null
}

# Print "program test" for each test of the programs in folder $1 that holds the
# text $2. A program that lists none is told as one that fails.
wine_list() {
  for program in "$1"/*.exe; do
    name=$(basename "$program" .exe)
    # The server must not hold the pipe.
    wine "$program" --list >"$wine_output" 2>/dev/null </dev/null || true
    [ -s "$wine_output" ] || echo says_which_tests_it_holds >"$wine_output"
    tr -d '\r' <"$wine_output" | sed "s/^/$name /" |
      while read -r line; do
        case "$line" in
          *"$2"*) echo "$line" ;;
        esac
      done
  done
}

# Run the test $2 of program $1 for $3 seconds at most, with its output in the
# file $wine_output. Print the result: ok, skipped, FAILED, CRASHED or TIMEOUT,
# and a reason.
wine_test() {
  status=0
  timeout -k 5 "$3" wine "$1" "$2" >"$wine_output.raw" 2>&1 </dev/null ||
    status=$?
  tr -d '\r' <"$wine_output.raw" >"$wine_output"
  last=$(tail -n 1 "$wine_output")
  case $status in
    0)
      if [ "$last" = "the end of $2" ]; then
        echo 'ok '
      else
        echo 'CRASHED : it ended too early'
      fi
      ;;
    77) echo "skipped : ${last#skipped: }" ;;
    1) echo 'FAILED ' ;;
    124 | 137)
      wine_close
      echo 'TIMEOUT '
      ;;
    *) echo "CRASHED : status $status" ;;
  esac
}
