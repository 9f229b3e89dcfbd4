// setlocale() of scripts. PHP's own sets the process's locale, which is Node's too, and every other thread's; here each
// PHP thread has a locale of its own (uselocale), and the process keeps the one it had (contract W08).
#pragma once

#include <locale.h>

#include <string>

namespace sidekick::php {

struct ThreadState;

// Keeps the process's locale through what it encloses: PHP's startup sets it.
class ProcessLocale {
 public:
  ProcessLocale();
  ~ProcessLocale();
  ProcessLocale(const ProcessLocale&) = delete;
  ProcessLocale& operator=(const ProcessLocale&) = delete;

 private:
  const std::string before_;
};

// A thread's locale; freed with its state.
class ThreadLocale {
 public:
  ThreadLocale() = default;
  ~ThreadLocale();
  ThreadLocale(const ThreadLocale&) = delete;
  ThreadLocale& operator=(const ThreadLocale&) = delete;

  // The calling thread takes PHP's initial locale: "C", with characters in UTF-8.
  void begin();
  // Back to that, when a script has changed it.
  void reset();
  // False: the system has no such locale, and nothing has changed. `category` is one of the LC_… constants.
  bool set(int category, const char* name);
  // The name that set() would take to make it what it is; valid until the next call.
  const std::string& name(int category);
  bool is_initial() const { return own_ == nullptr; }

 private:
  locale_t own_ = nullptr;  // null: the initial one
  std::string name_;        // here, not on a frame that a bailout may cross
};

// RSHUTDOWN: what a script has set ends with it.
void reset_locale(ThreadState& state);

}  // namespace sidekick::php
