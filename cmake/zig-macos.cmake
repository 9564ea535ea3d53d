# zig-macos.cmake - a toolchain file: compile and link for macOS by zig, which
# brings Apple's headers and stubs. tools/cross uses it.
#
# The cache, or the environment, says which zig (GYRE_ZIG) and for which
# processor: x86_64 or aarch64 (GYRE_ARCH). What comes out cannot run here.
foreach(name GYRE_ZIG GYRE_ARCH)
  if(NOT DEFINED ${name})
    set(${name} "$ENV{${name}}")
  endif()
  # What CMake compiles to try the compiler out has no cache but this.
  list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ${name})
endforeach()

set(CMAKE_SYSTEM_NAME Darwin)
set(CMAKE_SYSTEM_PROCESSOR "${GYRE_ARCH}")
set(CMAKE_C_COMPILER "${GYRE_ZIG}" cc -target "${GYRE_ARCH}-macos")
set(CMAKE_OSX_SYSROOT "")
set(CMAKE_OSX_DEPLOYMENT_TARGET "")

# An archive by ranlib of another system has no table of Mach-O symbols.
find_program(CMAKE_AR NAMES llvm-ar REQUIRED)
find_program(CMAKE_RANLIB NAMES llvm-ranlib REQUIRED)
# It is asked for, but only installing would use it.
find_program(CMAKE_INSTALL_NAME_TOOL NAMES llvm-install-name-tool true REQUIRED)
