# From PHP's source to a finished prefix: unpack, patch, configure, put opcache inside, make, install, look at the result.

# The symbols of opcache that a host sees. zend_extension_entry is renamed, because the dynamic linker would otherwise
# take libphp.so's for that of any other Zend extension; extension_version_info (renamed too) is hidden.
opcache_entry=php_sidekick_opcache_entry
opcache_version=php_sidekick_opcache_version

compile_php() { # VARIANT VERSION PREFIX
  local variant=$1 version=$2 source=$scratch/php image=$scratch/image patch libraries= pkgconfig= library prefix
  step "unpacking PHP $(source_version "php-$version")"
  unpack_source "php-$version" "$source"
  while read -r patch; do
    step "patch ${patch##*/}"
    logged "applying ${patch#"$project"/} to PHP $(source_version "php-$version")" \
      patch -d "$source" -p1 --fuzz=0 --forward --no-backup-if-mismatch -i "$patch"
  done < <(patches_of "$version")
  require_generated_files "$source"

  # Static archives first on the linker's path, through a folder that holds nothing else.
  mkdir -p "$scratch/archives"
  for library in "${!prefix_of_library[@]}"; do
    prefix=${prefix_of_library[$library]}
    if [[ $prefix == system ]]; then
      for library in ${archives_of[$library]}; do ln -sf "$(system_archive "$library")" "$scratch/archives/"; done
    else
      pkgconfig+=:$prefix/lib/pkgconfig
      ln -sf "$prefix"/lib/lib*.a "$scratch/archives/"
      libraries+=" -I$prefix/include"
    fi
  done

  step "configuring ($variant, ${#options[@]} options)"
  logged "configuring PHP" env -C "$source" "PKG_CONFIG=pkg-config --static" "PKG_CONFIG_PATH=${pkgconfig#:}${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}" \
    "CFLAGS=$(variant_cflags "$variant") -ffile-prefix-map=$source=php-$(source_version "php-$version")" "CPPFLAGS=${libraries# }" \
    "LDFLAGS=-L$scratch/archives -Wl,--exclude-libs,ALL -Wl,-Bsymbolic" CC="$CC" ./configure "${options[@]}"
  put_opcache_inside "$source" "$variant"

  step "compiling with $jobs jobs"
  objects_source=$source objects_total=$(grep -E '^(PHP_GLOBAL_OBJS|PHP_SAPI_OBJS|shared_objects_opcache) =' "$source/Makefile" | grep -o '\.lo' | wc -l)
  logged_long compiling count_objects nice -n 5 make -C "$source" -j"$jobs" libphp.la
  logged "installing the headers" make -C "$source" install-headers install-build install-programs "INSTALL_ROOT=$image"
  assemble_prefix "$source" "$image$logical_prefix" "$variant" "$3"
}

count_objects() { # prints "done total"
  echo "$(find "$objects_source" -name '*.lo' | wc -l) $objects_total"
}

# A release archive holds what bison, re2c and autoconf make; a git checkout does not.
require_generated_files() { # SOURCE
  local tool missing=()
  if [[ -f $1/configure && -f $1/Zend/zend_language_parser.c ]]; then return; fi
  for tool in autoconf bison re2c; do
    command -v $tool > /dev/null || missing+=("$tool")
  done
  if ((${#missing[@]})) && can_install; then
    install_packages "${missing[@]}"
  elif ((${#missing[@]})); then
    fail "a PHP checkout (without generated files) needs: ${missing[*]}." "Install them: $(install_command "${missing[@]}")"
  fi
  logged "buildconf" env -C "$1" ./buildconf --force
}

# opcache's own build makes a shared opcache.so. Its objects go into libphp.so instead, compiled as a built-in part
# (no COMPILE_DL_OPCACHE, no ZEND_COMPILE_DL_EXT): no change to its sources, and one library less to find.
put_opcache_inside() { # SOURCE VARIANT
  echo "{ local: $opcache_version; };" > "$1/exports.map"
  # The linker's flags are repeated here, because 8.2's configure keeps LDFLAGS from libphp.la.
  local link="-L$scratch/archives -Wl,--exclude-libs,ALL -Wl,-Bsymbolic -Wl,--version-script=$1/exports.map"
  # Its JIT walks the stack: with libgcc's unwinder inside, libgcc_s is not needed. The sanitizers bring theirs.
  [[ $2 != release ]] || link+=" -XCClinker -static-libgcc"
  sed -i -E \
    -e "/^\t.* -c .*\/ext\/opcache\//s/-DZEND_COMPILE_DL_EXT=1/-Dzend_extension_entry=$opcache_entry -Dextension_version_info=$opcache_version/" \
    -e 's/^(PHP_GLOBAL_OBJS = .*)$/\1 $(shared_objects_opcache)/' \
    -e 's/^(PHP_MODULES|PHP_ZEND_EX) =.*/\1 =/' \
    -e "s#^(EXTRA_LDFLAGS =)#\1 $link#" "$1/Makefile"
  sed -i 's/^#define COMPILE_DL_OPCACHE 1/\/* opcache is inside libphp *\//' "$1/main/php_config.h"
  if ! grep -q "$opcache_entry" "$1/Makefile" || grep -q '^#define COMPILE_DL_OPCACHE' "$1/main/php_config.h"; then
    fail "opcache could not be put inside: this PHP's Makefile has another shape than expected." "See put_opcache_inside in scripts/php/compile.sh."
  fi
}

assemble_prefix() { # SOURCE IMAGE VARIANT PREFIX
  local staged=$scratch/prefix file
  step "installing"
  mkdir -p "$staged/lib"
  mv "$2/include" "$2/bin" "$staged/"
  mv "$2/lib/php" "$staged/lib/php"
  cp "$1/libs/libphp.so" "$staged/lib/"
  [[ $3 != release ]] || logged strip strip --strip-unneeded "$staged/lib/libphp.so"
  # phpize and php-config find the prefix from where they are.
  for file in "$staged"/bin/phpize "$staged"/bin/php-config; do
    sed -i -E "s#^prefix=['\"]$logical_prefix['\"]\$#prefix=\$(cd \"\$(dirname \"\$0\")/..\" \&\& pwd -P)#; s#^datarootdir='.*'#datarootdir=\$prefix/share#" "$file"
  done
  inspect_library "$staged/lib/libphp.so" "$3" "$1"
  write_manifest "$staged/build-info.json" "$3" "$1"
  publish "$staged" "$4"
}

# What every finished library must be; see docs/building-php.md for why.
inspect_library() { # LIBRARY VARIANT SOURCE
  local needed foreign exports
  needed=$(readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(libc|libm|libpthread|libdl|librt|ld-linux.*|ld-musl.*|libc\.musl.*)\.so' || true)
  [[ $2 == release ]] || needed=$(grep -vE '^lib([atul]|ub)san|^libgcc_s' <<< "$needed" || true)
  [[ -z $needed ]] || fail "libphp.so needs libraries that it must not need: ${needed//$'\n'/ }."
  exports=$(nm -D --defined-only "$1" | awk '{ print $3 }')
  grep -qx "$opcache_entry" <<< "$exports" || fail "libphp.so does not export $opcache_entry."
  foreign=$(grep -E '^(zend_extension_entry|extension_version_info|php_sidekick_opcache_version|(SSL|EVP|CRYPTO|BIO|X509|xml[A-Z]|html[A-Z]|inflate|deflate|nghttp2|curl_easy|curl_multi|Curl|sqlite3)_?[A-Za-z0-9]*_?.*)$' <<< "$exports" |
    grep -vE '^(curl_(multi_|share_)?(ce|class_entry)|sqlite3_module.*)' || true)
  [[ -z $foreign ]] || fail "libphp.so exports what it must hide: $(head -n 5 <<< "$foreign" | tr '\n' ' ')"
  ! readelf -dW "$1" | grep -qE 'TEXTREL|RPATH|RUNPATH' || fail "libphp.so is not relocatable (TEXTREL, RPATH or RUNPATH)."
  grep -q '^#define ZTS 1' "$3/main/php_config.h" || fail "this PHP was built without ZTS."
  ! grep -q '^#define ZEND_SIGNALS 1' "$3/main/php_config.h" || fail "this PHP was built with zend-signals."
}
