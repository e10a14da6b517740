# SPDX-License-Identifier: MIT
#
# Fuzz programs, found by folder: fuzz/NAME.c, linked with the private headers in sight and what is in fuzz/support/.
#   NOWAIT_FUZZ=ON (clang)   fuzz/fuzz_NAME with libFuzzer: `make fuzz` runs them
#   NOWAIT_TESTS=ON          the same without libFuzzer, run over fuzz/corpus/NAME: test fuzz.NAME

find_path(HTTP_PARSER_INCLUDE_DIR http_parser.h)
find_library(HTTP_PARSER_LIBRARY http_parser)
mark_as_advanced(HTTP_PARSER_INCLUDE_DIR HTTP_PARSER_LIBRARY)

add_library(nowait_fuzz_support STATIC fuzz/support/http_messages.c fuzz/support/oracle_llhttp.c
            fuzz/support/oracle_http_parser.c)
target_include_directories(nowait_fuzz_support PUBLIC fuzz/support)
target_link_libraries(nowait_fuzz_support PUBLIC nowait_flags nowait_internal)
if(HTTP_PARSER_INCLUDE_DIR AND HTTP_PARSER_LIBRARY)
    target_compile_definitions(nowait_fuzz_support PRIVATE HAVE_HTTP_PARSER=1)
    target_link_libraries(nowait_fuzz_support PUBLIC ${HTTP_PARSER_LIBRARY})
endif()

function(nowait_fuzz_program target folder name file)
    add_executable(${target} ${file} fuzz/support/inline_work.c ${ARGN})
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${folder})
    target_link_libraries(${target} PRIVATE nowait_fuzz_support Threads::Threads)
    target_link_options(${target} PRIVATE -Wl,--wrap=nw__work_await) # inline_work.c
endfunction()

file(GLOB _files CONFIGURE_DEPENDS fuzz/*.c)
foreach(_file ${_files})
    cmake_path(GET _file STEM _name)
    if(NOWAIT_FUZZ)
        nowait_fuzz_program(fuzz_${_name} fuzz ${_name} ${_file})
        target_link_options(fuzz_${_name} PRIVATE -fsanitize=fuzzer)
    endif()
    if(NOWAIT_TESTS)
        nowait_fuzz_program(replay_${_name} tests/fuzz ${_name} ${_file} fuzz/support/replay.c)
        nowait_add_test(fuzz.${_name} ${_file} none $<TARGET_FILE:replay_${_name}> ${PROJECT_SOURCE_DIR}/fuzz/corpus/${_name})
    endif()
endforeach()
