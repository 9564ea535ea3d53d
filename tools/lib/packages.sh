# packages.sh - finds what a build needs, and installs what is missing.
#
# A need is one of: compiler cmake ninja pkg-config cmocka doxygen, and for
# Windows targets: mingw wine. Each is first looked for as the build itself will
# look for it; a package manager is called only when one is not there. So
# everything works offline once it has worked.

have_compiler() {
  if [ -n "${CC:-}" ]; then
    # CC may hold options too.
    set -- $CC
    command -v "$1" >/dev/null || die "CC is $CC, which is not there"
  fi
  compiler=${CC:-$(command -v cc || command -v gcc || command -v clang)}
  [ -n "$compiler" ] || return 1
  # A compiler without the C library's headers is not enough.
  echo '#include <stdio.h>' | $compiler -E -x c - >/dev/null 2>&1
}

# CMake 3.20 or newer.
have_cmake() {
  version=$(cmake --version 2>/dev/null | sed -n '1s/.* version //p')
  [ -n "$version" ] || return 1
  major=${version%%.*}
  rest=${version#*.}
  minor=${rest%%.*}
  [ "$major" -gt 3 ] || { [ "$major" -eq 3 ] && [ "$minor" -ge 20 ]; }
}

have_ninja() {
  command -v ninja >/dev/null || command -v ninja-build >/dev/null ||
    command -v samu >/dev/null
}

have_pkg_config() {
  command -v pkg-config >/dev/null || command -v pkgconf >/dev/null
}

# Header and library, also where CMake looks beside the compiler's own places.
have_cmocka() {
  have_compiler || return 1
  prefixes="/usr/local /opt/homebrew /opt/local"
  flags=
  for prefix in $prefixes; do
    [ -d "$prefix/include" ] || continue
    flags="$flags -I$prefix/include -L$prefix/lib"
  done
  printf '%s\n' '#include <stdarg.h>' '#include <stddef.h>' \
    '#include <stdint.h>' '#include <setjmp.h>' '#include <cmocka.h>' \
    'int main(void) { return 0; }' |
    $compiler -x c - $flags -o /dev/null -lcmocka >/dev/null 2>&1
}

# The compilers for 64-bit and 32-bit Windows.
have_mingw() {
  command -v x86_64-w64-mingw32-gcc >/dev/null &&
    command -v i686-w64-mingw32-gcc >/dev/null
}

have_wine() {
  command -v wine >/dev/null && command -v wineserver >/dev/null
}

have() {
  case $1 in
    compiler) have_compiler ;;
    cmake) have_cmake ;;
    ninja) have_ninja ;;
    pkg-config) have_pkg_config ;;
    cmocka) have_cmocka ;;
    doxygen) command -v doxygen >/dev/null ;;
    mingw) have_mingw ;;
    wine) have_wine ;;
    *) die "there is no need called $1" ;;
  esac
}

# The package manager of this system, or nothing.
package_manager() {
  for manager in apt-get dnf apk pacman brew pkg; do
    if command -v "$manager" >/dev/null; then
      echo "$manager"
      return 0
    fi
  done
}

# The packages in which manager $1 has the need $2.
package_names() {
  case $1:$2 in
    apt-get:compiler) echo gcc libc6-dev ;;
    dnf:compiler) echo gcc glibc-devel ;;
    apk:compiler) echo gcc musl-dev linux-headers ;;
    pacman:compiler) echo gcc ;;
    pkg:compiler) echo llvm ;;
    *:cmake) echo cmake ;;
    apt-get:ninja | dnf:ninja) echo ninja-build ;;
    apk:ninja) echo samurai ;;
    *:ninja) echo ninja ;;
    apt-get:pkg-config | brew:pkg-config) echo pkg-config ;;
    dnf:pkg-config) echo pkgconf-pkg-config ;;
    *:pkg-config) echo pkgconf ;;
    apt-get:cmocka) echo libcmocka-dev ;;
    dnf:cmocka) echo libcmocka-devel ;;
    apk:cmocka) echo cmocka-dev ;;
    *:cmocka) echo cmocka ;;
    *:doxygen) echo doxygen ;;
    apt-get:mingw)
      echo gcc-mingw-w64-x86-64-win32 gcc-mingw-w64-i686-win32
      ;;
    dnf:mingw) echo mingw64-gcc mingw32-gcc ;;
    *:mingw) echo mingw-w64-gcc ;;
    apt-get:wine) echo wine64 wine ;;
    *:wine) echo wine ;;
    brew:compiler)
      die "there is no compiler; 'xcode-select --install' installs Apple's"
      ;;
  esac
}

# Run a command as root, by sudo or doas only where that is needed.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  elif command -v doas >/dev/null; then
    doas "$@"
  else
    die "not root, and neither sudo nor doas is there; as root, run: $*"
  fi
}

packages_install() {
  manager=$1
  shift
  case $manager in
    apt-get)
      as_root apt-get -qq update
      as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y --no-install-recommends install "$@"
      ;;
    dnf) as_root dnf -q -y install "$@" ;;
    apk) as_root apk -q add "$@" ;;
    pacman) as_root pacman -Sy --noconfirm --needed "$@" ;;
    brew) brew install -q "$@" ;;
    pkg) as_root pkg install -q -y "$@" ;;
  esac
}

# Make sure that every need in the arguments is there.
packages_need() {
  missing=
  for need in "$@"; do
    have "$need" || missing="$missing $need"
  done
  [ -n "$missing" ] || return 0

  manager=$(package_manager)
  [ -n "$manager" ] ||
    die "missing:$missing; no package manager that is known here, so please" \
      "install them by hand"
  names=
  for need in $missing; do
    names="$names $(package_names "$manager" "$need")" || exit 1
  done
  say "installing with $manager:$names"
  install_log=$(mktemp)
  # A shell of its own, so that what it says when it ends is in the file, too.
  # Its input is the terminal: sudo may ask for a password.
  if ! (packages_install "$manager" $names) >"$install_log" 2>&1; then
    tail -n 30 "$install_log" >&2
    die "installing failed; the whole output is in $install_log"
  fi
  rm -f "$install_log"
  for need in $missing; do
    have "$need" ||
      die "$need is still missing, or too old (CMake must be 3.20 or newer)"
  done
}
