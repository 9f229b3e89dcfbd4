# The releases this project is built from and tested with: exact versions, where they are published, and their SHA-256.
# The PHP sums are those of php.net's release files (Debian's signed .dsc and the official Docker images name the same);
# curl and OpenSSL: the files that their maintainers signed, as in Debian's .dsc; the others as several packagers pin them.
# Changing a line here changes the cache key: the next run builds anew.

# component      version   sha256  file  debian-source-package  addresses...
release_of() { # COMPONENT: prints its line, without the component
  case $1 in
    php-8.4) echo 8.4.24 e127be09a8506f4327c5cfa78a614b00d210714484ec215ce0011b4a03c00731 php-8.4.24.tar.xz php8.4 \
      https://www.php.net/distributions/php-8.4.24.tar.xz ;;
    php-8.2) echo 8.2.32 e02aa173c236c12791696254d607da680e6d5516f8f5c2339642de7c4f944bd2 php-8.2.32.tar.xz php8.2 \
      https://www.php.net/distributions/php-8.2.32.tar.xz ;;
    libxml2) echo 2.13.9 a2c9ae7b770da34860050c309f903221c67830c86e4a7e760692b803df95143a libxml2-2.13.9.tar.xz libxml2 \
      https://download.gnome.org/sources/libxml2/2.13/libxml2-2.13.9.tar.xz ;;
    nghttp2) echo 1.64.0 b452dc69a1fcbc9375389b8b154175d8b7b125cdd713fc426774c2b79a1ebd77 nghttp2-1.64.0.tar.gz nghttp2 \
      https://github.com/nghttp2/nghttp2/archive/refs/tags/v1.64.0.tar.gz ;;
    curl) echo 8.14.1 6766ada7101d292b42b8b15681120acd68effa4a9660935853cf6d61f0d984d4 curl-8.14.1.tar.gz curl \
      https://curl.se/download/curl-8.14.1.tar.gz ;;
    openssl) echo 3.5.7 a8c0d28a529ca480f9f36cf5792e2cd21984552a3c8e4aa11a24aa31aeac98e8 openssl-3.5.7.tar.gz openssl \
      https://github.com/openssl/openssl/releases/download/openssl-3.5.7/openssl-3.5.7.tar.gz ;;
    zlib) echo 1.3.1 9a93b2b7dfdac77ceba5a558a580e74667dd6fede4585b91eefb60f03b72df23 zlib-1.3.1.tar.gz zlib \
      https://github.com/madler/zlib/releases/download/v1.3.1/zlib-1.3.1.tar.gz https://zlib.net/fossils/zlib-1.3.1.tar.gz ;;
    sqlite) echo 3.51.2 fbd89f866b1403bb66a143065440089dd76100f2238314d92274a082d4f2b7bb sqlite-autoconf-3510200.tar.gz sqlite3 \
      https://sqlite.org/2026/sqlite-autoconf-3510200.tar.gz ;;
    *) return 1 ;;
  esac
}

php_versions="8.4 8.2"
php_default=8.4

# The Debian release whose source package carries that PHP. Libraries come from the machine's own release instead.
debian_suite_of() { # PHP-VERSION
  case $1 in
    8.4) echo trixie ;;
    8.2) echo bookworm ;;
  esac
}
