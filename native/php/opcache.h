// opcache under threads. It is linked into libphp (scripts/build-php), and patched so that its host decides about
// restarts (php-src-patches/8.4/0002): they wipe shared memory under every running thread, so this host allows none.
// opcache_reset() discards every script instead, which disturbs nobody; a full cache stays in service as it is.
#pragma once

namespace sidekick::php {

// In a module's MINIT, which is in time for the engine's own start of its extensions.
void register_opcache();

// php.ini settings that suit a cache which is never emptied; the user's own come after them.
inline constexpr const char* kOpcacheDefaults =
    "opcache.memory_consumption=256\n"
    "opcache.interned_strings_buffer=16\n"
    "opcache.max_accelerated_files=20000\n";

}  // namespace sidekick::php
