# SPDX-License-Identifier: Apache-2.0
# nginx from source under AddressSanitizer and UndefinedBehaviorSanitizer;
# read by ./dev test --asan. The result is build-asan/nginx-asan/objs/nginx.

asan_dir=$PWD/build-asan

# Fetches nginx's source as Debian has it. The machine's own package sources
# are read as source packages, in lists of our own: nothing of the system's
# apt is changed. Only the .orig.tar.gz is wanted, so that a .dsc which the
# mirror has already replaced does no harm.
asan_fetch() {
    local apt=$asan_dir/apt file version options
    mkdir -p "$apt"/sources "$apt"/lists/partial "$apt"/cache/archives/partial
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -e "$file" ] || continue
        sed 's/^Types:.*/Types: deb-src/' "$file" \
            >"$apt/sources/${file##*/}"
    done
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -e "$file" ] || continue
        sed -n 's/^deb /deb-src /p' "$file" >"$apt/sources/${file##*/}.list"
    done
    options=(-qq -o Dir::Etc::sourceparts="$apt/sources"
        -o Dir::Etc::sourcelist=/dev/null -o Dir::State::lists="$apt/lists"
        -o Dir::Cache="$apt/cache" -o APT::Sandbox::User="$(id -un)")
    apt-get "${options[@]}" update
    for version in $(apt-cache "${options[@]}" showsrc nginx |
                     sed -n 's/^Version: //p' | sort -ruV); do
        (cd "$asan_dir" && apt-get "${options[@]}" source --download-only \
            "nginx=$version" 2>/dev/null) || true
        ls "$asan_dir"/nginx_*.orig.tar.gz >/dev/null 2>&1 && return
    done
    die "no nginx source package: give --nginx-source DIR"
}

# asan_nginx [DIR]: builds it from DIR or from Debian's source.
asan_nginx() {
    local source=$1 work=$asan_dir/nginx-asan flags key part parts
    if [ -z "$source" ]; then
        ls "$asan_dir"/nginx_*.orig.tar.gz >/dev/null 2>&1 || {
            say "fetching nginx's source"
            asan_fetch
        }
        source=$(ls "$asan_dir"/nginx_*.orig.tar.gz)
    fi
    # NGX_DEBUG_PALLOC gives each pool allocation a malloc of its own, so that
    # ASan sees its bounds. Left out of UBSan, for nginx's own C alone, is what
    # it does by design: memcpy of nothing from NULL, arithmetic on NULL,
    # words read at odd addresses, and bits shifted into the sign.
    flags="-g -O1 -fno-omit-frame-pointer -DNGX_DEBUG_PALLOC=1"
    flags+=" -fsanitize=address,undefined -fno-sanitize-recover=undefined"
    flags+=" -fno-sanitize=nonnull-attribute,pointer-overflow,alignment,shift"
    parts="--with-compat --with-debug --with-threads"
    for part in ssl v2 realip auth_request slice stub_status sub addition; do
        parts+=" --with-http_${part}_module"
    done
    cmake_args+=(-DSANITIZE=address,undefined -DNGINX_SOURCE_DIR="$work"
        -DNGINX_CONFIGURE_ARGS="$parts")
    key="$source $parts $flags"
    [ "$(cat "$work/done" 2>/dev/null)" != "$key" ] || return 0

    say "building nginx with sanitizers"
    rm -rf "$work"
    mkdir -p "$work"
    if [ -d "$source" ]; then
        cp -r "$source"/. "$work"
    else
        tar -C "$work" --strip-components=1 -xf "$source"
    fi
    [ -e "$work/configure" ] || cp "$work/auto/configure" "$work/configure"
    # shellcheck disable=SC2086  # the parts are words
    (cd "$work" && ./configure $parts --with-cc-opt="$flags" \
        --with-ld-opt="-fsanitize=address,undefined" >configure.log &&
        make -j "$jobs" >make.log 2>&1) ||
        die "nginx did not build: $work/make.log"
    echo "$key" >"$work/done"
}
