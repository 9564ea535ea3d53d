# mingw.cmake - what the toolchain files of mingw-w64 share: the names of its
# tools for the processor |gyre_mingw|.
#
# Debian has two builds of each compiler, which differ in what C++ threads are
# made of. C does not care, so either will do.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR "${gyre_mingw}")
set(CMAKE_C_COMPILER "${gyre_mingw}-w64-mingw32-gcc")
set(CMAKE_RC_COMPILER "${gyre_mingw}-w64-mingw32-windres")

# Headers and libraries of the target come from the compiler's own folder,
# programs from the system that builds.
set(CMAKE_FIND_ROOT_PATH "/usr/${gyre_mingw}-w64-mingw32")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
