#!/bin/sh
# headers.sh - each header is complete by itself, in the oldest C and C++ that
# are promised and in a strict mode, which hides from it what is not ISO C.
#
# headers.sh LANGUAGE INCLUDE COMPILER [FLAG...]
#
# Ends with 0 when all compile, 1 when not.
set -eu

if [ $# -lt 3 ]; then
  echo "usage: $0 LANGUAGE INCLUDE COMPILER [FLAG...]" >&2
  exit 2
fi
language=$1 include=$2
shift 2
failures=0

case $language in
  c) standard=-std=c99 ;;
  c++) standard=-std=c++98 ;;
  *) echo "$0: no language $language" >&2; exit 2 ;;
esac
case $(uname -s) in
  *_NT*) other=uv/unix.h ;;
  *) other=uv/win.h ;;
esac

# Twice, because a header that cannot stand that has no guard.
for header in "$include"/*.h "$include"/uv/*.h; do
  name=${header#"$include"/}
  [ "$name" != "$other" ] || continue
  if printf '#include "%s"\n#include "%s"\n' "$name" "$name" |
    "$@" "$standard" -U_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror \
      -I"$include" -fsyntax-only -x "$language" -; then
    echo "ok      $language $name"
  else
    echo "broken  $language $name"
    failures=$((failures + 1))
  fi
done
[ "$failures" -eq 0 ]
