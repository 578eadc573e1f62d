# SPDX-License-Identifier: Apache-2.0
# How everything here is compiled: warnings, hardening, sanitizers, coverage.

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Lines for backtraces; what a debugger wants besides, which is a third of the
# time of a build, has the type Debug.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>
    -fstack-protector-strong -Wformat -Werror=format-security)
add_link_options(-Wl,-z,relro -Wl,-z,now)

if(SANITIZE)
    # vptr needs the RTTI we do without; a report ends the program.
    set(sanitize_flags -fsanitize=${SANITIZE} -fno-sanitize=vptr
        -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_compile_options(${sanitize_flags} -U_FORTIFY_SOURCE -O1)
    add_link_options(${sanitize_flags})
elseif(NOT COVERAGE AND NOT FUZZ AND NOT CMAKE_BUILD_TYPE STREQUAL Debug)
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()

# The module is optimised as one when it is linked, which leaves a tenth less
# code on a request's way; programs are linked from the same objects as they
# are.
add_library(as_one INTERFACE)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND NOT SANITIZE AND NOT COVERAGE
   AND NOT CMAKE_BUILD_TYPE STREQUAL Debug)
    set(is_program $<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>)
    target_compile_options(as_one INTERFACE -flto -ffat-lto-objects)
    target_link_options(as_one INTERFACE
        $<IF:${is_program},-fno-lto,-flto=auto>)
endif()

if(COVERAGE)
    add_compile_options(--coverage -O0)
    add_link_options(--coverage)
endif()

# For tests, whose build takes longer than they do.
add_library(quickly_built INTERFACE)
target_compile_options(quickly_built INTERFACE -O0 -U_FORTIFY_SOURCE)

# The warnings of our own code, all of them errors.
add_library(warnings INTERFACE)
target_compile_options(warnings INTERFACE
    -Wall -Wextra -Werror -Wshadow -Wundef -Wswitch-enum -Wimplicit-fallthrough
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
    $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>)

# And those about conversions, which would only be noise in tests.
add_library(strict INTERFACE)
target_link_libraries(strict INTERFACE warnings)
target_compile_options(strict INTERFACE -Wconversion -Wsign-conversion)

# And what nginx's C macros, which cast the C way, keep from the shell.
add_library(core_strict INTERFACE)
target_link_libraries(core_strict INTERFACE strict)
target_compile_options(core_strict INTERFACE -Wcast-align
    $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>)
