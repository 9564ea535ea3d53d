#!/bin/sh
# check.sh - hold the headers against the tables, at compile time.
#
# check.sh COLUMN LANGUAGE INCLUDE COMPILER [FLAG...]
#
# COLUMN    linux_x86_64, linux_i686_lfs, win64 or win32, as the tables name
#           them; or any, for a system without a column: only signatures.
# LANGUAGE  c or c++
# INCLUDE   the directory with uv.h
# COMPILER  must compile for the system of COLUMN
#
# Ends with 0 when all hold, 1 when not, 77 when there is no such compiler.
set -eu

if [ $# -lt 4 ]; then
  echo "usage: $0 COLUMN LANGUAGE INCLUDE COMPILER [FLAG...]" >&2
  exit 2
fi
column=$1 language=$2 include=$3
shift 3
tables=$(dirname "$0")
failures=0
LC_ALL=C
export LC_ALL

case $language in
  c) standard=-std=gnu99 strict=-std=c99 ;;
  c++) standard=-std=gnu++98 strict=-std=c++98 ;;
  *) echo "$0: no language $language" >&2; exit 2 ;;
esac

room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
trap 'exit 1' HUP INT TERM

# A compiler without the headers of its system is no compiler either.
echo '#include <time.h>' >"$room/probe.c"
if ! "$@" -fsyntax-only -x "$language" "$room/probe.c" >"$room/why" 2>&1; then
  echo "skipped: $* does not compile $language:"
  sed -n 1,3p "$room/why"
  exit 77
fi

# compiles NAME FLAG...: compile the checks on standard input.
compiles() {
  name=$1
  shift
  cat >"$room/$name.c"
  if "$@" "$standard" -Wall -Wextra -Wpedantic -Werror -Wno-unused \
      -I"$include" -D_FILE_OFFSET_BITS=64 -fsyntax-only \
      -x "$language" "$room/$name.c" >"$room/$name.log" 2>&1; then
    echo "ok      $column $language $name"
  else
    echo "broken  $column $language $name"
    sed -n 1,60p "$room/$name.log"
    failures=$((failures + 1))
  fi
}

# values ENUMS MACROS NAME COMMAND...: the columns of the two tables.
values() {
  enums=$1 macros=$2 name=$3
  shift 3
  awk -v enums="$enums" -v macros="$macros" -f "$tables/values.awk" \
    "$tables/enums.tsv" "$tables/macros.tsv" >"$room/values"
  compiles "$name" "$@" <"$room/values"
}

# strictly COMMAND...: the same in a mode that hides what is not ISO C, and
# must not change a layout.
strictly() {
  usual=$standard
  standard=$strict
  "$@"
  standard=$usual
}

layout() {
  name=$1
  shift
  awk -v column="$column" -f "$tables/layout.awk" \
    "$tables/types.tsv" "$tables/fields.tsv" >"$room/layout"
  compiles "$name" "$@" <"$room/layout"
}

signatures() {
  windows=$1
  shift
  awk -v windows="$windows" -f "$tables/signatures.awk" \
    "$tables/functions.tsv" "$tables/callbacks.tsv" >"$room/signatures"
  compiles signatures "$@" <"$room/signatures"
}

case $column in
  linux_x86_64)
    layout layout "$@"
    strictly layout layout-strict "$@" -U_GNU_SOURCE
    values linux linux_x86_64 values "$@" -U_GNU_SOURCE
    values linux linux_x86_64_gnu_source values-gnu "$@" -D_GNU_SOURCE
    signatures 0 "$@"
    ;;
  linux_i686_lfs)
    layout layout "$@"
    strictly layout layout-strict "$@" -U_GNU_SOURCE
    values linux linux_i686 values "$@" -U_GNU_SOURCE
    signatures 0 "$@"
    ;;
  win64 | win32)
    layout layout "$@"
    values windows win64 values "$@"
    signatures 1 "$@"
    ;;
  any)
    signatures 0 "$@"
    ;;
  *)
    echo "$0: no column $column" >&2
    exit 2
    ;;
esac
[ "$failures" -eq 0 ]
