# What the machine must have before anything starts: the commands, a working compiler, disk space. All that is missing
# is told at once; root on a machine with apt-get gets it installed instead.

disk_needed_kb=$((3 * 1024 * 1024))

# command | Debian package | Fedora package | Alpine package
tool_table='
make|make|make|make
cc|gcc libc6-dev|gcc glibc-devel|build-base linux-headers
ld|binutils|binutils|binutils
ar|binutils|binutils|binutils
pkg-config|pkg-config|pkgconf-pkg-config|pkgconf
cmake|cmake|cmake|cmake
patch|patch|patch|patch
tar|tar|tar|tar
xz|xz-utils|xz|xz
gzip|gzip|gzip|gzip
bzip2|bzip2|bzip2|bzip2
perl|perl|perl|perl
'

# What the scripts themselves cannot start without.
require_shell_tools() {
  local tool missing=()
  for tool in awk cat cp cut df flock grep head mkdir mktemp mv rm sed sha256sum sleep sort tail touch tr wc; do
    command -v "$tool" > /dev/null || missing+=("$tool")
  done
  ((${#missing[@]} == 0)) || fail "these commands are missing: ${missing[*]}." \
    "They are part of every Linux system (coreutils, util-linux, gawk, grep, sed): look at PATH, which is $PATH"
}

package_column() { # prints the table's column for this machine's package manager, or nothing
  if command -v apt-get > /dev/null; then echo 2
  elif command -v dnf > /dev/null; then echo 3
  elif command -v apk > /dev/null; then echo 4
  fi
}

install_command() { # PACKAGE...: the command a person would type
  local sudo=
  [[ $EUID == 0 ]] || sudo='sudo '
  case $(package_column) in
    2) echo "${sudo}apt-get install -y $*" ;;
    3) echo "${sudo}dnf install -y $*" ;;
    4) echo "${sudo}apk add $*" ;;
  esac
}

can_install() {
  [[ $EUID == 0 ]] && command -v apt-get > /dev/null
}

install_packages() { # PACKAGE...
  step "installing with apt-get: $*"
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@")
  # Fresh containers have no package lists, old ones stale lists: an update, once, then.
  "${install[@]}" >> "$log" 2>&1 9>&- && return
  logged "apt-get update" apt-get update
  logged "apt-get install $*" "${install[@]}"
}

missing_tools() { # prints "command|packages" lines
  local line tool column
  column=$(package_column)
  while IFS= read -r line; do
    tool=${line%%|*}
    [[ -n $tool ]] || continue
    [[ $tool != cc ]] || tool=$CC
    command -v "$tool" > /dev/null || echo "$tool|$(cut -d'|' -f"${column:-2}" <<< "$line")"
  done <<< "$tool_table"
  command -v curl > /dev/null || command -v wget > /dev/null || echo 'curl|curl'
}

require_tools() {
  local lines=() packages said
  mapfile -t lines < <(missing_tools)
  if ((${#lines[@]})); then
    packages=$(printf '%s\n' "${lines[@]#*|}" | tr ' ' '\n' | sort -u | tr '\n' ' ')
    if can_install; then
      # shellcheck disable=SC2086 # a list of words
      install_packages $packages
    else
      said=$(install_command "${packages% }")
      fail "PHP cannot be built without: $(printf '%s, ' "${lines[@]%%|*}" | sed 's/, $//')." \
        "${said:+Install them: $said}" ${said:-"Install them with your system's package manager (Debian's names: ${packages% })."}
    fi
  fi
  local probe=$scratch/probe
  mkdir -p "$probe"
  echo '#include <stdio.h>
int main(void) { return !stdout; }' > "$probe/a.c"
  if ! said=$("$CC" -o "$probe/a" "$probe/a.c" 2>&1); then
    fail "the compiler ($CC) cannot build a program: ${said%%$'\n'*}" "$(install_command $(
      case $(package_column) in 2) echo gcc libc6-dev ;; 3) echo gcc glibc-devel ;; *) echo build-base ;; esac
    ))"
  fi
}

require_disk() {
  local free
  free=$(df -Pk "$cache" | awk 'NR == 2 { print $4 }')
  [[ $free =~ ^[0-9]+$ ]] || return 0
  ((free >= disk_needed_kb)) || fail "a build needs about $((disk_needed_kb / 1024 / 1024)) GB of disk; $cache has $((free / 1024)) MB free." \
    "Free some space there, or set PHP_SIDEKICK_CACHE to a folder on another disk."
}
