# GyreTests.cmake - makes CTest know every single test of a test program.
#
# A test program says with --list which tests it holds. CTest asks it when it
# starts, not the build: so the build runs nothing, and the list is never old.

# Build each test/<room>/*.c into test-<room>-<name>, linked to LINK, and give
# each of its tests to CTest: once, or once for each of POLLERS. INSIDE lets
# the room see the headers of src.
function(gyre_test_room room)
  cmake_parse_arguments(arg "INSIDE" "LINK" "POLLERS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS
    "${CMAKE_CURRENT_SOURCE_DIR}/${room}/*.c")
  foreach(source IN LISTS sources)
    get_filename_component(name "${source}" NAME_WE)
    set(target test-${room}-${name})
    add_executable(${target} "${source}")
    gyre_compile(${target})
    target_link_libraries(${target} PRIVATE
      gyre_test_support ${arg_LINK} ${GYRE_SYSTEM_LIBS})
    if(arg_INSIDE)
      target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src")
    endif()
    gyre_test_discover(${target} ${room} ${name} "${arg_POLLERS}")
  endforeach()
endfunction()

# Write the script that CTest runs at its start to find the tests of |target|.
function(gyre_test_discover target room name pollers)
  set(script "${CMAKE_CURRENT_BINARY_DIR}/${target}.cmake")
  file(GENERATE OUTPUT "${script}" CONTENT
"set(program \"$<TARGET_FILE:${target}>\")
set(room \"${room}\")
set(name \"${name}\")
set(pollers \"${pollers}\")
include(\"${PROJECT_SOURCE_DIR}/cmake/discover.cmake\")
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${script}")
endfunction()
