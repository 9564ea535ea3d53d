# linux.cmake - a toolchain file: Linux with another C library, or on another
# processor, by the compilers of Debian. tools/test-arch uses it.
#
# The cache, or the environment, says which in GYRE_ARCH: musl, i686, aarch64,
# riscv64 or s390x. What comes out finds its own libraries by itself, so where
# the kernel knows how to run such programs at all it runs as any other.
if(NOT DEFINED GYRE_ARCH)
  set(GYRE_ARCH "$ENV{GYRE_ARCH}")
endif()
# What CMake compiles to try the compiler out has no cache but this.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES GYRE_ARCH)

set(CMAKE_SYSTEM_NAME Linux)
if(GYRE_ARCH STREQUAL "musl")
  set(CMAKE_SYSTEM_PROCESSOR "${CMAKE_HOST_SYSTEM_PROCESSOR}")
  set(CMAKE_C_COMPILER musl-gcc)
  # musl comes without the headers of the kernel. They are the machine's own,
  # which must not bring the headers of its C library along.
  set(headers "${CMAKE_BINARY_DIR}/kernel-headers")
  file(MAKE_DIRECTORY "${headers}")
  foreach(name linux asm asm-generic)
    file(GLOB found "/usr/include/${name}" "/usr/include/*-linux-gnu/${name}")
    list(FILTER found INCLUDE REGEX
      "include/((${CMAKE_HOST_SYSTEM_PROCESSOR}-linux-gnu/)?${name})$")
    list(GET found 0 found)
    file(CREATE_LINK "${found}" "${headers}/${name}" SYMBOLIC)
  endforeach()
  set(CMAKE_C_FLAGS_INIT "-idirafter ${headers}")
else()
  set(loader_i686 ld-linux.so.2)
  set(loader_aarch64 ld-linux-aarch64.so.1)
  set(loader_riscv64 ld-linux-riscv64-lp64d.so.1)
  set(loader_s390x ld64.so.1)
  set(root "/usr/${GYRE_ARCH}-linux-gnu")
  set(CMAKE_SYSTEM_PROCESSOR "${GYRE_ARCH}")
  set(CMAKE_C_COMPILER "${GYRE_ARCH}-linux-gnu-gcc")
  # Of the two kinds of run path, the one that serves libraries, too.
  set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,--dynamic-linker=${root}/lib/\
${loader_${GYRE_ARCH}} -Wl,--disable-new-dtags -Wl,-rpath,${root}/lib")

  # Headers and libraries of the target come from the compiler's own folder,
  # programs from the system that builds.
  set(CMAKE_FIND_ROOT_PATH "${root}")
  set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
  set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
  set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
  set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
endif()
