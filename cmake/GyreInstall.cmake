# GyreInstall.cmake - what is installed, and where.
#
# By default Gyre stands beside a libuv without touching it: its headers are in
# a folder of their own, and the libraries under libuv's names are in the
# drop-in folder, lib/gyre/libuv. Whoever points LD_LIBRARY_PATH,
# PKG_CONFIG_PATH or CMAKE_PREFIX_PATH there uses Gyre instead of libuv.
# With GYRE_INSTALL_AS_LIBUV the same files go where libuv's own would be.
#
# All of it may be moved: the files find each other by relative paths. The
# exception is GYRE_INSTALL_AS_LIBUV, which is meant for a system's own prefix,
# where a compiler must recognise /usr/include as what it is.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(gyre_library_dir "${CMAKE_INSTALL_LIBDIR}")
set(gyre_pc_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
set(gyre_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/gyre")
if(GYRE_INSTALL_AS_LIBUV)
  set(gyre_include_dir "${CMAKE_INSTALL_INCLUDEDIR}")
  set(libuv_library_dir "${CMAKE_INSTALL_LIBDIR}")
  set(libuv_pc_dir "${gyre_pc_dir}")
  set(libuv_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/libuv")
else()
  set(gyre_include_dir "${CMAKE_INSTALL_INCLUDEDIR}/gyre")
  set(libuv_library_dir "${CMAKE_INSTALL_LIBDIR}/gyre/libuv")
  set(libuv_pc_dir "${libuv_library_dir}")
  set(libuv_cmake_dir "${libuv_library_dir}/cmake")
endif()

# Set |variable| to |path| (below the prefix, or absolute) as a .pc file in
# |pc_dir| has to write it.
function(pc_path variable path pc_dir)
  if(IS_ABSOLUTE "${path}" OR GYRE_INSTALL_AS_LIBUV)
    get_filename_component(path "${path}" ABSOLUTE
      BASE_DIR "${CMAKE_INSTALL_PREFIX}")
  elseif(IS_ABSOLUTE "${pc_dir}")
    set(path "${CMAKE_INSTALL_PREFIX}/${path}")
  else()
    file(RELATIVE_PATH path "/prefix/${pc_dir}" "/prefix/${path}")
    set(path "\${pcfiledir}/${path}")
    string(REGEX REPLACE "/$" "" path "${path}")
  endif()
  set(${variable} "${path}" PARENT_SCOPE)
endfunction()

# Install |name|.pc, of |version|, for libraries in |library_dir| that are
# linked by |libs|, and by |libs_private| too when static.
function(pc_install name version pc_dir library_dir libs libs_private)
  set(pc_name "${name}")
  set(pc_version "${version}")
  set(pc_description "${PROJECT_DESCRIPTION}")
  set(pc_libs "${libs}")
  set(pc_libs_private "${libs_private}")
  set(pc_cflags "")
  if(CMAKE_SIZEOF_VOID_P EQUAL 4)
    set(pc_cflags " -D_FILE_OFFSET_BITS=64")
  endif()
  pc_path(pc_prefix "" "${pc_dir}")
  pc_path(pc_libdir "${library_dir}" "${pc_dir}")
  pc_path(pc_includedir "${gyre_include_dir}" "${pc_dir}")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/templates/package.pc.in"
    "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${pc_dir}")
endfunction()

# Install the CMake package |package| of |version|, with the targets of its
# export set, called |package|::*.
function(package_install package version compatibility cmake_dir targets)
  set(config "${PROJECT_BINARY_DIR}/${package}Config.cmake")
  set(config_version "${PROJECT_BINARY_DIR}/${package}ConfigVersion.cmake")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/templates/Config.cmake.in"
    "${config}" @ONLY)
  write_basic_package_version_file("${config_version}"
    VERSION "${version}" COMPATIBILITY "${compatibility}")
  install(FILES "${config}" "${config_version}" DESTINATION "${cmake_dir}")
  install(EXPORT ${package}Targets NAMESPACE ${package}::
    DESTINATION "${cmake_dir}")
endfunction()

# Install libraries, as members of the export set of |package|.
function(libraries_install package directory)
  install(TARGETS ${ARGN} EXPORT ${package}Targets
    RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
    LIBRARY DESTINATION "${directory}"
    ARCHIVE DESTINATION "${directory}"
    INCLUDES DESTINATION "${gyre_include_dir}")
endfunction()

# Make an installed symbolic link |path| to |target|. A relative path is below
# the prefix.
function(link_install path target)
  install(CODE "
    set(path \"${path}\")
    if(NOT IS_ABSOLUTE \"\${path}\")
      set(path \"\${CMAKE_INSTALL_PREFIX}/\${path}\")
    endif()
    get_filename_component(directory \"\$ENV{DESTDIR}\${path}\" DIRECTORY)
    file(MAKE_DIRECTORY \"\${directory}\")
    file(CREATE_LINK \"${target}\" \"\$ENV{DESTDIR}\${path}\" SYMBOLIC)")
endfunction()

set(libs_private "")
foreach(library IN LISTS GYRE_SYSTEM_LIBS)
  string(APPEND libs_private " -l${library}")
endforeach()
string(REPLACE " -lpthread" "-pthread" libs_private "${libs_private}")
string(STRIP "${libs_private}" libs_private)

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/"
  DESTINATION "${gyre_include_dir}" FILES_MATCHING PATTERN "*.h")

libraries_install(gyre "${gyre_library_dir}" gyre gyre_static)
pc_install(gyre "${PROJECT_VERSION}" "${gyre_pc_dir}" "${gyre_library_dir}"
  "-L\${libdir} -lgyre" "${libs_private}")
package_install(gyre "${PROJECT_VERSION}" SameMinorVersion "${gyre_cmake_dir}"
  "gyre::gyre and gyre::static")

libraries_install(libuv "${libuv_library_dir}" gyre_libuv gyre_libuv_static)
pc_install(libuv "${GYRE_LIBUV_VERSION}" "${libuv_pc_dir}"
  "${libuv_library_dir}" "-L\${libdir} -luv ${libs_private}" "")
# Apple's linker cannot be told the name of a library's file.
if(APPLE)
  set(static_libs "\${libdir}/libuv.a")
else()
  set(static_libs "-L\${libdir} -l:libuv.a")
endif()
pc_install(libuv-static "${GYRE_LIBUV_VERSION}" "${libuv_pc_dir}"
  "${libuv_library_dir}" "${static_libs} ${libs_private}" "")
package_install(libuv "${GYRE_LIBUV_VERSION}" SameMajorVersion
  "${libuv_cmake_dir}" "libuv::uv and libuv::uv_a")

# Clients that look for the header and the library by name, in a prefix, find
# them too.
if(UNIX AND NOT GYRE_INSTALL_AS_LIBUV)
  foreach(file IN ITEMS "$<TARGET_LINKER_FILE_NAME:gyre_libuv>"
      "$<TARGET_SONAME_FILE_NAME:gyre_libuv>"
      "$<TARGET_FILE_NAME:gyre_libuv_static>")
    link_install("${libuv_library_dir}/lib/${file}" "../${file}")
  endforeach()
  file(RELATIVE_PATH headers
    "${CMAKE_INSTALL_PREFIX}/${libuv_library_dir}"
    "${CMAKE_INSTALL_PREFIX}/${gyre_include_dir}")
  link_install("${libuv_library_dir}/include" "${headers}")
endif()
