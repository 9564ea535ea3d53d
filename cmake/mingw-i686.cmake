# mingw-i686.cmake - builds for 32-bit Windows on another system.
#
#   cmake -B build/win32 -DCMAKE_TOOLCHAIN_FILE=cmake/mingw-i686.cmake
set(gyre_mingw i686)
include("${CMAKE_CURRENT_LIST_DIR}/mingw.cmake")
