# SPDX-License-Identifier: MIT
#
# The command-line tool: one executable from tools/nowait, public headers only.

file(GLOB _sources CONFIGURE_DEPENDS tools/nowait/*.c)
pkg_check_modules(LIBCRYPTO IMPORTED_TARGET libcrypto)
pkg_check_modules(LIBXXHASH IMPORTED_TARGET libxxhash)
if(_sources AND LIBCRYPTO_FOUND AND LIBXXHASH_FOUND)
    add_executable(nowait_tool ${_sources})
    set_target_properties(nowait_tool PROPERTIES OUTPUT_NAME nowait)
    target_link_libraries(nowait_tool PRIVATE nowait_flags nowait::nowait Threads::Threads m
                          PkgConfig::LIBCRYPTO PkgConfig::LIBXXHASH)
    # The installed tool finds the library next to it, wherever the tree was put.
    file(RELATIVE_PATH _to_lib "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}")
    set_target_properties(nowait_tool PROPERTIES INSTALL_RPATH "$ORIGIN/${_to_lib}")
    if(NOWAIT_INSTALL)
        install(TARGETS nowait_tool DESTINATION ${CMAKE_INSTALL_BINDIR})
        install(FILES completions/nowait.bash RENAME nowait
                DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    endif()
elseif(_sources)
    message(WARNING "the tool is not built: it needs libcrypto and libxxhash (Debian: libssl-dev libxxhash-dev)")
endif()
