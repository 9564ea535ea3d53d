# GyreCompile.cmake - the flags of every C target of this project.
#
# They are set on targets, one by one, so that a project which includes Gyre
# keeps its own.

# What a system hides unless it is asked, by CMAKE_SYSTEM_NAME.
set(gyre_ask_Linux _GNU_SOURCE)
set(gyre_ask_Android _GNU_SOURCE)
set(gyre_ask_GNU _GNU_SOURCE)
set(gyre_ask_CYGWIN _GNU_SOURCE)
set(gyre_ask_Darwin _DARWIN_C_SOURCE _DARWIN_UNLIMITED_SELECT=1)
set(gyre_ask_NetBSD _NETBSD_SOURCE)
set(gyre_ask_OpenBSD _BSD_SOURCE)
set(gyre_ask_SunOS __EXTENSIONS__ _XOPEN_SOURCE=600)
set(gyre_ask_AIX _ALL_SOURCE)
# In this case of letters: zig defines it, too, and means the same text.
set(gyre_ask_Windows WIN32_LEAN_AND_MEAN _WIN32_WINNT=0x0a00)

# Compile |target| as C11 with all warnings, for large files.
function(gyre_compile target)
  set_target_properties(${target} PROPERTIES
    C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
  target_compile_definitions(${target} PRIVATE
    _FILE_OFFSET_BITS=64 ${gyre_ask_${CMAKE_SYSTEM_NAME}})
  if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion
      -Wshadow -Wstrict-prototypes -Wpedantic
      $<$<BOOL:${GYRE_WERROR}>:-Werror>)
  endif()
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND
     NOT CMAKE_C_COMPILER_VERSION VERSION_LESS 12)
    # A queue may begin on the stack: what is in it points there, and is taken
    # out before the function returns, which gcc does not see.
    target_compile_options(${target} PRIVATE -Wno-dangling-pointer)
  endif()
  if(GYRE_FAULTS)
    target_compile_definitions(${target} PRIVATE GYRE_FAULTS=1)
  endif()
endfunction()
