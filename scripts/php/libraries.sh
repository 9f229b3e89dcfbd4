# The libraries inside libphp.so. OpenSSL, zlib and SQLite: the system's static ones where they can be linked into a shared
# object, else from source. libxml2, nghttp2 and curl: always from source, with -fPIC (Debian's cannot be linked, or drag
# ten others in). Each built library has a prefix of its own in libraries/, shared by all PHP builds.

declare -A header_of=([openssl]=openssl/ssl.h [zlib]=zlib.h [sqlite]=sqlite3.h)
declare -A archives_of=([openssl]="ssl crypto" [zlib]=z [sqlite]=sqlite3)
declare -A package_of=([openssl]=libssl-dev [zlib]=zlib1g-dev [sqlite]=libsqlite3-dev)
declare -A fedora_package_of=([openssl]=openssl-devel [zlib]=zlib-static [sqlite]=sqlite-devel)
declare -A alpine_package_of=([openssl]=openssl-libs-static [zlib]=zlib-static [sqlite]=sqlite-static)
declare -A prefix_of_library=() # library -> prefix, or "system"

system_archive() { # NAME: the path of libNAME.a that the compiler would link
  local path
  path=$("$CC" -print-file-name="lib$1.a" 2> /dev/null) || return 1
  [[ $path == /* && -f $path ]] && echo "$path"
}

has_system_library() { # LIBRARY
  local name
  [[ -n ${header_of[$1]:-} ]] && command -v "$CC" > /dev/null || return 1
  for name in ${archives_of[$1]}; do
    system_archive "$name" > /dev/null || return 1
  done
}

# What names this library in the cache key: the bytes of the system's archives, or the source and how it is built.
library_identity() { # LIBRARY
  local name
  if has_system_library "$1"; then
    for name in ${archives_of[$1]}; do
      sha256_of "$(system_archive "$name")"
    done | digest | sed 's/^/system /'
  else
    echo "source $(source_identity "$1") $(library_options "$1")"
  fi
}

# Can the system's archives be linked into a shared object the way libphp.so will be? (Debian's zlib and SQLite only with
# these flags, some distributions' not at all.)
links_into_shared_object() { # LIBRARY
  local name archives=()
  for name in ${archives_of[$1]}; do archives+=("$(system_archive "$name")"); done
  echo "#include <${header_of[$1]}>" > "$scratch/header.c"
  "$CC" -E "$scratch/header.c" > /dev/null 2>> "$log" &&
    "$CC" -shared -o "$scratch/probe.so" -Wl,-Bsymbolic -Wl,--exclude-libs,ALL -Wl,--whole-archive "${archives[@]}" \
      -Wl,--no-whole-archive -ldl -lpthread -lm 2>> "$log"
}

# Makes every library of a variant available; sets `missing_libraries`. OpenSSL, zlib and SQLite are not optional.
make_libraries() { # VARIANT
  local library wanted=() package
  missing_libraries=()
  for library in $(variant_libraries "$1"); do
    [[ -z ${header_of[$library]:-} ]] || has_system_library "$library" || wanted+=("${package_of[$library]}")
  done
  if ((${#wanted[@]})) && can_install && [[ $(os_field ID) =~ ^(debian|ubuntu)$ ]]; then install_packages "${wanted[@]}"; fi
  for library in $(variant_libraries "$1"); do
    if [[ -n ${header_of[$library]:-} ]] && has_system_library "$library" && links_into_shared_object "$library"; then
      prefix_of_library[$library]=system
    elif obtain_source "$library"; then
      build_library "$library"
    elif [[ -n ${header_of[$library]:-} ]]; then
      case $(package_column) in
        3) package=${fedora_package_of[$library]} ;;
        4) package=${alpine_package_of[$library]} ;;
        *) package=${package_of[$library]} ;;
      esac
      fail "$library is missing: there is no static library with headers on this machine, and its source cannot be fetched." \
        "Install it: $(install_command "$package")" "or put $(release_of "$library" | cut -d' ' -f3) into $cache/sources."
    else
      missing_libraries+=("$library")
      step "WITHOUT $library: its source cannot be had; the extensions that need it are left out"
    fi
  done
}

build_library() { # LIBRARY
  local library=$1 dependency key prefix work
  key=$({
    echo "1 $library $(library_identity "$library") $(compiler_name)"
    for dependency in openssl zlib nghttp2; do
      [[ $library == nghttp2 || -z ${prefix_of_library[$dependency]:-} ]] || echo "$dependency ${prefix_of_library[$dependency]##*/}"
    done
  } | digest)
  prefix=$cache/libraries/$library-$(source_version "$library" | tr -c 'A-Za-z0-9.+\n' _)-$key
  prefix_of_library[$library]=$prefix
  if is_complete "$prefix"; then return; fi
  step "building $library $(source_version "$library")"
  rm -rf "$prefix"
  work=$scratch/$library
  mkdir -p "$work"
  unpack_source "$library" "$work/source"
  # The prefix is written into the library's own files, so it is built for its final place and installed elsewhere first.
  "build_$library" "$work/source" "$work/build" "$prefix" "$work/image"
  publish "$work/image$prefix" "$prefix"
  rm -rf "$work"
}

build_libxml2() { build_with_cmake libxml2 "$@"; }
build_nghttp2() { build_with_cmake nghttp2 "$@"; }

build_curl() {
  local http2=ON
  [[ -n ${prefix_of_library[nghttp2]:-} ]] || http2=OFF
  build_with_cmake curl "$@" -DUSE_NGHTTP2=$http2
  # cmake names the shared libssl.so and libz.so by path: name what libphp.so links instead.
  sed -i -e "s#^Libs:.*#Libs: -L\${libdir} -lcurl $([[ $http2 == OFF ]] || echo -lnghttp2) -lssl -lcrypto -lz -lpthread#" \
    -e '/^Libs.private:/d' -e '/^Requires/d' "$4$3/lib/pkgconfig/libcurl.pc"
}

build_with_cmake() { # LIBRARY SOURCE BUILD PREFIX IMAGE [OPTION...]
  local library=$1 source=$2 build=$3 prefix=$4 image=$5 roots= dependency generator=()
  shift 5
  for dependency in "${prefix_of_library[@]}"; do
    [[ $dependency == system || $dependency == "$prefix" ]] || roots+=";$dependency"
  done
  if command -v ninja > /dev/null; then generator=(-G Ninja); fi
  # shellcheck disable=SC2046 # a list of options
  logged "configuring $library" cmake "${generator[@]}" -S "$source" -B "$build" -DCMAKE_C_COMPILER="$CC" -DCMAKE_BUILD_TYPE=None \
    "-DCMAKE_C_FLAGS=-O2 -fPIC" -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_INSTALL_PREFIX="$prefix" "-DCMAKE_PREFIX_PATH=${roots#;}" \
    -DBUILD_SHARED_LIBS=OFF $(library_options "$library") "$@"
  logged "building $library" env DESTDIR="$image" nice -n 5 cmake --build "$build" --parallel "$jobs" --target install
}

build_openssl() { # SOURCE BUILD PREFIX IMAGE
  # shellcheck disable=SC2016,SC2046
  logged "building openssl" bash -ec 'cd "$1"; shift; prefix=$1 image=$2 jobs=$3; shift 3
    ./Configure --prefix="$prefix" "$@" && nice -n 5 make -j"$jobs" build_libs && make install_dev DESTDIR="$image"' \
    - "$1" "$3" "$4" "$jobs" $(library_options openssl)
}

build_zlib() { # SOURCE BUILD PREFIX IMAGE
  # shellcheck disable=SC2016,SC2046
  logged "building zlib" bash -ec 'cd "$1"; CFLAGS="-O2 -fPIC" ./configure --prefix="$2" '"$(library_options zlib)"' &&
    nice -n 5 make -j"$4" libz.a && make install DESTDIR="$3"' - "$1" "$3" "$4" "$jobs"
}

# Both SQLite's autoconf archive and Debian's full tree have this configure; only the library is made.
build_sqlite() { # SOURCE BUILD PREFIX IMAGE
  # shellcheck disable=SC2016,SC2046
  logged "building sqlite" bash -ec 'cd "$1"; source=$1 prefix=$2 image=$3 jobs=$4 cflags=$5; shift 5
    if [ ! -f sqlite3.c ]; then ./configure --disable-tcl > /dev/null; make sqlite3.c sqlite3.h; fi
    mkdir -p "$image$prefix/lib/pkgconfig" "$image$prefix/include"
    "$CC" -O2 -fPIC $cflags -c sqlite3.c -o sqlite3.o && ar rcs "$image$prefix/lib/libsqlite3.a" sqlite3.o
    cp sqlite3.h sqlite3ext.h "$image$prefix/include/" 2> /dev/null || cp sqlite3.h src/sqlite3ext.h "$image$prefix/include/"
    printf "prefix=%s\nName: SQLite\nDescription: SQL database engine\nVersion: %s\nLibs: -L\${prefix}/lib -lsqlite3 -lm\nCflags: -I\${prefix}/include\n" \
      "$prefix" "$(sed -n "s/^#define SQLITE_VERSION *\"\(.*\)\"/\1/p" sqlite3.h)" > "$image$prefix/lib/pkgconfig/sqlite3.pc"' \
    - "$1" "$3" "$4" "$jobs" "$(library_options sqlite)"
}
