# What the person sees: one line a step with the time since the start, a heartbeat in long steps, and errors that say
# what to do. Everything here goes to stderr and to the log file; stdout belongs to the prefix alone.

log=/dev/null # the log file, once log_open has chosen it
work_pid=     # the long command that is running, if any

log_open() { # FILE: start a new log there
  mkdir -p "$(dirname "$1")"
  printf '%s build-php %s\n' "$(date -u +%FT%TZ)" "$*" > "$1"
  log=$1
}

step() { # TEXT
  local line
  printf -v line '[%2d:%02d] %s' $((SECONDS / 60)) $((SECONDS % 60)) "$*"
  printf '%s\n' "$line" >&2
  [[ $log == /dev/null ]] || printf '\n=== %s\n' "$line" >> "$log"
}

fail() { # SENTENCE [WHAT TO DO...]: one error, non-zero exit
  {
    printf '\nbuild-php: %s\n' "$1"
    shift
    (($# == 0)) || printf '  %s\n' "$@"
    [[ $log == /dev/null ]] || printf '  log: %s\n' "$log"
  } >&2
  exit 1
}

# Starts a command with its output in the log, and sets `work_pid`. It leads a session of its own, so that stop_work ends
# it with all its children; it gets no copy of the lock and dies with this script, so that a killed build frees the cache.
start_work() { # COMMAND...
  printf '$ %s\n' "$*" >> "$log"
  if command -v setsid > /dev/null; then set -- setsid "$@"; fi
  if command -v setpriv > /dev/null; then set -- setpriv --pdeathsig TERM "$@"; fi
  "$@" >> "$log" 2>&1 < /dev/null 9>&- &
  work_pid=$!
}

stop_work() {
  [[ -n $work_pid ]] || return 0
  kill -TERM -- "-$work_pid" 2> /dev/null || kill -TERM "$work_pid" 2> /dev/null || true
  wait "$work_pid" 2> /dev/null || true
  work_pid=
}

# Waits in bash's own `wait`, which a signal to this script interrupts at once.
finish_work() { # WHAT FIRST-LINE
  local status=0
  wait "$work_pid" || status=$?
  work_pid=
  ((status == 0)) || fail_logged "$1" "$2"
}

# Runs a command; when it fails, says so with what it complained about.
logged() { # WHAT COMMAND...
  local what=$1 from
  shift
  from=$(wc -l < "$log")
  start_work "$@"
  finish_work "$what" "$from"
}

# The same for a long command: every few seconds COUNT (a function that prints "done total") is asked how far it is.
logged_long() { # WHAT COUNT COMMAND...
  local what=$1 count=$2 from beat=0 done total last=
  shift 2
  from=$(wc -l < "$log")
  start_work "$@"
  while kill -0 "$work_pid" 2> /dev/null; do
    sleep 1
    ((++beat % 15)) && continue
    read -r done total < <("$count")
    [[ "$done $total" == "$last" ]] && continue
    last="$done $total"
    step "  $what: $done of $total objects ($((total ? done * 100 / total : 0)) %)"
  done
  finish_work "$what" "$from"
}

fail_logged() { # WHAT FIRST-LINE: an error that shows what the command complained about, or the end of what it said
  local said complaints
  said=$(tail -n +$(($2 + 1)) "$log" | grep -vE '^(\$ |=== |.*libtool .*--mode=)' | cut -c1-200)
  if grep -qi 'no space left on device' <<< "$said"; then
    fail "$1 failed: the disk is full." \
      "Free about $((disk_needed_kb / 1024 / 1024)) GB under $cache, or set PHP_SIDEKICK_CACHE to a folder on another disk."
  fi
  mapfile -t complaints < <(grep -E '(^|[ :])([Ee]rror|ERROR|fatal|E)[: ]|cannot find|undefined reference|FAILED|Failure|Unsupported|\*\*\*|Killed' <<< "$said" | tail -n 8)
  ((${#complaints[@]})) || mapfile -t complaints < <(tail -n 6 <<< "$said")
  fail "$1 failed. It said:" "${complaints[@]}"
}
