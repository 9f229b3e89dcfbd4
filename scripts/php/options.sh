# What is built: configure options, compiler flags and extensions of each variant, and the recipe number.
# All of it is part of the cache key. Raise `recipe` when a change elsewhere in these scripts changes the result
# (comments, messages and checks do not).

recipe=1
variants="release asan tsan"

# Where PHP believes it lives. Nothing is ever installed there: the host sets ini values and paths at run time.
logical_prefix=/usr/local/php-sidekick

# zend-signals would take Node's signal handlers over; the timers are what max_execution_time needs under threads.
# Without --disable-rpath the path of the libraries' folder is baked into libphp.so.
core_options=(
  "--prefix=$logical_prefix" --enable-zts --enable-embed=shared --enable-opcache
  --enable-zend-max-execution-timers --disable-zend-signals --disable-rpath
  --disable-cli --disable-cgi --disable-phpdbg --without-pear
)

# extension | configure options | the static library it cannot do without
extension_table='
bcmath|--enable-bcmath|
calendar|--enable-calendar|
ctype||
curl|--with-curl|curl
dom||libxml2
exif|--enable-exif|
fileinfo||
filter||
ftp|--enable-ftp|
iconv||
libxml||libxml2
mbstring|--enable-mbstring --disable-mbregex|
mysqlnd|--enable-mysqlnd|
mysqli|--with-mysqli=mysqlnd|
openssl|--with-openssl|openssl
pdo||
pdo_mysql|--with-pdo-mysql=mysqlnd|
pdo_sqlite||sqlite
phar||
posix||
session||
shmop|--enable-shmop|
simplexml||libxml2
soap|--enable-soap|libxml2
sockets|--enable-sockets|
sqlite3||sqlite
sysvmsg|--enable-sysvmsg|
sysvsem|--enable-sysvsem|
sysvshm|--enable-sysvshm|
tokenizer||
xml||libxml2
xmlreader||libxml2
xmlwriter||libxml2
zlib|--with-zlib|zlib
'

# A sanitizer build is for the engine and for our own code: it has what the tests use and no library but SQLite.
sanitizer_options=(
  --disable-all --enable-ctype --enable-filter --enable-mbstring --disable-mbregex --enable-pdo --enable-posix
  --enable-session --enable-sockets --enable-tokenizer --with-sqlite3 --with-pdo-sqlite
)

variant_cflags() { # VARIANT
  case $1 in
    release) echo -O2 ;;
    asan) echo -O1 -g -fno-omit-frame-pointer ;;
    tsan) echo -O1 -g -fno-omit-frame-pointer -fsanitize=thread ;; # PHP's configure has no switch for this one
  esac
}

# The static libraries of a variant, in the order in which they are built.
variant_libraries() { # VARIANT
  case $1 in
    release) echo openssl zlib sqlite libxml2 nghttp2 curl ;;
    *) echo sqlite ;;
  esac
}

# Sets `options` and `left_out` ("extension: why" lines) from the variant and the libraries that are missing.
choose_options() { # VARIANT MISSING-LIBRARY...
  local variant=$1 name flags needs
  shift
  local missing=" $* "
  options=("${core_options[@]}")
  left_out=()
  [[ $php_version != 8.2 ]] || options+=(--without-valgrind) # 8.2 takes it when it is there, 8.4 when it is asked to
  if [[ $variant != release ]]; then
    options+=("${sanitizer_options[@]}")
    [[ $variant != asan ]] || options+=(--enable-address-sanitizer --enable-undefined-sanitizer)
    # An ifunc is resolved while libphp.so is being relocated, when an instrumented function cannot yet call libtsan.
    [[ $variant != tsan ]] || options+=(ax_cv_have_func_attribute_ifunc=no)
    left_out=("everything else: a $variant build has only what the tests need")
    return
  fi
  while IFS='|' read -r name flags needs; do
    [[ -n $name ]] || continue
    if [[ -n $needs && $missing == *" $needs "* ]]; then
      left_out+=("$name: $needs could not be had")
      case $name in
        libxml) options+=(--without-libxml) ;;
        openssl | curl | zlib | soap) ;;
        pdo_sqlite) options+=(--without-pdo-sqlite) ;;
        sqlite3) options+=(--without-sqlite3) ;;
        *) options+=("--disable-$name") ;;
      esac
      continue
    fi
    # shellcheck disable=SC2206 # several options in one field
    options+=($flags)
  done <<< "$extension_table"
  [[ $missing != *" nghttp2 "* ]] || left_out+=("HTTP/2 in curl: nghttp2 could not be had")
}

# How the libraries are built. LIBXML2_WITH_ICU=OFF spares 31 MB of data; curl's own threads resolve names.
library_options() { # LIBRARY
  case $1 in
    libxml2) echo -DLIBXML2_WITH_ICU=OFF -DLIBXML2_WITH_LZMA=OFF -DLIBXML2_WITH_ZLIB=ON -DLIBXML2_WITH_PYTHON=OFF \
      -DLIBXML2_WITH_TESTS=OFF -DLIBXML2_WITH_PROGRAMS=OFF -DLIBXML2_WITH_FTP=OFF ;;
    nghttp2) echo -DENABLE_LIB_ONLY=ON -DENABLE_SHARED_LIB=OFF -DENABLE_STATIC_LIB=ON -DBUILD_STATIC_LIBS=ON \
      -DBUILD_TESTING=OFF -DENABLE_DOC=OFF ;;
    curl) echo -DBUILD_CURL_EXE=OFF -DBUILD_STATIC_LIBS=ON -DCURL_USE_OPENSSL=ON -DCURL_ZLIB=ON -DCURL_BROTLI=OFF \
      -DCURL_ZSTD=OFF -DCURL_USE_LIBSSH2=OFF -DCURL_DISABLE_LDAP=ON -DCURL_DISABLE_LDAPS=ON -DUSE_LIBIDN2=OFF \
      -DCURL_USE_LIBPSL=OFF -DENABLE_THREADED_RESOLVER=ON -DBUILD_TESTING=OFF -DBUILD_LIBCURL_DOCS=OFF \
      -DBUILD_MISC_DOCS=OFF -DENABLE_CURL_MANUAL=OFF -DHIDE_LIBCURL_SYMBOLS=ON ;;
    openssl) echo no-shared no-tests no-module no-engine --libdir=lib --openssldir=/etc/ssl -fPIC ;;
    zlib) echo --static ;;
    sqlite) echo -DSQLITE_ENABLE_COLUMN_METADATA=1 -DSQLITE_ENABLE_FTS5=1 \
      -DSQLITE_ENABLE_RTREE=1 -DSQLITE_THREADSAFE=1 ;;
  esac
}
