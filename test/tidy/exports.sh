#!/bin/sh
# exports.sh - the libraries offer the functions of libuv and gyre_*, no others.
#
# What a program could link to by mistake is a promise to keep for ever.
. "${0%/*}/../support/test.sh"

# The symbols that the shared library $1 exports.
shared_symbols() {
  case $(uname -s) in
    Darwin) "$NM" -gU "$1" | sed 's/ _/ /' ;;
    *) "$NM" -D --defined-only "$1" ;;
  esac
}

# The symbols that the static library $1 shows to a linker.
static_symbols() {
  case $(uname -s) in
    Darwin) "$NM" -gU "$1" | sed 's/ _/ /' ;;
    *) "$NM" -g --defined-only "$1" ;;
  esac
}

# The names that a symbol table on the input defines, without the linker's own.
names() {
  sed 's/@.*//' | awk 'NF >= 2 { print $NF }' |
    grep -vxE '_init|_fini|_end|_edata|__bss_start' | LC_ALL=C sort -u
}

# The names on the input that libuv does not have, and that are not gyre_*.
excess() {
  awk -v table="$GYRE_SOURCE_DIR/test/abi/functions.tsv" '
    BEGIN {
      while ((getline line < table) > 0) {
        sub(/\t.*/, "", line)
        promised[line] = 1
      }
    }
    !($0 in promised) && !/^gyre_[a-z0-9_]+$/'
}

# Set $library to the file $1 of the build under test, without its ending.
library_find() {
  need_build
  for ending in so dylib; do
    library=$GYRE_BUILD_DIR/src/$1.$ending
    [ ! -e "$library" ] || return 0
  done
  fail "there is no shared library $1"
}

expect_exports_promised() {
  library_find "$1"
  shared_symbols "$library" | names >exported
  [ -s exported ] || fail "nothing is exported"
  excess <exported >extra
  [ ! -s extra ] || fail "not promised, but exported: $(cat extra)"
}

test_libgyre_exports_only_what_is_promised() {
  expect_exports_promised libgyre
}

test_libuv_exports_only_what_is_promised() {
  expect_exports_promised libuv/libuv
}

test_both_libraries_export_the_same() {
  library_find libgyre
  shared_symbols "$library" | names >gyre
  library_find libuv/libuv
  shared_symbols "$library" | names >libuv
  diff gyre libuv || fail "they differ"
}

test_the_static_library_defines_only_names_of_ours() {
  need_build
  static_symbols "$GYRE_BUILD_DIR/src/libgyre.a" | names |
    grep -v '^gy_[a-z0-9_]*$' >global
  excess <global >extra
  [ ! -s extra ] || fail "not ours, but global: $(cat extra)"
}

test_a_name_in_excess_would_be_found() {
  printf '%s\n' '0000 T uv_run' '0000 T gyre_version' '0000 T uv_stray' \
    '0000 D gy_ops' '0000 T run@@V1' '0000 A _end' | names | excess >extra
  expect_equal "$(paste -s -d ' ' extra)" 'gy_ops run uv_stray'
}

test_main "$@"
