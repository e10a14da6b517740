# SPDX-License-Identifier: MIT
#
# libnowait: compiled once, linked twice.
#   nowait           the shared library (nowait::nowait)
#   nowait_static    the archive (nowait::static)
#   nowait_internal  the archive with the private headers in sight: unit and internal tests

set(_layers base coro backend loop task io stream http)
list(TRANSFORM _layers REPLACE "(.+)" "src/\\1/*.c" OUTPUT_VARIABLE _globs)
list(TRANSFORM _globs PREPEND "${PROJECT_SOURCE_DIR}/")
file(GLOB NOWAIT_SOURCES CONFIGURE_DEPENDS ${_globs})

# One context switch: the assembly for this processor, or ucontext where there is none.
list(FILTER NOWAIT_SOURCES EXCLUDE REGEX "/src/coro/switch_[a-z0-9_]+\\.c$")
string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" _processor)
if(_processor STREQUAL "amd64")
    set(_processor x86_64)
elseif(_processor STREQUAL "arm64")
    set(_processor aarch64)
endif()
set(_switch "${PROJECT_SOURCE_DIR}/src/coro/switch_${_processor}.S")
if(NOWAIT_UCONTEXT OR NOT EXISTS "${_switch}" OR NOT CMAKE_SIZEOF_VOID_P EQUAL 8)
    set(_switch "${PROJECT_SOURCE_DIR}/src/coro/switch_ucontext.c")
    set(NW__HAVE_UCONTEXT 1)
endif()
list(APPEND NOWAIT_SOURCES "${_switch}")
cmake_path(GET _switch FILENAME _switch_name)

# The io_uring backend is compiled where liburing is; which backend runs is decided at run time.
set(NW__HAVE_URING 0)
if(NOT NOWAIT_URING STREQUAL "OFF")
    pkg_check_modules(LIBURING IMPORTED_TARGET liburing>=2.3)
    if(LIBURING_FOUND)
        set(NW__HAVE_URING 1)
    elseif(NOWAIT_URING STREQUAL "ON")
        message(FATAL_ERROR "NOWAIT_URING=ON, but there is no liburing >= 2.3 (Debian: liburing-dev)")
    endif()
endif()
if(NOT NW__HAVE_URING)
    list(FILTER NOWAIT_SOURCES EXCLUDE REGEX "/src/backend/uring[a-z0-9_]*\\.c$")
endif()

# What the network needs. Content codings beyond gzip, and the list of public suffixes for cookies, are there where
# their libraries are.
set(_private "")
foreach(_dependency OPENSSL:openssl>=3.0 ZLIB:zlib BROTLI?:libbrotlidec ZSTD?:libzstd PSL?:libpsl)
    string(REGEX MATCH "^([A-Z]+)([?]?):(.*)$" _ "${_dependency}")
    set(_name ${CMAKE_MATCH_1})
    set(_optional "${CMAKE_MATCH_2}")
    pkg_check_modules(${_name} IMPORTED_TARGET ${CMAKE_MATCH_3})
    if(${_name}_FOUND)
        set(NW__HAVE_${_name} 1)
        list(APPEND _private PkgConfig::${_name})
    elseif(_optional)
        set(NW__HAVE_${_name} 0)
    else()
        message(FATAL_ERROR "there is no ${CMAKE_MATCH_3} (scripts/install-deps installs what is missing)")
    endif()
endforeach()

# llhttp, compiled strict: a library where there is one, else the sources that Debian's node-llhttp ships.
pkg_check_modules(LLHTTP IMPORTED_TARGET libllhttp)
if(LLHTTP_FOUND)
    list(APPEND _private PkgConfig::LLHTTP)
else()
    find_path(LLHTTP_SOURCE_DIR llhttp.c PATHS /usr/share/llhttp NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
    find_path(LLHTTP_INCLUDE_DIR llhttp.h PATHS /usr/share/include/llhttp NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
    mark_as_advanced(LLHTTP_SOURCE_DIR LLHTTP_INCLUDE_DIR)
    if(NOT LLHTTP_SOURCE_DIR OR NOT LLHTTP_INCLUDE_DIR)
        message(FATAL_ERROR "there is no llhttp: no pkg-config libllhttp, no sources (Debian: node-llhttp)")
    endif()
    add_library(nowait_llhttp OBJECT
        ${LLHTTP_SOURCE_DIR}/api.c ${LLHTTP_SOURCE_DIR}/http.c ${LLHTTP_SOURCE_DIR}/llhttp.c)
    target_include_directories(nowait_llhttp PUBLIC ${LLHTTP_INCLUDE_DIR})
    target_compile_definitions(nowait_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
    set_target_properties(nowait_llhttp PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
    # Others' code: its warnings are not ours to mend, but the sanitizers shall see it.
    target_compile_options(nowait_llhttp PRIVATE -w)
    if(NOWAIT_SANITIZE)
        target_compile_options(nowait_llhttp PRIVATE -fsanitize=${NOWAIT_SANITIZE})
    endif()
    set(_llhttp_objects $<TARGET_OBJECTS:nowait_llhttp>)
endif()

add_library(nowait_objects OBJECT ${NOWAIT_SOURCES})
set_target_properties(nowait_objects PROPERTIES
    POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
target_include_directories(nowait_objects PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
# The library's per-thread state is read on every call: initial-exec makes that one load.
target_compile_options(nowait_objects PRIVATE -ftls-model=initial-exec -fno-semantic-interposition)
target_compile_definitions(nowait_objects PRIVATE
    NOWAIT_BUILDING
    $<$<BOOL:${NW__HAVE_BROTLI}>:NW__HAVE_BROTLI=1>
    $<$<BOOL:${NW__HAVE_ZSTD}>:NW__HAVE_ZSTD=1>
    $<$<BOOL:${NW__HAVE_PSL}>:NW__HAVE_PSL=1>
    $<$<BOOL:${NW__HAVE_URING}>:NW__HAVE_URING=1>
    $<$<BOOL:${NW__HAVE_UCONTEXT}>:NW__UCONTEXT=1>)
if(NOWAIT_VALGRIND)
    check_include_file(valgrind/valgrind.h NOWAIT_HAVE_VALGRIND_H)
    if(NOT NOWAIT_HAVE_VALGRIND_H)
        message(FATAL_ERROR "NOWAIT_VALGRIND=ON, but there is no valgrind/valgrind.h (Debian: valgrind)")
    endif()
    target_compile_definitions(nowait_objects PRIVATE NW__HAVE_VALGRIND=1)
endif()
target_link_libraries(nowait_objects PRIVATE nowait_flags Threads::Threads ${_private}
    $<$<BOOL:${NW__HAVE_URING}>:PkgConfig::LIBURING>)
if(TARGET nowait_llhttp)
    target_include_directories(nowait_objects SYSTEM PRIVATE ${LLHTTP_INCLUDE_DIR})
    target_compile_definitions(nowait_objects PRIVATE LLHTTP_STRICT_MODE=1)
endif()

add_library(nowait SHARED $<TARGET_OBJECTS:nowait_objects> ${_llhttp_objects})
set_target_properties(nowait PROPERTIES
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINKER_LANGUAGE C)
target_link_options(nowait PRIVATE -Wl,-Bsymbolic-functions)
if(NOT NOWAIT_SANITIZE)
    target_link_options(nowait PRIVATE -Wl,--no-undefined)
endif()

add_library(nowait_static STATIC $<TARGET_OBJECTS:nowait_objects> ${_llhttp_objects})
set_target_properties(nowait_static PROPERTIES
    OUTPUT_NAME nowait EXPORT_NAME static LINKER_LANGUAGE C)

foreach(_target nowait nowait_static)
    target_include_directories(${_target} INTERFACE
        $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(${_target} PRIVATE Threads::Threads ${_private}
        $<BUILD_INTERFACE:nowait_flags>
        $<$<BOOL:${NW__HAVE_URING}>:PkgConfig::LIBURING>)
endforeach()
add_library(nowait::nowait ALIAS nowait)
add_library(nowait::static ALIAS nowait_static)

add_library(nowait_internal INTERFACE)
target_include_directories(nowait_internal INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(nowait_internal INTERFACE nowait_static)
if(TARGET nowait_llhttp)
    target_include_directories(nowait_internal SYSTEM INTERFACE ${LLHTTP_INCLUDE_DIR})
endif()
target_compile_definitions(nowait_internal INTERFACE
    $<TARGET_PROPERTY:nowait_objects,COMPILE_DEFINITIONS>)

list(LENGTH NOWAIT_SOURCES _count)
message(NOTICE "nowait ${PROJECT_VERSION}: ${_count} sources, ${_switch_name}, "
               "io_uring backend ${NW__HAVE_URING}, "
               "${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION} ${CMAKE_BUILD_TYPE} ${NOWAIT_SANITIZE}")
