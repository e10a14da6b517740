# SPDX-License-Identifier: MIT
#
# Examples: examples/NAME.c and examples/FOLDER/NAME.c, each a program on the public headers. One that needs
# another library says so in its folder's name or its own: a source that includes <uv.h> is built where libuv is.
# examples/NAME.test.sh or tests/examples/NAME.sh checks its output: $1 is the path of the program.

pkg_check_modules(LIBUV IMPORTED_TARGET libuv)

file(GLOB _files CONFIGURE_DEPENDS examples/*.c examples/*/*.c)
foreach(_file ${_files})
    cmake_path(GET _file STEM _name)
    cmake_path(GET _file PARENT_PATH _folder)
    file(STRINGS ${_file} _uses_uv REGEX "^#include <uv\\.h>")
    if(_uses_uv AND NOT LIBUV_FOUND)
        message(STATUS "example ${_name} is not built: libuv is not installed")
        continue()
    endif()
    add_executable(example_${_name} ${_file})
    set_target_properties(example_${_name} PROPERTIES
        OUTPUT_NAME ${_name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/examples)
    set_target_properties(example_${_name} PROPERTIES ENABLE_EXPORTS ON) # backtraces with names
    target_link_libraries(example_${_name} PRIVATE nowait_flags nowait::nowait Threads::Threads)
    if(_uses_uv)
        target_link_libraries(example_${_name} PRIVATE PkgConfig::LIBUV)
    endif()
    if(NOT NOWAIT_TESTS)
        continue()
    endif()
    foreach(_script ${_folder}/${_name}.test.sh ${PROJECT_SOURCE_DIR}/tests/examples/${_name}.sh)
        if(EXISTS ${_script})
            foreach(_backend ${NOWAIT_BACKENDS})
                nowait_add_test(example.${_name} ${_script} ${_backend} bash ${_script} $<TARGET_FILE:example_${_name}>)
            endforeach()
        endif()
    endforeach()
endforeach()
