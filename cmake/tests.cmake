# SPDX-License-Identifier: MIT
#
# Tests, found by folder. Each runs through tests/run: a process of its own, an empty scratch folder, a time limit.
#   tests/unit/NAME.c      cmocka, private headers       unit.NAME
#   tests/internal/NAME.c  one behaviour, private        internal.NAME.{uring,epoll}
#   tests/api/NAME.c       one behaviour, public only    api.NAME.{uring,epoll}
#   tests/tool/NAME.sh     the tool; its path is $1      tool.NAME.{uring,epoll}
#   tests/stream/NAME.sh   streams, by scripts of operations; the program that reads them is $1
#                                                stream.NAME.{uring,epoll}
#   tests/peers/NAME.sh    HTTP with programs of others: $1 is our server, $2 our client, $3 the tool
#                                                peers.NAME.{uring,epoll}
#   tests/docs/NAME.sh     the documents                 docs.NAME
#   tests/fault/NAME.c     fails the Nth allocation      fault.NAME.{uring,epoll}
#   tests/fault_libraries/NAME.c  that of OpenSSL and so on   fault_libraries.NAME.{uring,epoll}
#   fuzz/NAME.c            over fuzz/corpus/NAME         fuzz.NAME (cmake/fuzz.cmake)
# Exit status 0 passes, 77 skips, anything else fails. A line of the file's head comment that begins with
# "ctest:" says what is special about it, in words (and why, in parentheses):
#   serial (nothing beside it)   timeout=SECONDS   cost=SECONDS (the dearest begin first, and have at least 20
#   times that)   label=WORD
#   no-valgrind   no-qemu   no-tsan   no-sanitizer   no-ucontext   backend=NAME (that one only)

set(NOWAIT_BACKENDS epoll)
if(NW__HAVE_URING)
    list(PREPEND NOWAIT_BACKENDS uring)
endif()

if("uring" IN_LIST NOWAIT_BACKENDS)
    add_executable(uring_allowed tests/support/uring_allowed.c)
    set_target_properties(uring_allowed PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    target_link_libraries(uring_allowed PRIVATE nowait_checks)
endif()

add_executable(forbid tests/support/forbid.c)
set_target_properties(forbid PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
target_link_libraries(forbid PRIVATE nowait_checks)

# A file system that takes its time, for those tests that include slowfs.h.
add_library(nowait_slowfs STATIC tests/support/slowfs.c tests/support/slowfs_ops.c tests/support/slowfs_files.c)
target_link_libraries(nowait_slowfs PRIVATE nowait_checks)

# The words after "ctest:" in the first 20 lines of `file`, as a list.
function(nowait_test_words file words_out)
    file(READ "${file}" _head LIMIT 2048)
    set(_words "")
    if(_head MATCHES "ctest:([^\n]*)")
        string(REGEX REPLACE "\\*/.*$" "" _words "${CMAKE_MATCH_1}")
        string(REGEX REPLACE "\\([^)]*(\\)|$)" "" _words "${_words}")
        separate_arguments(_words UNIX_COMMAND "${_words}")
    endif()
    set(${words_out} "${_words}" PARENT_SCOPE)
endfunction()

# One line of ctest: `name`, from `file`, on `backend` ("none": the test does not depend on it).
function(nowait_add_test name file backend)
    nowait_test_words("${file}" _words)
    set(_seconds 60)
    string(REGEX REPLACE "\\..*$" "" _labels "${name}")
    set(_serial OFF)
    set(_cost 0)
    foreach(_word ${_words})
        if(_word STREQUAL "serial")
            set(_serial ON)
        elseif(_word MATCHES "^timeout=([0-9]+)$")
            set(_seconds ${CMAKE_MATCH_1})
        elseif(_word MATCHES "^cost=([0-9]+)$")
            set(_cost ${CMAKE_MATCH_1})
        elseif(_word MATCHES "^label=(.+)$")
            list(APPEND _labels ${CMAKE_MATCH_1})
        elseif(_word MATCHES "^no-(valgrind|qemu|tsan|sanitizer|ucontext)$")
            list(APPEND _labels ${_word})
        elseif(_word MATCHES "^backend=(.+)$")
            if(NOT backend STREQUAL "none" AND NOT backend STREQUAL CMAKE_MATCH_1)
                return()
            endif()
        else()
            message(FATAL_ERROR "${file}: unknown word after \"ctest:\": ${_word}")
        endif()
    endforeach()
    if((NOWAIT_SANITIZE AND "no-sanitizer" IN_LIST _words)
       OR (NOWAIT_SANITIZE STREQUAL "thread" AND "no-tsan" IN_LIST _words)
       OR (NOWAIT_UCONTEXT AND "no-ucontext" IN_LIST _words))
        return()
    endif()
    if(NOT backend STREQUAL "none")
        set(name "${name}.${backend}")
    endif()
    math(EXPR _busy "20 * ${_cost}")              # on a machine that has much else to do
    if(_seconds LESS _busy)
        set(_seconds ${_busy})
    endif()
    math(EXPR _timeout "${_seconds} * ${NOWAIT_TEST_TIMEOUT} / 60")
    add_test(NAME ${name} COMMAND ${PROJECT_SOURCE_DIR}/tests/run ${backend} ${_timeout} ${ARGN})
    math(EXPR _kill_after "${_timeout} + 15")     # tests/run ends it first, with everything that it started
    set_tests_properties(${name} PROPERTIES
        TIMEOUT ${_kill_after} SKIP_RETURN_CODE 77 LABELS "${_labels}" RUN_SERIAL ${_serial} COST ${_cost}
        ENVIRONMENT "NOWAIT_TEST_WRAPPER=${NOWAIT_TEST_WRAPPER};NOWAIT_TEST_TOOLS=${PROJECT_BINARY_DIR}/tests")
endfunction()

function(nowait_test_program group name file)
    add_executable(${group}_${name} ${file})
    set_target_properties(${group}_${name} PROPERTIES
        OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/${group})
    target_link_libraries(${group}_${name} PRIVATE nowait_checks nowait_slowfs Threads::Threads ${ARGN})
endfunction()

# Every tests/GROUP/*.c: a program linked with the libraries given, registered once a backend; run by the
# command in _GROUP, when there is one.
function(nowait_test_group group)
    file(GLOB _files CONFIGURE_DEPENDS tests/${group}/*.c)
    foreach(_file ${_files})
        cmake_path(GET _file STEM _name)
        nowait_test_program(${group} ${_name} ${_file} ${ARGN})
        foreach(_backend ${NOWAIT_BACKENDS})
            nowait_add_test(${group}.${_name} ${_file} ${_backend} ${_${group}} $<TARGET_FILE:${group}_${_name}>)
        endforeach()
    endforeach()
endfunction()

nowait_test_group(api nowait::nowait)
nowait_test_group(internal nowait_internal)

# The sanitizers and valgrind have an allocator of their own.
if(NOT NOWAIT_SANITIZE AND NOT NOWAIT_TEST_WRAPPER)
    add_library(fault_shim MODULE tests/fault/shim/shim.c)
    target_link_libraries(fault_shim PRIVATE nowait_flags ${CMAKE_DL_LIBS} Threads::Threads)
    set(_fault bash ${PROJECT_SOURCE_DIR}/tests/fault/run $<TARGET_FILE:fault_shim>)
    nowait_test_group(fault nowait::nowait)
    # The same of the libraries below ours. OpenSSL makes thousands of requests: fewer and fewer are looked at.
    set(_fault_libraries ${CMAKE_COMMAND} -E env FAULT_SPREAD=25
        "FAULT_LIBRARIES=libcrypto.so libssl.so libz.so libbrotlidec.so libbrotlicommon.so libzstd.so" ${_fault})
    nowait_test_group(fault_libraries nowait::nowait)
endif()

pkg_check_modules(CMOCKA IMPORTED_TARGET cmocka)
if(CMOCKA_FOUND)
    file(GLOB _files CONFIGURE_DEPENDS tests/unit/*.c)
    foreach(_file ${_files})
        cmake_path(GET _file STEM _name)
        nowait_test_program(unit ${_name} ${_file} nowait_internal PkgConfig::CMOCKA)
        nowait_add_test(unit.${_name} ${_file} none $<TARGET_FILE:unit_${_name}>)
    endforeach()
else()
    message(WARNING "the unit tests are not built: they need cmocka (Debian: libcmocka-dev)")
endif()

if(TARGET nowait_tool)
    file(GLOB _files CONFIGURE_DEPENDS tests/tool/*.sh)
    foreach(_file ${_files})
        cmake_path(GET _file STEM _name)
        foreach(_backend ${NOWAIT_BACKENDS})
            nowait_add_test(tool.${_name} ${_file} ${_backend} bash ${_file} $<TARGET_FILE:nowait_tool>)
        endforeach()
    endforeach()
endif()

add_executable(stream_script tests/stream/script.c)
target_link_libraries(stream_script PRIVATE nowait_checks nowait::nowait)
set_target_properties(stream_script PROPERTIES
    OUTPUT_NAME script RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/stream)
file(GLOB _files CONFIGURE_DEPENDS tests/stream/*.sh)
foreach(_file ${_files})
    cmake_path(GET _file STEM _name)
    foreach(_backend ${NOWAIT_BACKENDS})
        nowait_add_test(stream.${_name} ${_file} ${_backend} bash ${_file} $<TARGET_FILE:stream_script>)
    endforeach()
endforeach()

set(_tool "")
if(TARGET nowait_tool)
    set(_tool $<TARGET_FILE:nowait_tool>)
endif()
foreach(_name site ask)
    nowait_test_program(peers ${_name} tests/peers/${_name}.c nowait::nowait)
endforeach()
file(GLOB _files CONFIGURE_DEPENDS tests/peers/*.sh)
foreach(_file ${_files})
    cmake_path(GET _file STEM _name)
    foreach(_backend ${NOWAIT_BACKENDS})
        nowait_add_test(peers.${_name} ${_file} ${_backend} bash ${_file} $<TARGET_FILE:peers_site>
                        $<TARGET_FILE:peers_ask> ${_tool})
    endforeach()
endforeach()

foreach(_script check-layers fuzz)
    add_test(NAME script.${_script} COMMAND ${PROJECT_SOURCE_DIR}/scripts/${_script} --self-test)
    set_tests_properties(script.${_script} PROPERTIES LABELS script TIMEOUT 60)
endforeach()

# The documents' own tests get the root, the library, the compiler and its flags.
if(NOT CMAKE_CROSSCOMPILING)
    set(_sanitizer "")
    if(NOWAIT_SANITIZE)
        set(_sanitizer -fsanitize=${NOWAIT_SANITIZE})
    endif()
    file(GLOB _files CONFIGURE_DEPENDS tests/docs/*.sh)
    foreach(_file ${_files})
        cmake_path(GET _file STEM _name)
        nowait_add_test(docs.${_name} ${_file} none bash ${_file} ${PROJECT_SOURCE_DIR} $<TARGET_FILE:nowait>
                        ${CMAKE_C_COMPILER} ${_sanitizer})
    endforeach()
endif()
