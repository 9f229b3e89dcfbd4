// One run of a script as on a command line (runtime.run(), contract J08): what to run, its three streams, and who is
// told of its end. Made by a JavaScript environment, started by the supervisor (core/supervisor_scripts.cpp), carried
// out by a PHP thread; held by all three.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/byte_pipe.h"
#include "core/failure.h"
#include "core/options.h"
#include "core/port.h"

namespace sidekick::core {

struct ScriptOptions {
  std::string file;               // absolute path
  std::vector<std::string> args;  // $argv: the script as the user named it first
  Environment env;                // over the process's
  std::string cwd;                // absolute path
};

class ScriptRun {
 public:
  // `operation` on `port` is answered when the run has ended: done with the exit status, or failed.
  ScriptRun(ScriptOptions options, std::shared_ptr<Port> port, std::uint32_t operation);

  const ScriptOptions& options() const { return options_; }
  std::uint32_t operation() const { return operation_; }

  // An event `script` on the port says which of them has something for JavaScript to do (Event::kInput, …).
  BytePipe input;
  BytePipe output;
  BytePipe error;

  // The PHP thread, or the supervisor for one that never ran or will not come back; what comes first counts.
  void finish(std::int32_t exit_status);
  void fail(Failure failure);

  // JavaScript has lost interest: nothing that the script writes goes anywhere, and its input has ended.
  void close();

 private:
  bool settle();

  const ScriptOptions options_;
  const std::shared_ptr<Port> port_;
  const std::uint32_t operation_;
  std::atomic<bool> settled_{false};
};

}  // namespace sidekick::core
