#!/bin/sh
# tidy.sh - the project keeps those rules of docs/style.md a machine can read.
#
# tidy.awk finds what breaks a rule; here each rule is a test. A folder in bad
# is a small project that breaks one rule, and holds in `findings` what must be
# found there: a rule that finds nothing would otherwise look like a tidy
# project.
. "${0%/*}/../support/test.sh"

here=$GYRE_SOURCE_DIR/test/tidy

# The files of the project in the current folder, one a line.
files() {
  find . \( -name .git -o -name 'build*' -o -path ./test/tidy/bad \) -prune \
    -o -type f ! -name exceptions.tsv ! -name findings -print |
    sed 's|^\./||' | LC_ALL=C sort
}

# What breaks a rule in the project in folder $1, with the exceptions in $2.
findings() {
  (cd "$1" && files | LC_ALL=C xargs awk -v tables="$here" \
    -v exceptions="$2" -f "$here/tidy.awk")
}

# Fail if the project breaks one of the rules in the arguments.
expect_kept() {
  findings "$GYRE_SOURCE_DIR" "$here/exceptions.tsv" >all
  for rule in "$@"; do
    grep "^[^ ]*: $rule: " all || true
  done >broken
  [ ! -s broken ] || fail "$(cat broken)"
}

# Fail unless exactly the rule $1 is broken, once, in the project in ./project.
expect_only() {
  found=$(findings project /dev/null | sed 's/^[^ ]*: \([a-z]*\): .*/\1/')
  expect_equal "$found" "$1"
}

# Print a C file called $1 with a function of $2 lines.
file_with_function() {
  printf '/* %s - a sample. */\nint gy_sample(void) {\n' "$1"
  awk -v rows="$2" 'BEGIN { for (i = 3; i < rows; i++) print "  gy_step();" }'
  printf '  return 0;\n}\n'
}

# Make ./project with the file src/a.c, which is read from the input.
project_make() {
  rm -rf project
  mkdir -p project/src
  printf '# CMakeLists.txt - a sample.\nset(core a.c)\n' \
    >project/src/CMakeLists.txt
  cat >project/src/a.c
}

test_the_first_line_of_a_file_says_what_it_is() {
  expect_kept name
}

test_files_are_not_too_long() {
  expect_kept length
}

test_lines_are_not_too_wide_and_end_where_they_seem_to() {
  expect_kept width ascii space
}

test_nothing_unfinished_or_private_is_written() {
  expect_kept word
}

test_every_file_stays_in_its_room() {
  expect_kept room include
}

test_every_source_is_built() {
  expect_kept listed
}

test_functions_are_not_too_long() {
  expect_kept function
}

test_no_function_depends_on_an_if() {
  expect_kept if
}

test_systems_are_asked_for_by_name_where_that_is_allowed() {
  expect_kept os
}

test_system_calls_are_made_where_that_is_allowed() {
  expect_kept call
}

test_memory_is_asked_for_in_one_place() {
  expect_kept memory
}

test_no_exception_is_left_without_need() {
  expect_kept exception
}

test_every_exception_has_a_reason() {
  awk -F '\t' '!/^#/ && (NF != 4 || length($4) < 10)' \
    "$here/exceptions.tsv" >bad
  [ ! -s bad ] || fail "$(cat bad)"
}

# Versions of clang-format differ in small things. This is the one of Debian 12.
test_clang_format_14_agrees() {
  clang-format --version 2>/dev/null | grep -q 'version 14\.' ||
    skip "there is no clang-format 14"
  "$GYRE_SOURCE_DIR/tools/format" --check >log 2>&1 || fail "$(cat log)"
}

test_each_bad_sample_is_found_out() {
  for sample in "$here"/bad/*/; do
    exceptions=/dev/null
    [ ! -e "$sample/exceptions.tsv" ] || exceptions=$sample/exceptions.tsv
    findings "$sample" "$exceptions" >found
    diff "$sample/findings" found >difference ||
      fail "bad/$(basename "$sample"): $(cat difference)"
  done
}

test_each_rule_has_a_bad_sample() {
  sed -n '/The rules are:/,/^$/s/^#   \([a-z]*\)  .*/\1/p' \
    "$here/tidy.awk" >rules
  expect_equal "$(grep -c . rules)" 15
  while read -r rule; do
    case $rule in
      length | function) continue ;; # made below: they would be long to read
    esac
    grep -q "^[^ ]*: $rule: " "$here"/bad/*/findings ||
      fail "no sample breaks the rule $rule"
  done <rules
}

test_a_function_of_71_lines_is_found_out() {
  file_with_function a.c 70 | project_make
  expect_only ''
  file_with_function a.c 71 | project_make
  expect_only function
}

test_a_file_of_601_lines_needs_a_reason() {
  awk 'BEGIN { print "/* a.c - a sample. */"
    for (i = 2; i <= 600; i++) print "int gy_sample" i ";" }' >600
  project_make <600
  expect_only ''
  { cat 600; echo 'int gy_one_more;'; } | project_make
  expect_only length
  { sed '1s|\. \*/|. Length: it is a sample. */|' 600
    echo 'int gy_one_more;'; } | project_make
  expect_only ''
}

test_no_reason_is_good_enough_for_a_file_of_1000_lines() {
  awk 'BEGIN { print "/* a.c - a sample. Length: it is one. */"
    for (i = 2; i <= 1000; i++) print "int gy_sample" i ";" }' | project_make
  expect_only length
}

test_main "$@"
