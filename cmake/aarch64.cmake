# SPDX-License-Identifier: MIT
#
# Toolchain for aarch64 from another machine. The libraries are in the sysroot that scripts/cross-sysroot
# made in the build folder; programs are run by qemu-user.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_ASM_COMPILER aarch64-linux-gnu-gcc)

set(_extra "${CMAKE_BINARY_DIR}/sysroot")
set(CMAKE_FIND_ROOT_PATH "${_extra}" /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
# This file is read again, in this same process, by each try_compile(), whose build folder is another.
get_property(_in_try_compile GLOBAL PROPERTY IN_TRY_COMPILE)
if(NOT _in_try_compile)
    set(ENV{PKG_CONFIG_LIBDIR} "${_extra}/usr/lib/aarch64-linux-gnu/pkgconfig")
    set(ENV{PKG_CONFIG_SYSROOT_DIR} "${_extra}")
endif()

# Debian keeps what differs between processors (openssl/opensslconf.h) in a folder that only a native compiler knows.
set(CMAKE_C_FLAGS_INIT "-idirafter ${_extra}/usr/include/aarch64-linux-gnu")
set(_libraries "${_extra}/usr/lib/aarch64-linux-gnu:${_extra}/lib/aarch64-linux-gnu")
foreach(_kind EXE SHARED)
    set(CMAKE_${_kind}_LINKER_FLAGS_INIT "-Wl,-rpath-link,${_libraries}")
endforeach()

set(NOWAIT_TEST_WRAPPER
    "qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH=${_libraries}"
    CACHE STRING "Command put before every test program")
