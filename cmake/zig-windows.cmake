# zig-windows.cmake - a toolchain file: compile and link for Windows by zig,
# which brings mingw-w64's headers and libraries for processors that Debian's
# mingw has not. tools/cross uses it.
#
# The cache, or the environment, says which zig (GYRE_ZIG) and for which
# processor (GYRE_ARCH): aarch64. What comes out cannot run here.
foreach(name GYRE_ZIG GYRE_ARCH)
  if(NOT DEFINED ${name})
    set(${name} "$ENV{${name}}")
  endif()
  # What CMake compiles to try the compiler out has no cache but this.
  list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ${name})
endforeach()

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR "${GYRE_ARCH}")
# The version is what the library asks the headers for, in GyreCompile.cmake.
set(CMAKE_C_COMPILER "${GYRE_ZIG}" cc -target "${GYRE_ARCH}-windows.win10-gnu")

find_program(CMAKE_AR NAMES llvm-ar REQUIRED)
find_program(CMAKE_RANLIB NAMES llvm-ranlib REQUIRED)
# It is asked for, but nothing of the library is a resource.
find_program(CMAKE_RC_COMPILER NAMES llvm-windres true REQUIRED)
