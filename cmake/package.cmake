# SPDX-License-Identifier: MIT
#
# What `make install` puts where: libraries, headers, nowait.pc, and the CMake package (nowait::nowait, nowait::static).
# The static half is an export set of its own: who links the shared library needs no liburing headers.

include(CMakePackageConfigHelpers)
set(_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/nowait)

install(TARGETS nowait EXPORT nowait-shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS nowait_static EXPORT nowait-static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT nowait-shared NAMESPACE nowait:: DESTINATION ${_package_dir})
install(EXPORT nowait-static NAMESPACE nowait:: DESTINATION ${_package_dir})

# What the static library needs: "pkg-config module|CMake's name for it".
set(_requires "openssl >= 3.0|OPENSSL" "zlib|ZLIB")
foreach(_optional "libbrotlidec|BROTLI" "libzstd|ZSTD" "libpsl|PSL" "liburing >= 2.3|URING")
    string(REGEX REPLACE "^.*\\|" "" _name "${_optional}")
    if(NW__HAVE_${_name})
        list(APPEND _requires "${_optional}")
    endif()
endforeach()
if(LLHTTP_FOUND)
    list(APPEND _requires "libllhttp|LLHTTP")
endif()
list(TRANSFORM _requires REPLACE "\\|.*$" "" OUTPUT_VARIABLE NOWAIT_PC_REQUIRES_PRIVATE)
list(JOIN NOWAIT_PC_REQUIRES_PRIVATE ", " NOWAIT_PC_REQUIRES_PRIVATE)
string(REPLACE " >= " ">=" NOWAIT_STATIC_NEEDS "${_requires}")
# GNUInstallDirs allows absolute folders; a relative one follows the prefix when the tree is moved.
foreach(_dir LIBDIR INCLUDEDIR)
    if(IS_ABSOLUTE "${CMAKE_INSTALL_${_dir}}")
        set(NOWAIT_PC_${_dir} "${CMAKE_INSTALL_${_dir}}")
    else()
        set(NOWAIT_PC_${_dir} "\${prefix}/${CMAKE_INSTALL_${_dir}}")
    endif()
endforeach()
configure_file(cmake/nowait.pc.in nowait.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/nowait.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

configure_package_config_file(cmake/nowait-config.cmake.in nowait-config.cmake
    INSTALL_DESTINATION ${_package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(nowait-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/nowait-config.cmake ${PROJECT_BINARY_DIR}/nowait-config-version.cmake
        DESTINATION ${_package_dir})
