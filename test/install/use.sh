#!/bin/sh
# use.sh - an installed Gyre can be used in every way that is promised.
#
# Each test installs into a prefix of its own, moves it (an installed tree must
# bear that), and builds and runs a small program against it.

. "${0%/*}/../support/test.sh"

clients=$GYRE_SOURCE_DIR/test/install

# Install the build under test into $prefix; the drop-in folder is $dropin.
install_gyre() {
  need_build
  "$CMAKE" --install "$GYRE_BUILD_DIR" --prefix "$scratch/first" >log 2>&1 ||
    fail "cannot install: $(cat log)"
  mv first "moved here"
  prefix="$scratch/moved here"
  found=$(find "$prefix" -path '*/gyre/libuv/libuv.a')
  dropin=${found%/libuv.a}
  libdir=${dropin%/gyre/libuv}
}

# The versions that the library must have.
uv_version() {
  sed -n 's/^set(GYRE_LIBUV_VERSION \([0-9.]*\)).*/\1/p' \
    "$GYRE_SOURCE_DIR/CMakeLists.txt"
}

gyre_version() {
  sed -n 's/^project(gyre VERSION \([0-9.]*\).*/\1/p' \
    "$GYRE_SOURCE_DIR/CMakeLists.txt"
}

# Configure and build the project |1| with the other arguments, in ./build.
client_build() {
  project=$1
  shift
  "$CMAKE" -S "$clients/$project" -B build -DCMAKE_C_COMPILER="$CC" \
    -DCMAKE_BUILD_TYPE=Debug "$@" >log 2>&1 &&
    "$CMAKE" --build build >>log 2>&1 || fail "cannot build: $(cat log)"
}

# Compile |1| into ./client with what pkg-config says about |2|. The flags come
# with spaces quoted, hence eval.
pkg_config_build() {
  command -v pkg-config >/dev/null || skip "there is no pkg-config"
  source=$1
  shift
  flags=$(pkg-config --cflags --libs "$@")
  eval "\"\$CC\" \"\$clients/\$source\" -o client $flags"
}

# Run ./client with libraries from the folder $1; macOS has its own name for it.
client_run() {
  LD_LIBRARY_PATH=$1 DYLD_LIBRARY_PATH=$1 ./client
}

test_pkg_config_finds_gyre_shared() {
  install_gyre
  export PKG_CONFIG_PATH="$libdir/pkgconfig"
  expect_equal "$(pkg-config --modversion gyre)" "$(gyre_version)"
  pkg_config_build gyre-client.c gyre
  expect_equal "$(client_run "$libdir")" \
    "$(uv_version) $(gyre_version)"
}

test_pkg_config_finds_gyre_static() {
  install_gyre
  export PKG_CONFIG_PATH="$libdir/pkgconfig"
  rm "$libdir"/libgyre*.so* "$libdir"/libgyre*.dylib 2>/dev/null || true
  pkg_config_build gyre-client.c --static gyre
  expect_equal "$(./client)" "$(uv_version) $(gyre_version)"
}

test_pkg_config_finds_the_drop_in_folder_as_libuv() {
  install_gyre
  export PKG_CONFIG_PATH="$dropin"
  expect_equal "$(pkg-config --modversion libuv)" "$(uv_version)"
  pkg_config_build client.c libuv
  expect_equal "$(client_run "$dropin")" "$(uv_version)"
}

test_pkg_config_finds_the_drop_in_folder_as_static_libuv() {
  install_gyre
  export PKG_CONFIG_PATH="$dropin"
  pkg_config_build client.c libuv-static
  expect_equal "$(./client)" "$(uv_version)"
}

test_cmake_finds_gyre() {
  install_gyre
  client_build find-gyre -DCMAKE_PREFIX_PATH="$prefix"
  expect_equal "$(build/shared)" "$(uv_version) $(gyre_version)"
  expect_equal "$(build/static)" "$(uv_version) $(gyre_version)"
}

test_cmake_finds_the_drop_in_folder_as_libuv() {
  install_gyre
  client_build find-libuv -DCMAKE_PREFIX_PATH="$dropin"
  expect_equal "$(build/shared)" "$(uv_version)"
  expect_equal "$(build/static)" "$(uv_version)"
  grep -q '^libuv_DIR:.*moved here' build/CMakeCache.txt ||
    fail "another libuv was found"
}

test_cmake_finds_header_and_library_in_the_drop_in_folder() {
  install_gyre
  client_build find-by-name -DCMAKE_PREFIX_PATH="$dropin"
  expect_equal "$(build/shared)" "$(uv_version)"
  expect_equal "$(grep -c '^UV_.*moved here' build/CMakeCache.txt)" 2
}

test_add_subdirectory_works_and_changes_nothing_else() {
  client_build subdirectory -DGYRE_SOURCE_DIR="$GYRE_SOURCE_DIR"
  expect_equal "$(build/shared)" "$(uv_version) $(gyre_version)"
  expect_equal "$(build/static)" "$(uv_version) $(gyre_version)"
  "$CMAKE" --install build --prefix "$scratch/nothing" >log 2>&1
  [ ! -e nothing/lib ] || fail "the client's install target installs Gyre"
}

test_fetch_content_works() {
  client_build fetch -DGYRE_SOURCE_DIR="$GYRE_SOURCE_DIR"
  expect_equal "$(build/shared)" "$(uv_version) $(gyre_version)"
  expect_equal "$(build/static)" "$(uv_version) $(gyre_version)"
}

test_installed_as_libuv_it_stands_where_libuv_would() {
  "$CMAKE" -S "$GYRE_SOURCE_DIR" -B gyre -DCMAKE_C_COMPILER="$CC" \
    -DCMAKE_INSTALL_PREFIX=/opt/gyre -DCMAKE_INSTALL_LIBDIR=lib \
    -DGYRE_INSTALL_AS_LIBUV=ON -DGYRE_BUILD_TESTS=OFF -DGYRE_BUILD_BENCH=OFF \
    -DGYRE_BUILD_EXAMPLES=OFF >log 2>&1 &&
    "$CMAKE" --build gyre >>log 2>&1 || fail "cannot build: $(cat log)"
  DESTDIR=$scratch/root "$CMAKE" --install gyre >log 2>&1
  there=root/opt/gyre
  for file in lib/libuv.so lib/libuv.so.1 lib/libuv.a lib/pkgconfig/libuv.pc \
    lib/cmake/libuv/libuvConfig.cmake include/uv.h include/uv/version.h; do
    [ -e "$there/$file" ] || fail "$file is not there"
  done
  [ ! -e "$there/lib/gyre" ] || fail "there is a drop-in folder too"
  grep -qx 'prefix=/opt/gyre' "$there/lib/pkgconfig/libuv.pc" ||
    fail "libuv.pc does not name the prefix it was configured for"
  client_build find-libuv -DCMAKE_PREFIX_PATH="$scratch/$there"
  expect_equal "$(build/shared)" "$(uv_version)"
}

test_the_loader_takes_the_drop_in_folder_for_the_systems_libuv() {
  install_gyre
  unset PKG_CONFIG_PATH
  pkg-config --exists libuv 2>/dev/null || skip "the system has no libuv"
  pkg_config_build client.c libuv
  expect_equal "$(./client)" "$(pkg-config --modversion libuv)"
  expect_equal "$(client_run "$dropin")" "$(uv_version)"
}

# Compile $2 for each standard of $3 with the compiler $1, where it is there, by
# what pkg-config says of libuv and of libuv-static, and run it: it says $4.
expect_standards() {
  command -v "$1" >/dev/null || return 0
  for standard in $3; do
    for package in libuv libuv-static; do
      flags=$(pkg-config --cflags --libs "$package")
      eval "\"\$1\" -std=$standard -pedantic-errors -Wall -Wextra -Werror \
        \"\$clients/\$2\" -o client $flags" ||
        fail "$1 -std=$standard does not take $2 with $package"
      expect_equal "$(client_run "$dropin")" "$4"
      tried=$((${tried:-0} + 1))
    done
  done
}

test_every_standard_of_c_by_every_compiler() {
  install_gyre
  command -v pkg-config >/dev/null || skip "there is no pkg-config"
  export PKG_CONFIG_PATH="$dropin"
  for compiler in "$CC" gcc clang; do
    expect_standards "$compiler" loop-client.c "c99 c11 c17 gnu99 gnu17" "3 1 1"
  done
  [ "$tried" -ge 10 ] || fail "only $tried were tried"
}

test_every_standard_of_c_plus_plus_by_every_compiler() {
  install_gyre
  command -v pkg-config >/dev/null || skip "there is no pkg-config"
  command -v g++ >/dev/null || command -v clang++ >/dev/null ||
    skip "there is no compiler for C++"
  export PKG_CONFIG_PATH="$dropin"
  for compiler in g++ clang++; do
    expect_standards "$compiler" loop-client.cpp \
      "c++98 c++11 c++17 c++20 gnu++17" "3 1"
  done
}

test_cmake_finds_the_drop_in_folder_for_c_plus_plus() {
  command -v g++ >/dev/null || command -v clang++ >/dev/null ||
    skip "there is no compiler for C++"
  install_gyre
  client_build find-libuv-cxx -DCMAKE_PREFIX_PATH="$dropin"
  expect_equal "$(build/shared)" "3 1"
  expect_equal "$(build/static)" "3 1"
}

test_every_installed_header_compiles_alone() {
  install_gyre
  cd "$prefix/include/gyre"
  for header in uv.h gyre.h; do
    printf '#include <%s>\n' "$header" |
      "$CC" -std=gnu99 -Wpedantic -Werror -I. -fsyntax-only -x c - ||
      fail "$header does not compile"
  done
}

test_main "$@"
