# ext/intl as a shared extension of the libphp that is in use, for tests of applications that need it: ICU is C++ and
# large, so libphp is made without it. Needs ICU's headers; nothing is optimized, it is for tests.

# intl_build PREFIX SOURCES FOLDER: makes FOLDER/intl.so, unless what is there is of this PREFIX. SOURCES: the cache's.
intl_build() {
  local prefix=$1 sources=$2 folder=$3 version archive include
  [[ ! -f $folder/intl.so || ! -f $folder/prefix || $(< "$folder/prefix") != "$prefix" ]] || return 0
  pkg-config --exists icu-uc icu-io icu-i18n 2> /dev/null || { echo 'ICU (Debian: libicu-dev) is not installed' >&2; return 1; }
  version=$("$prefix/bin/php-config" --version)
  archive=$sources/php-$version.tar.xz
  [[ -f $archive ]] || { echo "$archive is not there: PHP was not built on this machine" >&2; return 1; }
  rm -rf "$folder"
  mkdir -p "$folder"
  tar -xf "$archive" -C "$folder" --wildcards --strip-components=3 --exclude='*/tests/*' '*/ext/intl/*'
  include=$prefix/include/php
  printf '%s\n' -fPIC -O0 -w -D_GNU_SOURCE -DZEND_ENABLE_STATIC_TSRMLS_CACHE=1 -DCOMPILE_DL_INTL=1 -DHAVE_INTL=1 \
    -DU_NO_DEFAULT_INCLUDE_UTF_HEADERS=1 -DU_DEFINE_FALSE_AND_TRUE=1 -DU_HIDE_OBSOLETE_UTF_OLD_H=1 \
    -DUNISTR_FROM_CHAR_EXPLICIT=explicit -DUNISTR_FROM_STRING_EXPLICIT=explicit \
    -I. -I"$include" -I"$include/main" -I"$include/Zend" -I"$include/TSRM" -I"$include/ext" > "$folder/flags"
  (
    cd "$folder"
    find . \( -name '*.c' -o -name '*.cpp' \) -print0 |
      xargs -0 -P "$(nproc)" -I{} sh -c 'case {} in *.cpp) g++ -std=c++17 @flags -c {} -o {}.o ;; *) gcc @flags -c {} -o {}.o ;; esac' &&
      mapfile -t objects < <(find . -name '*.o') && mapfile -t icu < <(pkg-config --libs icu-uc icu-io icu-i18n | xargs -n 1) &&
      g++ -shared -o intl.so "${objects[@]}" -L"$prefix/lib" -lphp "${icu[@]}" && echo "$prefix" > prefix
  )
}
