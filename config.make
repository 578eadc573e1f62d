# The flags of our C++ objects alone, in nginx's own Makefile: nginx compiles
# .cpp files with the flags of its C files.

auth_oidc_objs=`echo "$auth_oidc_srcs" | sed \
    -e "s#^\([^/]*\)\\$#src/\1#" \
    -e "s#^.*/\([^/]*/[^/]*\)\\$#\1#" \
    -e "s#^\(.*\)\.cpp\\$#$NGX_OBJS/addon/\1.$ngx_objext#" | tr '\n' ' '`

cat << END                                                    >> $NGX_MAKEFILE

$auth_oidc_objs: \\
    CFLAGS += -std=c++20 -fno-rtti -fvisibility=hidden

END
