# mingw-x86_64.cmake - builds for 64-bit Windows on another system.
#
#   cmake -B build/win64 -DCMAKE_TOOLCHAIN_FILE=cmake/mingw-x86_64.cmake
set(gyre_mingw x86_64)
include("${CMAKE_CURRENT_LIST_DIR}/mingw.cmake")
