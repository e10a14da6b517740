# SPDX-License-Identifier: MIT
#
# Man pages: man/NAME.SECTION.scd becomes share/man/manSECTION/NAME.SECTION, where scdoc is installed.

file(GLOB _pages CONFIGURE_DEPENDS man/*.scd)
find_program(SCDOC scdoc)
mark_as_advanced(SCDOC)
if(_pages AND SCDOC)
    set(_built "")
    foreach(_page ${_pages})
        cmake_path(GET _page STEM LAST_ONLY _name)
        string(REGEX REPLACE "^.*\\." "" _section "${_name}")
        set(_out "${PROJECT_BINARY_DIR}/man/${_name}")
        add_custom_command(OUTPUT ${_out}
            COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/man
            COMMAND sh -c "\"$1\" <\"$2\" >\"$3\"" sh ${SCDOC} ${_page} ${_out}
            DEPENDS ${_page} VERBATIM)
        list(APPEND _built ${_out})
        if(NOWAIT_INSTALL)
            install(FILES ${_out} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${_section})
        endif()
    endforeach()
    add_custom_target(nowait_man ALL DEPENDS ${_built})
elseif(_pages)
    message(STATUS "no man pages: scdoc is not installed")
endif()
