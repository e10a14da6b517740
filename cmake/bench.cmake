# SPDX-License-Identifier: MIT
#
# Benchmarks: each bench/bench_NAME.c or .cc is a program, linked with bench/common/*.c. Peers are optional:
# HAVE_LIBURING, HAVE_LIBUV, HAVE_BOOST_CONTEXT and HAVE_SPDLOG say which are there. Public headers only, except in
# bench/internal/, for what has no public name (a bare context switch).

file(GLOB _common CONFIGURE_DEPENDS bench/common/*.c)
file(GLOB _programs CONFIGURE_DEPENDS bench/bench_*.c bench/internal/bench_*.c)
file(GLOB _programs_cxx CONFIGURE_DEPENDS bench/bench_*.cc bench/internal/bench_*.cc)

add_library(nowait_peers INTERFACE)
pkg_check_modules(LIBUV IMPORTED_TARGET libuv)
if(LIBUV_FOUND)
    target_link_libraries(nowait_peers INTERFACE PkgConfig::LIBUV)
    target_compile_definitions(nowait_peers INTERFACE HAVE_LIBUV=1)
endif()
if(NW__HAVE_URING)
    target_link_libraries(nowait_peers INTERFACE PkgConfig::LIBURING)
    target_compile_definitions(nowait_peers INTERFACE HAVE_LIBURING=1)
endif()
find_library(BOOST_CONTEXT boost_context)
mark_as_advanced(BOOST_CONTEXT)
if(BOOST_CONTEXT)
    target_link_libraries(nowait_peers INTERFACE ${BOOST_CONTEXT})
    target_compile_definitions(nowait_peers INTERFACE HAVE_BOOST_CONTEXT=1)
endif()

if(_common)
    add_library(nowait_bench_common STATIC ${_common})
    target_link_libraries(nowait_bench_common PRIVATE nowait_flags PUBLIC nowait_peers)
    target_include_directories(nowait_bench_common PRIVATE include PUBLIC bench/common)
endif()

if(_programs_cxx)
    include(CheckLanguage)
    check_language(CXX)
    if(CMAKE_CXX_COMPILER)
        enable_language(CXX)
        list(APPEND _programs ${_programs_cxx})
    else()
        message(STATUS "benchmarks against C++ peers are not built: there is no C++ compiler")
    endif()
endif()

add_custom_target(benchmarks)
foreach(_file ${_programs})
    cmake_path(GET _file STEM _name)
    add_executable(${_name} ${_file})
    set_target_properties(${_name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench CXX_STANDARD 17)
    set(_library nowait::nowait)
    if(_file MATCHES "/bench/internal/")
        set(_library nowait_internal)
    endif()
    target_link_libraries(${_name} PRIVATE nowait_flags $<TARGET_NAME_IF_EXISTS:nowait_bench_common>
                          ${_library} nowait_peers Threads::Threads m)
    add_dependencies(benchmarks ${_name})
endforeach()

# spdlog is C++, and only bench_log is measured against it.
pkg_check_modules(SPDLOG IMPORTED_TARGET spdlog)
if(SPDLOG_FOUND)
    include(CheckLanguage)
    check_language(CXX)
    if(CMAKE_CXX_COMPILER)
        enable_language(CXX)
        add_library(nowait_bench_spdlog STATIC bench/common/log_spdlog.cc)
        set_target_properties(nowait_bench_spdlog PROPERTIES CXX_STANDARD 17)
        target_link_libraries(nowait_bench_spdlog PRIVATE nowait_flags PkgConfig::SPDLOG)
        target_link_libraries(bench_log PRIVATE nowait_bench_spdlog)
        target_compile_definitions(bench_log PRIVATE HAVE_SPDLOG=1)
    endif()
endif()
