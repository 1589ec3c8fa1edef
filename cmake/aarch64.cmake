# Cross-compiles for AArch64 with Clang, against a Debian 12 of that architecture in OUTRIGGER_SYSROOT; programs run under
# qemu-user. tools/test-aarch64 makes the sysroot and uses this.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
if(NOT OUTRIGGER_SYSROOT)
  message(FATAL_ERROR "-DOUTRIGGER_SYSROOT=DIR: a Debian 12 for arm64 with the -dev packages; tools/test-aarch64 makes one")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES OUTRIGGER_SYSROOT)
set(CMAKE_SYSROOT ${OUTRIGGER_SYSROOT})
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_C_COMPILER_TARGET aarch64-linux-gnu)
set(CMAKE_CXX_COMPILER_TARGET aarch64-linux-gnu)
foreach(kind IN ITEMS EXE SHARED)
  set(CMAKE_${kind}_LINKER_FLAGS_INIT -fuse-ld=lld)
endforeach()
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

# Libraries and headers are the sysroot's, programs this machine's.
set(CMAKE_FIND_ROOT_PATH ${OUTRIGGER_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${OUTRIGGER_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${OUTRIGGER_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${OUTRIGGER_SYSROOT}/usr/share/pkgconfig)

set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static -L ${OUTRIGGER_SYSROOT})
