# GyrePollers.cmake - which pollers are built.
#
# A system has a list of what its kernel offers; options take from it and add to
# it. No file asks by the name of a system what it should ask by a GYRE_HAVE_*.
#
# GYRE_POLLERS is the list, by their names, in the order of preference that
# src/poller/choose.c has. GYRE_POLLER_DEFINITIONS goes to the compiler.
include(CheckSymbolExists)

set(pollers_Linux epoll poll select io_uring)
set(pollers_Android epoll poll select)
set(pollers_Darwin kqueue poll select)
set(pollers_FreeBSD kqueue poll select)
set(pollers_NetBSD kqueue poll select)
set(pollers_OpenBSD kqueue poll select)
set(pollers_DragonFly kqueue poll select)
set(pollers_Windows iocp)
if(DEFINED pollers_${CMAKE_SYSTEM_NAME})
  set(GYRE_POLLERS ${pollers_${CMAKE_SYSTEM_NAME}})
else()
  set(GYRE_POLLERS poll select)
endif()

if(NOT GYRE_EPOLL)
  list(REMOVE_ITEM GYRE_POLLERS epoll)
endif()
if(NOT GYRE_IO_URING)
  list(REMOVE_ITEM GYRE_POLLERS io_uring)
endif()

# A kqueue for a system without: a library that whoever closes descriptors must
# be linked with, because closing one takes its kevents along.
if(GYRE_KQUEUE_DOUBLE)
  if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
    message(FATAL_ERROR "GYRE_KQUEUE_DOUBLE is for Linux; it is made of its "
      "calls")
  endif()
  list(FIND GYRE_POLLERS poll place)
  list(INSERT GYRE_POLLERS ${place} kqueue)
  file(GLOB double CONFIGURE_DEPENDS
    "${PROJECT_SOURCE_DIR}/test/support/kqueue/*.c")
  add_library(gyre_kqueue_double SHARED ${double})
  gyre_compile(gyre_kqueue_double)
  target_include_directories(gyre_kqueue_double PUBLIC
    "${PROJECT_SOURCE_DIR}/test/support/kqueue")
  target_link_options(gyre_kqueue_double PUBLIC
    "LINKER:--wrap=close,--wrap=dup2,--wrap=dup3")
  target_link_libraries(gyre_kqueue_double PRIVATE pthread)
endif()

# Some kernels' kqueue does not tell of urgent data; the tests want to know.
if(kqueue IN_LIST GYRE_POLLERS)
  if(GYRE_KQUEUE_DOUBLE)
    set(CMAKE_REQUIRED_INCLUDES "${PROJECT_SOURCE_DIR}/test/support/kqueue")
  endif()
  check_symbol_exists(EVFILT_EXCEPT "sys/types.h;sys/event.h"
    GYRE_HAVE_EVFILT_EXCEPT)
  unset(CMAKE_REQUIRED_INCLUDES)
endif()

string(TOUPPER "${GYRE_POLLERS}" names)
list(TRANSFORM names PREPEND GYRE_HAVE_
  OUTPUT_VARIABLE GYRE_POLLER_DEFINITIONS)
