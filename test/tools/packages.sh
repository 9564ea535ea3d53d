#!/bin/sh
# packages.sh - tools/lib/packages.sh installs what is missing, and only that.
#
# Each test has a PATH of its own, with no compiler and no build tools in it,
# and a package manager that is a script: it notes how it was called, and makes
# the tools appear.
. "${0%/*}/../support/test.sh"

basics="awk cat chmod cp dirname env grep head mktemp rm sed sh tail tr"

# Make ./bin, with the programs that every system has.
path_make() {
  mkdir bin
  for name in $basics; do
    ln -s "$(command -v "$name")" "bin/$name"
  done
  user_is 0
  : >calls
}

# From now on `id -u` says $1.
user_is() {
  printf '#!/bin/sh\necho %s\n' "$1" >bin/id
  chmod +x bin/id
}

# Make a program called $1 that is the real $2, with the real PATH.
real_make() {
  printf '#!/bin/sh\nPATH="%s" exec "%s" "$@"\n' "$PATH" \
    "$(command -v "$2")" >"$scratch/$3/$1"
  chmod +x "$scratch/$3/$1"
}

# Make the package manager $1, which brings all tools when it is called with a
# word that means to install.
manager_make() {
  mkdir -p store
  real_make cc "$CC" store
  real_make cmake "$CMAKE" store
  printf '#!/bin/sh\n' | tee store/ninja >store/pkg-config
  chmod +x store/*
  cat >"bin/$1" <<END
#!/bin/sh
echo "$1 \$*" >>"$scratch/calls"
case " \$* " in
  *" install "* | *" add "* | *" -Sy "*) cp "$scratch"/store/* "$scratch/bin" ;;
esac
END
  chmod +x "bin/$1"
}

# Make sudo, which notes that it was called, and does it.
sudo_make() {
  cat >bin/sudo <<END
#!/bin/sh
echo "sudo \$1" >>"$scratch/calls"
exec "\$@"
END
  chmod +x bin/sudo
}

# Ask for the needs in the arguments, with that PATH. What is said is in ./said.
need() {
  env -i PATH="$scratch/bin" HOME="$HOME" TMPDIR="$scratch" sh -c '
    . "$0/tools/lib/say.sh"
    . "$0/tools/lib/packages.sh"
    packages_need "$@"' "$GYRE_SOURCE_DIR" "$@" >said 2>&1
}

need_all() {
  need compiler cmake ninja pkg-config cmocka || fail "$(cat said)"
}

# Fail unless the manager $1 is called, last, with $2.
expect_installs() {
  path_make
  manager_make "$1"
  need_all
  expect_equal "$(tail -n 1 calls)" "$2"
  : >calls
  need_all
  expect_equal "$(cat calls said)" ''
}

test_debian_and_ubuntu() {
  expect_installs apt-get "apt-get -qq -y --no-install-recommends install gcc\
 libc6-dev cmake ninja-build pkg-config libcmocka-dev"
}

test_fedora() {
  expect_installs dnf "dnf -q -y install gcc glibc-devel cmake ninja-build\
 pkgconf-pkg-config libcmocka-devel"
}

test_alpine() {
  expect_installs apk "apk -q add gcc musl-dev linux-headers cmake samurai\
 pkgconf cmocka-dev"
}

test_arch() {
  expect_installs pacman "pacman -Sy --noconfirm --needed gcc cmake ninja\
 pkgconf cmocka"
}

test_freebsd() {
  expect_installs pkg "pkg install -q -y llvm cmake ninja pkgconf cmocka"
}

test_macos_has_its_own_compiler() {
  path_make
  manager_make brew
  if need compiler; then
    fail "brew installs a compiler"
  fi
  grep -q 'xcode-select --install' said || fail "$(cat said)"
  cp store/cc bin
  user_is 501
  need cmake ninja pkg-config || fail "$(cat said)"
  expect_equal "$(cat calls)" "brew install -q cmake ninja pkg-config"
}

test_only_what_is_missing_is_installed() {
  path_make
  manager_make apt-get
  cp store/cc store/cmake bin
  need compiler cmake ninja || fail "$(cat said)"
  expect_equal "$(tail -n 1 calls)" \
    "apt-get -qq -y --no-install-recommends install ninja-build"
}

test_sudo_is_used_by_others_than_root_only() {
  path_make
  manager_make apk
  sudo_make
  user_is 1000
  need_all
  expect_equal "$(head -n 1 calls)" "sudo apk"
  rm -r bin calls
  path_make
  manager_make apk
  sudo_make
  need_all
  expect_equal "$(grep -c sudo calls || true)" 0
}

test_without_sudo_the_command_to_run_is_told() {
  path_make
  manager_make dnf
  user_is 1000
  ! need ninja || fail "it claims to have installed something"
  grep -q 'as root, run: dnf -q -y install ninja-build' said ||
    fail "$(cat said)"
}

test_without_a_package_manager_what_is_missing_is_told() {
  path_make
  ! need cmake ninja || fail "it claims to have installed something"
  grep -q 'missing: cmake ninja;' said || fail "$(cat said)"
}

test_a_cmake_that_is_too_old_is_missing() {
  path_make
  manager_make apt-get
  printf '#!/bin/sh\necho cmake version 3.19.8\n' >store/cmake
  ! need cmake || fail "3.19 passes for 3.20"
  grep -q 'too old' said || fail "$(cat said)"
}

test_a_failed_installation_is_told_with_its_output() {
  path_make
  printf '#!/bin/sh\necho "no network"\nexit 100\n' >bin/apt-get
  chmod +x bin/apt-get
  ! need ninja || fail "it claims to have installed something"
  grep -q 'no network' said || fail "$(cat said)"
  grep -q 'installing failed' said || fail "$(cat said)"
}

test_main "$@"
