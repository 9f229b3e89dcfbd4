// Strings for whatever PHP threads make anew for each request of always the same texts: names and values in $_SERVER.
// They are as those that PHP interns for good: no copy, no count of references, the hash is known, any thread may have
// them. A text is kept once and never freed, so only those belong here that the process has a bounded number of.
#pragma once

#include <string_view>

#include "php/zend.h"

namespace sidekick::php {

// Any thread; takes a lock: meant to be asked once per text and place.
zend_string* lasting_string(std::string_view text);

}  // namespace sidekick::php
