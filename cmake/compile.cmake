# SPDX-License-Identifier: MIT
#
# How every file of this tree is compiled. The flags are in interface targets, so that a project which takes
# nowait by add_subdirectory() keeps its own:
#   nowait_flags   warnings, sanitizers, linker hardening: library, tool, tests, examples, benchmarks
#   nowait_checks  the same, with assert() alive whatever the build type: tests

add_library(nowait_flags INTERFACE)
target_compile_features(nowait_flags INTERFACE c_std_11)
# An empty value, so that a source which says "#define _GNU_SOURCE" as well is not a redefinition.
target_compile_definitions(nowait_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:_GNU_SOURCE=>)
target_compile_options(nowait_flags INTERFACE
    -Wall -Wextra -Wconversion -Wshadow -Wpointer-arith -Wwrite-strings -Wformat=2 -Wundef -Wvla
    -Wimplicit-fallthrough
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
                            -Werror=implicit-function-declaration>
    $<$<BOOL:${NOWAIT_WERROR}>:-Werror>
    -fno-omit-frame-pointer)
target_link_options(nowait_flags INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)

# A task's stack has no shadow stack of its own: no object may claim that it is fit for one, also where the
# compiler marks objects by default (Ubuntu).
check_c_compiler_flag(-fcf-protection=none NOWAIT_HAVE_CF_PROTECTION)
if(NOWAIT_HAVE_CF_PROTECTION)
    target_compile_options(nowait_flags INTERFACE -fcf-protection=none)
endif()

if(NOWAIT_SANITIZE)
    target_compile_options(nowait_flags INTERFACE -fsanitize=${NOWAIT_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(nowait_flags INTERFACE -fsanitize=${NOWAIT_SANITIZE})
endif()

add_library(nowait_checks INTERFACE)
target_link_libraries(nowait_checks INTERFACE nowait_flags)
target_compile_options(nowait_checks INTERFACE -UNDEBUG)
target_include_directories(nowait_checks INTERFACE ${PROJECT_SOURCE_DIR}/tests/api)    # check.h
