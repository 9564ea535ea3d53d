# GyreTests.cmake - makes CTest know every single test of a test program.
#
# A test program says with --list which tests it holds. CTest asks it when it
# starts, not the build: so the build runs nothing, and the list is never old.

# Build each test/<room>/*.c into test-<room>-<name>, linked to LINK, and give
# each of its tests to CTest: once, or once for each of POLLERS. What is called
# linux-* is of files that only the library for Linux has, and uring* of those
# of that poller.
function(gyre_test_room room)
  cmake_parse_arguments(arg "" "LINK" "POLLERS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS
    "${CMAKE_CURRENT_SOURCE_DIR}/${room}/*.c")
  if(NOT CMAKE_SYSTEM_NAME MATCHES "^(Linux|Android)$")
    list(FILTER sources EXCLUDE REGEX "/linux-")
  endif()
  if(NOT io_uring IN_LIST GYRE_POLLERS)
    list(FILTER sources EXCLUDE REGEX "/uring")
  endif()
  foreach(source IN LISTS sources)
    get_filename_component(name "${source}" NAME_WE)
    set(target test-${room}-${name})
    add_executable(${target} "${source}")
    gyre_compile(${target})
    target_link_libraries(${target} PRIVATE
      gyre_test_support ${arg_LINK} ${GYRE_SYSTEM_LIBS})
    if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
      # To optimise the library once more for each test takes minutes.
      target_link_options(${target} PRIVATE -fno-lto)
    endif()
    gyre_test_discover("$<TARGET_FILE:${target}>" ${room} ${name}
      POLLERS ${arg_POLLERS})
  endforeach()
endfunction()

# Give the tests of test/<room>/<name>.sh to CTest; see test/support/test.sh.
function(gyre_test_script room name)
  gyre_test_discover("${CMAKE_CURRENT_SOURCE_DIR}/${room}/${name}.sh"
    ${room} ${name} TIMEOUT 600 ENVIRONMENT
      "GYRE_SOURCE_DIR=${PROJECT_SOURCE_DIR}"
      "GYRE_BUILD_DIR=${PROJECT_BINARY_DIR}"
      "CC=${CMAKE_C_COMPILER}" "CMAKE=${CMAKE_COMMAND}" "NM=${CMAKE_NM}"
      "CMAKE_GENERATOR=${CMAKE_GENERATOR}")
endfunction()

# Write the script that CTest runs at its start to find the tests of |program|.
function(gyre_test_discover program room name)
  cmake_parse_arguments(arg "" "TIMEOUT" "POLLERS;ENVIRONMENT" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 180) # A machine may be busy, or under a sanitizer slow.
  endif()
  set(script "${CMAKE_CURRENT_BINARY_DIR}/test-${room}-${name}.cmake")
  file(GENERATE OUTPUT "${script}" CONTENT
"set(program \"${program}\")
set(room \"${room}\")
set(name \"${name}\")
set(pollers \"${arg_POLLERS}\")
set(environment \"${arg_ENVIRONMENT}\")
set(timeout \"${arg_TIMEOUT}\")
include(\"${PROJECT_SOURCE_DIR}/cmake/discover.cmake\")
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${script}")
endfunction()
