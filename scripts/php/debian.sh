# Debian's source packages, by apt, without root: state, lists and cache live in the cache folder, the mirror is the one
# this machine's own apt configuration names, and apt checks Debian's signature and every file's hash as always.

# Obtains a component from Debian. For PHP only the original release archive is taken (Debian's file is php.net's);
# for a library the patched source package of this machine's own release. Returns 1, having said why.
obtain_debian_source() { # COMPONENT PACKAGE VERSION SHA256 FILE
  local component=$1 package=$2 version=$3 sum=$4 file=$5 suite offered chosen dsc
  local folder=$cache/sources/debian
  suite=$(debian_suite_for "$component") || return 1
  debian_open "$suite" || return 1
  mapfile -t offered < <(debian_versions "$suite" "$package" "$version")
  if ((${#offered[@]} == 0)); then
    step "$component: Debian $suite has no source package $package"
    return 1
  fi
  for chosen in "${offered[@]}"; do
    if (cd "$folder" && debian_run "$suite" apt-get source --download-only "$package=$chosen") >> "$log" 2>&1 9>&-; then
      dsc=$(cd "$folder" && ls "${package}_${chosen#*:}.dsc")
      step "$component: $package $chosen from Debian $suite"
      adopt_debian_source "$component" "$chosen" "$dsc" "$version" "$sum" "$file"
      return
    fi
    step "$component: Debian's mirror lists $package $chosen and does not have it"
  done
  return 1
}

debian_suite_for() { # COMPONENT
  if ! command -v apt-get > /dev/null || ! command -v apt-cache > /dev/null || [[ $(os_field ID) != debian ]]; then
    step "$1: Debian's source packages: only on a Debian machine"
    return 1
  fi
  if [[ $1 == php-* ]]; then
    debian_suite_of "${1#php-}"
    return
  fi
  if ! command -v dpkg-source > /dev/null; then
    if ! can_install; then
      step "$1: Debian's source packages: dpkg-source is missing ($(install_command dpkg-dev))"
      return 1
    fi
    install_packages dpkg-dev
  fi
  os_field VERSION_CODENAME
}

os_field() { # NAME, as in /etc/os-release
  # shellcheck disable=SC1091
  (. /etc/os-release 2> /dev/null && echo "${!1:-}")
}

# The private apt of one Debian release: made and updated once a run.
debian_open() { # SUITE
  local suite=$1 home=$cache/apt/$1
  [[ ${debian_opened:-} != *" $suite "* ]] || return 0
  rm -rf "$home"
  mkdir -p "$home"/{lists,archives}/partial
  debian_sources "$suite" > "$home/sources.list"
  if [[ ! -s $home/sources.list ]]; then
    step "Debian $suite: apt's configuration names no Debian mirror"
    return 1
  fi
  # `#clear`: the system's hooks after an update are for the system's lists, not for these.
  cat > "$home/apt.conf" << EOF
Dir::State::lists "$home/lists";
Dir::Cache "$home";
Dir::Etc::sourcelist "$home/sources.list";
Dir::Etc::sourceparts "$home/none";
APT::Sandbox::User "root";
Acquire::Retries "1";
Acquire::http::ConnectionAttemptDelayMsec "250";
Acquire::http::Timeout "20";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
EOF
  step "reading Debian $suite's list of source packages"
  if ! debian_update "$suite"; then
    if grep -q 'NO_PUBKEY\|EXPKEYSIG' "$home/update.log" && debian_renew_keyring "$suite"; then :; else
      step "Debian $suite: $(grep -m 1 -E '^(E|W|Err)' "$home/update.log" | sed -E 's#https?://[^ ]*##g' || echo apt-get update failed)"
      return 1
    fi
  fi
  debian_opened="${debian_opened:-} $suite "
}

debian_run() { # SUITE COMMAND...: an apt command in the private apt
  local suite=$1 command=$2
  shift 2
  "$command" -c "$cache/apt/$suite/apt.conf" "$@"
}

# apt-get update warns and exits 0 when an index fails; only a main archive that was read and verified counts.
debian_update() { # SUITE
  local home=$cache/apt/$1
  debian_run "$1" apt-get update > "$home/update.log" 2>&1 9>&- || { cat "$home/update.log" >> "$log" && return 1; }
  cat "$home/update.log" >> "$log"
  compgen -G "$home/lists/*_dists_$1_main_source_Sources*" > /dev/null
}

# deb-src lines for a suite (the main archive first: of equal versions apt takes the first, and only that one's pool is
# sure to have them), with the mirrors of the machine's own one-line and deb822 files, as apt itself reads them.
debian_sources() { # SUITE
  local own uri release component keyring=${debian_keyring:-/usr/share/keyrings/debian-archive-keyring.gpg} option=
  own=$(os_field VERSION_CODENAME)
  [[ ! -f $keyring ]] || option="[signed-by=$keyring] "
  # shellcheck disable=SC2016 # apt's own variables
  apt-get indextargets --format '$(REPO_URI)|$(RELEASE)|$(COMPONENT)' 'Created-By: Packages' 2> /dev/null | sort -u -t'|' -k2,2 |
    while IFS='|' read -r uri release component; do
      [[ $component == main && ${uri%/} =~ /debian(-security)?$ ]] || continue
      case $release in
        "$own" | stable) echo "deb-src $option$uri $1 main" ;;
        "$own-updates" | stable-updates) echo "deb-src $option$uri $1-updates main" ;;
        "$own-security" | stable-security) echo "deb-src $option$uri $1-security main" ;;
      esac
    done
}

# A newer release is signed by keys that an old keyring may not have. The package debian-archive-keyring of this machine's
# own release brings them, verified by the keys the machine already trusts; it is unpacked privately, nothing is installed.
debian_renew_keyring() { # SUITE
  local home=$cache/apt/$1
  step "Debian $1: its keys are not in this machine's keyring; fetching debian-archive-keyring from this machine's own release"
  mkdir -p "$home/own/partial" "$home/keyring"
  (cd "$home/keyring" &&
    apt-get -o Dir::State::lists="$home/own" -o Dir::Cache="$home" -o APT::Sandbox::User=root update &&
    apt-get -o Dir::State::lists="$home/own" -o Dir::Cache="$home" -o APT::Sandbox::User=root download debian-archive-keyring &&
    dpkg-deb -x debian-archive-keyring_*.deb .) >> "$log" 2>&1 9>&- || return 1
  debian_keyring=$home/keyring/usr/share/keyrings/debian-archive-keyring.gpg
  [[ -f $debian_keyring ]] || debian_keyring=${debian_keyring%.gpg}.pgp
  debian_sources "$1" > "$home/sources.list"
  debian_update "$1"
}

# Source versions on offer, best first: for PHP the pinned release, then the newest; for a library the newest.
debian_versions() { # SUITE PACKAGE PINNED-VERSION
  local version sorted=() i
  while read -r version; do
    for ((i = 0; i < ${#sorted[@]}; i++)); do
      if [[ $2 == php* && ${version#*:} == "$3"-* ]] || { [[ $2 != php* || ${sorted[i]#*:} != "$3"-* ]] && dpkg --compare-versions "$version" gt "${sorted[i]}"; }; then break; fi
    done
    sorted=("${sorted[@]:0:i}" "$version" "${sorted[@]:i}")
  done < <(debian_run "$1" apt-cache showsrc --only-source "$2" 2> /dev/null | awk '/^Version:/ { print $2 }' | sort -u)
  ((${#sorted[@]} == 0)) || printf '%s\n' "${sorted[@]}"
}

adopt_debian_source() { # COMPONENT DEBIAN-VERSION DSC PINNED-VERSION PINNED-SHA256 FILE
  local component=$1 version=$2 dsc=$3 folder=$cache/sources/debian original upstream
  if [[ $component != php-* ]]; then
    choose_source "$component" debian-patched "$version" "$(sha256_of "$folder/$dsc")" "debian/$dsc"
    return
  fi
  upstream=${version#*:}
  upstream=${upstream%-*}
  original=$(awk '/^Checksums-Sha256:/ { on = 1; next } /^[^ ]/ { on = 0 } on && $3 ~ /\.orig\.tar\.[a-z0-9]+$/ { print $3, $1 }' "$folder/$dsc")
  require_sum "$folder/${original% *}" "${original#* }"
  if [[ $upstream == "$4" ]]; then
    require_sum "$folder/${original% *}" "$5"
    cp "$folder/${original% *}" "$cache/tmp/$6" && mv "$cache/tmp/$6" "$cache/sources/$6"
    choose_source "$component" debian-release "$upstream" "$5" "$6"
  else
    step "$component: Debian has $upstream, this project is tested with $4; building $upstream"
    choose_source "$component" debian-release "$upstream" "${original#* }" "debian/${original% *}"
  fi
}
