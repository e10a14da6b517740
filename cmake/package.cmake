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

set(NOWAIT_PC_REQUIRES_PRIVATE "")
if(NW__HAVE_URING)
    set(NOWAIT_PC_REQUIRES_PRIVATE "liburing >= 2.3")
endif()
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
