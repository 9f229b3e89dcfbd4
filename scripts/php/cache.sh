# The cache folder: where finished builds, libraries and sources live, under which names, and who may write.
#
#   sources/    release archives under their official names; debian/ what came from Debian; *.chosen what was taken
#   libraries/  one prefix per static library          builds/  one prefix per PHP build
#   tmp/        work in progress: anything found there by the holder of the lock belongs to a run that died
#   logs/ apt/ lock
#
# A prefix is finished when it holds the file `.complete`; it is built in tmp/ and renamed, so it is there as a whole
# or not at all.

cache=
scratch=

cache_open() { # sets `cache`; creates nothing
  if [[ -n ${PHP_SIDEKICK_CACHE:-} ]]; then
    cache=$PHP_SIDEKICK_CACHE
  elif [[ -n ${XDG_CACHE_HOME:-} ]]; then
    cache=$XDG_CACHE_HOME/php-sidekick
  elif [[ -n ${HOME:-} ]]; then
    cache=$HOME/.cache/php-sidekick
  else
    fail "no place for the cache: neither PHP_SIDEKICK_CACHE nor XDG_CACHE_HOME nor HOME is set." \
      "Set PHP_SIDEKICK_CACHE to a folder you can write to."
  fi
  [[ $cache == /* ]] || cache=$PWD/$cache
  if [[ $cache == *[[:space:]:\'\"\\\$\#]* ]]; then
    fail "the cache folder's path holds a character that PHP's build cannot take: $cache" \
      "Set PHP_SIDEKICK_CACHE to a path without spaces, quotes, colons, dollars or hashes."
  fi
}

cache_make() {
  local said
  said=$(mkdir -p "$cache"/{sources/debian,libraries,builds,tmp,logs,apt} 2>&1 && touch "$cache/lock" 2>&1) ||
    fail "cannot write to the cache folder $cache (${said##*: })." "Set PHP_SIDEKICK_CACHE to a folder you can write to."
}

# Waits for the lock and keeps it until this process ends. Children get no copy (see report.sh).
cache_lock() {
  exec 9> "$cache/lock"
  if ! flock -n 9; then
    step "another build-php is at work in $cache (process $(cat "$cache/lock.holder" 2> /dev/null || echo '?')); waiting for it"
    flock 9
  fi
  echo $$ > "$cache/lock.holder"
  local stale
  for stale in "$cache"/tmp/*; do
    [[ -e $stale ]] || continue
    step "removing what an interrupted run left: ${stale##*/}"
    rm -rf "$stale" 2> /dev/null || { sleep 2 && rm -rf "$stale"; }
  done
}

scratch_make() { # NAME: sets `scratch` to a new folder under tmp/
  scratch=$(mktemp -d "$cache/tmp/$1.XXXXXX") || fail "cannot write to $cache/tmp."
}

scratch_drop() {
  [[ -z $scratch ]] || rm -rf "$scratch"
  scratch=
}

is_complete() { # PREFIX
  [[ -f $1/.complete ]]
}

# Moves a prefix that was built elsewhere in the cache to its place.
publish() { # FROM TO
  : > "$1/.complete"
  sync -f "$1" 2> /dev/null || true
  if [[ -e $2 ]]; then
    step "removing an unfinished ${2##*/}"
    rm -rf "$2"
  fi
  mv -T "$1" "$2" || fail "could not move the finished build to $2."
}

digest() { # stdin, 12 hex digits
  sha256sum | cut -c1-12
}

sha256_of() { # FILE
  local sum _
  read -r sum _ < <(sha256sum "$1") && echo "$sum"
}

patches_of() { # PHP-VERSION: its patch files in order
  local file
  for file in "$project/php-src-patches/$1"/[0-9][0-9][0-9][0-9]-*.patch; do
    [[ ! -f $file ]] || echo "$file"
  done
}

compiler_name() {
  local first
  command -v "$CC" > /dev/null || return 1
  first=$("$CC" --version 2> /dev/null) || return 1
  echo "${first%%$'\n'*} $("$CC" -dumpmachine)"
}

# Everything the result depends on, one fact a line. The hash of these lines names the build.
build_facts() { # VARIANT VERSION
  local library file
  echo "recipe $recipe"
  echo "php $(source_identity "php-$2") $1"
  echo "options ${options[*]}"
  echo "flags $(variant_cflags "$1")"
  echo "compiler $(compiler_name || echo none)"
  for library in $(variant_libraries "$1"); do
    echo "library $library $(library_identity "$library")"
  done
  while read -r file; do
    echo "patch ${file##*/} $(sha256_of "$file")"
  done < <(patches_of "$2")
}

prefix_of() { # VARIANT VERSION
  local key
  key=$(build_facts "$@" | digest)
  echo "$cache/builds/php-$(source_version "php-$2")-$1-$key"
}
