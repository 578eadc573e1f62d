# SPDX-License-Identifier: Apache-2.0
# An nginx tree configured for this module: nginx's own configure is run in a
# private directory with our `config` added, so that its headers, its feature
# tests and its glue (ngx_modules.c) come from one place. The tree itself is
# only read.
#
# In:  NGINX_SOURCE_DIR, NGINX_CONFIGURE_ARGS
# Out: NGINX_INCLUDE_DIRS, NGINX_GLUE

set(nginx_debian /usr/share/nginx/src)
set(NGINX_SOURCE_DIR ${nginx_debian} CACHE PATH
    "nginx source tree to build against (default: Debian's nginx-dev)")
set(NGINX_CONFIGURE_ARGS "" CACHE STRING
    "arguments of nginx's configure (default: those of Debian's nginx, or a \
--with-compat build)")

get_filename_component(nginx_source "${NGINX_SOURCE_DIR}" ABSOLUTE
    BASE_DIR "${CMAKE_SOURCE_DIR}")

if(NOT EXISTS ${nginx_source}/auto/configure
   AND NOT EXISTS ${nginx_source}/configure)
    message(FATAL_ERROR "no nginx sources in ${nginx_source}: install the "
        "package nginx-dev or give -DNGINX_SOURCE_DIR=")
endif()

if(NGINX_CONFIGURE_ARGS)
    set(nginx_args "${NGINX_CONFIGURE_ARGS}")
elseif(EXISTS ${nginx_source}/conf_flags)
    file(READ ${nginx_source}/conf_flags nginx_args)
    string(REGEX REPLACE ".*\\(([^)]*)\\).*" "\\1" nginx_args "${nginx_args}")
else()
    string(CONCAT nginx_args "--with-compat --with-threads "
        "--with-http_ssl_module --with-http_v2_module "
        "--with-http_realip_module --with-http_auth_request_module "
        "--with-http_slice_module --with-http_stub_status_module")
endif()

set(nginx_work ${CMAKE_BINARY_DIR}/nginx)
set(nginx_objs ${nginx_work}/objs)
set(NGINX_GLUE ${nginx_objs}/ngx_http_auth_oidc_module_modules.c)

# Configured again only when what it depends on has changed.
file(GLOB_RECURSE nginx_auto ${nginx_source}/auto/*)
set(nginx_inputs ${CMAKE_SOURCE_DIR}/config ${nginx_source}/src/core/nginx.h
    ${nginx_auto})
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    ${CMAKE_SOURCE_DIR}/config ${nginx_source}/src/core/nginx.h)
set(nginx_key "${nginx_source} ${nginx_args} ${CMAKE_C_COMPILER}")
foreach(input IN LISTS nginx_inputs)
    file(SHA256 ${input} hash)
    string(APPEND nginx_key " ${hash}")
endforeach()
string(SHA256 nginx_key "${nginx_key}")

set(nginx_done "")
if(EXISTS ${nginx_work}/key)
    file(READ ${nginx_work}/key nginx_done)
endif()

if(NOT nginx_done STREQUAL nginx_key)
    message(STATUS "configuring nginx in ${nginx_source}")
    file(REMOVE_RECURSE ${nginx_work})
    file(MAKE_DIRECTORY ${nginx_work})
    foreach(part auto conf contrib docs man misc src)
        if(EXISTS ${nginx_source}/${part})
            file(CREATE_LINK ${nginx_source}/${part} ${nginx_work}/${part}
                SYMBOLIC)
        endif()
    endforeach()
    if(EXISTS ${nginx_source}/configure)
        file(COPY ${nginx_source}/configure DESTINATION ${nginx_work})
    else()
        file(COPY ${nginx_source}/auto/configure DESTINATION ${nginx_work})
    endif()

    separate_arguments(nginx_argv UNIX_COMMAND "${nginx_args}")
    execute_process(
        COMMAND sh ./configure --with-cc=${CMAKE_C_COMPILER} ${nginx_argv}
            --builddir=objs --add-dynamic-module=${CMAKE_SOURCE_DIR}
        WORKING_DIRECTORY ${nginx_work}
        OUTPUT_FILE ${nginx_work}/configure.log
        ERROR_FILE ${nginx_work}/configure.log
        RESULT_VARIABLE nginx_failed)
    if(nginx_failed)
        execute_process(COMMAND tail -n 12 ${nginx_work}/configure.log
            OUTPUT_VARIABLE nginx_said)
        message(FATAL_ERROR "nginx's configure failed:\n${nginx_said}\n"
            "(all of it: ${nginx_work}/configure.log)")
    endif()
    file(WRITE ${nginx_work}/key ${nginx_key})
endif()

# The include path is the one nginx's Makefile has for addons.
file(READ ${nginx_objs}/Makefile nginx_makefile)
string(REGEX MATCH "ALL_INCS = ([^\n]*\\\\\n)*[^\n]*" nginx_incs
    "${nginx_makefile}")
string(REGEX MATCHALL "-I [^ \t\n]+" nginx_incs "${nginx_incs}")
set(NGINX_INCLUDE_DIRS "")
foreach(dir IN LISTS nginx_incs)
    string(SUBSTRING "${dir}" 3 -1 dir)
    get_filename_component(dir "${dir}" ABSOLUTE BASE_DIR ${nginx_work})
    list(APPEND NGINX_INCLUDE_DIRS "${dir}")
endforeach()
list(REMOVE_ITEM NGINX_INCLUDE_DIRS ${CMAKE_SOURCE_DIR}/src)

file(STRINGS ${nginx_source}/src/core/nginx.h nginx_version
    REGEX "#define NGINX_VERSION ")
string(REGEX REPLACE ".*\"(.*)\".*" "\\1" nginx_version "${nginx_version}")
message(STATUS "nginx ${nginx_version} in ${nginx_source}")
