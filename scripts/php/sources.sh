# Where the source code comes from. For PHP: PHP_SOURCE, the cache, the official download, Debian's source package; for
# the libraries the same without the first. Whatever is taken is hash-checked and remembered in sources/<component>.chosen,
# so that later runs and other variants use the same bytes.
#
# A .chosen file is one line: KIND VERSION SHA256 PATH PIN. KIND is official, debian-release (the official file, as
# Debian ships it) or debian-patched (PATH is a .dsc). PIN is the line of versions.sh it was chosen under: a new pin, a new choice.

local_source= # what PHP_SOURCE holds

chosen_line() { # COMPONENT: its choice, if there is one that still holds
  local file=$cache/sources/$1.chosen kind version sum path pin
  [[ -f $file ]] || return 1
  read -r kind version sum path pin < "$file"
  [[ $pin == "$(release_pin "$1")" && -e $cache/sources/$path ]] && echo "$kind $version $sum $path"
}

release_pin() { # COMPONENT
  local version sum _
  read -r version sum _ < <(release_of "$1") && echo "$version:$sum"
}

choose_source() { # COMPONENT KIND VERSION SHA256 PATH
  echo "$2 $3 $4 $5 $(release_pin "$1")" > "$cache/sources/$1.chosen.new"
  mv "$cache/sources/$1.chosen.new" "$cache/sources/$1.chosen"
}

source_field() { # COMPONENT N: of the choice, or of the pin when nothing was chosen yet
  local line version sum file _
  if [[ $1 == php-* && -n ${PHP_SOURCE:-} ]]; then
    line=$local_source
  else
    read -r version sum file _ < <(release_of "$1")
    line=$(chosen_line "$1") || line="official $version $sum $file"
  fi
  cut -d' ' -f"$2" <<< "$line"
}

source_kind() { source_field "$1" 1; }
source_version() { source_field "$1" 2; }
source_sum() { source_field "$1" 3; }
source_path() { echo "$cache/sources/$(source_field "$1" 4)"; }
source_identity() { echo "$(source_version "$1") $(source_sum "$1")"; }

# Makes sure a component's source is in the cache. Returns 1, having said why, when it cannot be had.
obtain_source() { # COMPONENT
  local version sum file package addresses
  [[ $1 != php-* || -z ${PHP_SOURCE:-} ]] || return 0
  if chosen_line "$1" > /dev/null; then
    check_chosen "$1"
    return
  fi
  read -r version sum file package addresses < <(release_of "$1")
  if [[ -f $cache/sources/$file ]]; then
    require_sum "$cache/sources/$file" "$sum"
    choose_source "$1" official "$version" "$sum" "$file"
    step "$1 $version: found in the cache"
    return
  fi
  # shellcheck disable=SC2086 # a list of addresses
  if download_release "$1" "$version" "$sum" "$file" $addresses; then return; fi
  obtain_debian_source "$1" "$package" "$version" "$sum" "$file"
}

check_chosen() { # COMPONENT
  local path
  path=$(source_path "$1")
  require_sum "$path" "$(source_sum "$1")"
}

require_sum() { # FILE SHA256
  local got
  got=$(sha256_of "$1")
  [[ $got == "$2" ]] || fail "$1 is not the file it should be." "expected SHA-256 $2" "got      SHA-256 $got" \
    "Delete the file and run this again; if it comes back the same, do not build from it."
}

download_release() { # COMPONENT VERSION SHA256 FILE ADDRESS...
  local component=$1 version=$2 sum=$3 file=$4 address host said
  shift 4
  for address in "$@"; do
    host=${address#*://}
    host=${host%%/*}
    if said=$(download "$address" "$cache/tmp/$file"); then
      require_sum "$cache/tmp/$file" "$sum"
      mv "$cache/tmp/$file" "$cache/sources/$file"
      choose_source "$component" official "$version" "$sum" "$file"
      step "$component $version: downloaded from $host"
      return 0
    fi
    rm -f "$cache/tmp/$file"
    step "$component $version: not from $host (${said##*$'\n'})"
  done
  return 1
}

# Five seconds to connect: an unreachable site costs no more than that.
download() { # ADDRESS FILE
  if command -v curl > /dev/null; then
    curl -fsSL --connect-timeout 5 --speed-limit 1000 --speed-time 30 --max-time 900 -o "$2" "$1" 2>&1
  else
    wget -q --connect-timeout=5 --dns-timeout=5 --read-timeout=30 --tries=1 -O "$2" "$1" 2>&1 || {
      echo "wget failed"
      return 1
    }
  fi
}

# PHP_SOURCE, as a .chosen line; main keeps it in `local_source`. A folder's identity is the list of its files with sizes and times.
local_source_line() { # COMPONENT
  local source=$PHP_SOURCE version sum pinned_version pinned_sum memory
  if [[ -d $source ]]; then
    [[ -f $source/main/php_version.h ]] || fail "PHP_SOURCE is $source: not a PHP source folder (it has no main/php_version.h)."
    version=$(sed -n 's/^#define PHP_VERSION "\(.*\)"/\1/p' "$source/main/php_version.h")
    sum=$(cd "$source" && find . -name .git -prune -o -type f ! -name '*.o' ! -name '*.lo' -printf '%P %s %T@\n' | sort | sha256sum | cut -c1-64)
  elif [[ -f $source ]]; then
    sum=$(sha256_of "$source")
    memory=$cache/sources/local-$sum.version
    if [[ -s $memory ]]; then
      version=$(< "$memory")
    else
      version=$(tar -xOf "$source" --wildcards '*/main/php_version.h' 2> /dev/null | sed -n 's/^#define PHP_VERSION "\(.*\)"/\1/p') || true
      [[ -n $version ]] || fail "PHP_SOURCE is $source: not a PHP source archive, or a damaged one ($(tar -tf "$source" 2>&1 > /dev/null | head -n 1))." \
        "Give a php-X.Y.Z.tar.xz from php.net, or the folder it unpacks to."
      if [[ -w $cache/sources ]]; then echo "$version" > "$memory"; fi
    fi
    read -r pinned_version pinned_sum _ < <(release_of "$1")
    [[ $version != "$pinned_version" || $source != *.tar.xz || ! ${source##*/} =~ ^php-?[0-9] ]] || require_sum "$source" "$pinned_sum"
  else
    fail "PHP_SOURCE is $source, which does not exist." "Give a php-X.Y.Z.tar.xz from php.net, or the folder it unpacks to."
  fi
  [[ $version == "${1#php-}".* ]] || fail "PHP_SOURCE holds PHP $version, but PHP ${1#php-} is to be built." \
    "Pass --version ${version%.*}, or unset PHP_SOURCE."
  echo "local $version $sum -"
}

# Unpacks a component's source into a new folder.
unpack_source() { # COMPONENT FOLDER
  local kind path
  kind=$(source_kind "$1")
  path=$(source_path "$1")
  case $kind in
    local)
      mkdir -p "$2"
      if [[ -d $PHP_SOURCE ]]; then
        logged "copying $PHP_SOURCE" bash -c 'cd "$1" && tar -c --exclude=.git --exclude="*.o" --exclude="*.lo" --exclude=.libs \
          --exclude=./libtool --exclude=./Makefile --exclude=./config.status --exclude=./config.cache . | tar -x -C "$2"' - "$PHP_SOURCE" "$2"
      else
        logged "unpacking $PHP_SOURCE" tar -xf "$PHP_SOURCE" -C "$2" --strip-components=1
      fi
      ;;
    debian-patched) logged "unpacking $path" dpkg-source --no-copy -x "$path" "$2" ;;
    *)
      mkdir -p "$2"
      logged "unpacking $path" tar -xf "$path" -C "$2" --strip-components=1
      ;;
  esac
}
