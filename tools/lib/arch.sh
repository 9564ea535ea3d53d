# arch.sh - Linux on other processors and with another C library: compilers,
# and programs that the kernel cannot run by itself.
#
# Those are run by the user-mode emulation of QEMU. A test starts itself anew,
# and children, so it is the kernel that must know the emulator: binfmt_misc.
# Since Linux 6.7 that is private to a user namespace, and nothing of the
# machine is changed.

arch_all='musl i686 aarch64 riscv64 s390x'

# The compiler for $1.
arch_compiler() {
  case $1 in
    musl) echo musl-gcc ;;
    *) echo "$1-linux-gnu-gcc" ;;
  esac
}

# The emulator for $1, or nothing.
arch_emulator() {
  case $1 in
    musl) ;;
    i686) command -v qemu-i386-static || true ;;
    *) command -v "qemu-$1-static" || true ;;
  esac
}

# Debian's packages for $1.
arch_packages() {
  case $1 in
    musl) echo musl-tools musl-dev linux-libc-dev ;;
    i686) echo gcc-i686-linux-gnu libc6-dev-i386-cross qemu-user-static ;;
    aarch64)
      echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static
      ;;
    *) echo "gcc-$1-linux-gnu libc6-dev-$1-cross qemu-user-static" ;;
  esac
}

# Print what is missing to build for $1 and to run that, if anything is.
arch_missing() {
  command -v "$(arch_compiler "$1")" >/dev/null || arch_compiler "$1"
  [ "$1" = musl ] || [ -n "$(arch_emulator "$1")" ] || echo an emulator
}

arch_install() {
  command -v apt-get >/dev/null || die "--install wants apt-get, of Debian"
  names=
  for arch in "$@"; do
    [ -z "$(arch_missing "$arch")" ] || names="$names $(arch_packages "$arch")"
  done
  [ -n "$names" ] || return 0
  say "installing with apt-get:$names"
  mkdir -p build
  quietly build/arch.install.log "installing" packages_install apt-get $names
}

# What binfmt_misc is to know of $1: how an ELF file for it begins, with class
# and order of bytes, and, after nine bytes that do not matter, its kind and its
# processor; and which bits of that count, as a program and a library are of
# kinds 2 and 3. The emulator is opened now, and told the name in argv[0].
arch_rule() {
  case $1 in
    i686) class='\x01\x01' kind='\x02\x00\x03\x00' bits='\xfe\xff\xff\xff' ;;
    aarch64) class='\x02\x01' kind='\x02\x00\xb7\x00' bits='\xfe\xff\xff\xff' ;;
    riscv64) class='\x02\x01' kind='\x02\x00\xf3\x00' bits='\xfe\xff\xff\xff' ;;
    s390x) class='\x02\x02' kind='\x00\x02\x00\x16' bits='\xff\xfe\xff\xff' ;;
  esac
  any='\x00\x00\x00\x00\x00\x00\x00\x00\x00'
  printf '%s:' ':gyre:M:' "\x7fELF$class\x01$any$kind" \
    "\xff\xff\xff\xff\xff\xff\xff$any$bits" "$(arch_emulator "$1")"
  printf 'FP'
}

# Run the rest of the arguments where the kernel runs programs for $1. Root
# keeps all users' numbers, others have but their own.
arch_inside() {
  arch=$1
  shift
  mkdir -p build/arch
  go=build/arch/go.$$
  rm -f "$go"
  unshare --user --mount sh -c '
    until [ -e "$1" ]; do
      sleep 0.1
    done
    shift
    mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc &&
      printf %s "$0" >/proc/sys/fs/binfmt_misc/register || {
      echo "cannot tell the kernel of the emulator; that takes Linux 6.7"
      exit 1
    }
    exec "$@"
  ' "$(arch_rule "$arch")" "$go" "$@" &
  inside=$!
  # The numbers of users can be set once it has its namespace.
  while [ "$(readlink "/proc/$inside/ns/user")" = \
    "$(readlink /proc/self/ns/user)" ]; do
    sleep 0.1
  done
  if [ "$(id -u)" -eq 0 ]; then
    users='0 0 65536' groups='0 0 65536'
  else
    users="0 $(id -u) 1" groups="0 $(id -g) 1"
    echo deny >"/proc/$inside/setgroups" 2>/dev/null || true
  fi
  # If it has ended, what it said is enough.
  echo "$users" 2>/dev/null >"/proc/$inside/uid_map" || true
  echo "$groups" 2>/dev/null >"/proc/$inside/gid_map" || true
  touch "$go"
  status=0
  wait "$inside" || status=$?
  rm -f "$go"
  return "$status"
}

# Can programs for $1 be run, of which $2 is one?
arch_runs() {
  arch_native "$1" "$2" || arch_inside "$1" "$2" --list >/dev/null
}

# Does the kernel run the program $2 for $1 by itself? Not by an emulator that
# was registered for the whole machine.
arch_native() {
  [ "$1" != musl ] || return 0
  "$2" --list >/dev/null 2>&1 || return 1
  case $1 in
    i686) set -- i386 ;;
  esac
  [ ! -e "/proc/sys/fs/binfmt_misc/qemu-$1" ]
}

# Run CTest on the build for $1 with the options that follow.
arch_ctest() {
  arch=$1
  shift
  if arch_native "$arch" "build/$arch/test/test-core-hash"; then
    ctest --test-dir "build/$arch" "$@" </dev/null
  else
    arch_inside "$arch" ctest --test-dir "build/$arch" "$@" </dev/null
  fi
}

# Print the rows of tools/lib/emulated.tsv that hold for $1: test and reason.
arch_rows() {
  where=$1
  arch_native "$1" "build/$1/test/test-core-hash" || where="$1 emulated"
  awk -F '\t' -v where="$where" '
    BEGIN { split(where, words, " "); for (i in words) holds[words[i]] }
    !/^#/ && NF && $1 in holds { print $2 "\t" $3 }
  ' tools/lib/emulated.tsv
}

# The same as one regular expression for CTest: a test, over any poller.
arch_rows_as_regex() {
  arch_rows "$1" | cut -f 1 | sed 's/[]\\.^$+?()|[]/\\&/g; s/\*/.*/g' |
    awk '{ printf "%s%s", (NR > 1 ? "|" : ""), $0 }
      END { print NR ? "" : "a test of no name" }' | sed 's/.*/^(&)(@.*)?$/'
}
