# build-info.json: what a finished build is and how it came to be.

json_string() { # TEXT
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\t'/ }
  printf '"%s"' "${text//$'\n'/ }"
}

json_list() { # ITEM...
  local comma=
  printf '['
  while (($#)); do
    printf '%s%s' "$comma" "$(json_string "$1")"
    comma=', '
    shift
  done
  printf ']'
}

# Extensions that are compiled in, as PHP's own table lists them, and opcache.
extensions_in() { # SOURCE
  {
    sed -n 's/^[[:space:]]*phpext_\(.*\)_ptr,.*/\1/p' "$1/main/internal_functions.c"
    echo opcache
  } | sort
}

source_origin() { # COMPONENT: the kind in words
  case $(source_kind "$1") in
    official) echo "official release" ;;
    debian-release) echo "official release, as shipped in Debian's source package" ;;
    debian-patched) echo "Debian source package, with Debian's patches" ;;
    local) echo PHP_SOURCE ;;
  esac
}

write_manifest() { # FILE VARIANT SOURCE
  local extensions patches library libraries=() preload=() name
  mapfile -t extensions < <(extensions_in "$3")
  mapfile -t patches < <(patches_of "$php_version")
  for library in $(variant_libraries "$2"); do
    if [[ ${prefix_of_library[$library]:-} == system ]]; then
      libraries+=("$library: the system's static library")
    elif [[ -n ${prefix_of_library[$library]:-} ]]; then
      libraries+=("$library $(source_version "$library"): $(source_origin "$library")")
    fi
  done
  for name in $(case $2 in asan) echo libasan libubsan ;; tsan) echo libtsan ;; esac); do
    preload+=("$("$CC" -print-file-name="$name.so")")
  done
  cat > "$1" << EOF
{
  "version": $(json_string "$(source_version "php-$php_version")"),
  "variant": $(json_string "$2"),
  "zts": true,
  "configure": $(json_list "${options[@]}"),
  "cflags": $(json_string "$(variant_cflags "$2")"),
  "extensions": $(json_list "${extensions[@]}"),
  "leftOut": $(json_list "${left_out[@]}" "pcntl: a fork would return into Node's loop" "readline: there is no terminal to read from"),
  "patches": $(json_list "${patches[@]##*/}"),
  "libraries": $(json_list "${libraries[@]}"),
  "preload": $(json_list "${preload[@]}"),
  "source": { "kind": $(json_string "$(source_origin "php-$php_version")"), "sha256": $(json_string "$(source_sum "php-$php_version")") },
  "compiler": $(json_string "$(compiler_name)"),
  "recipe": $recipe,
  "built": "$(date -u +%FT%TZ)",
  "seconds": $SECONDS
}
EOF
}
