// Settings for which another default than PHP's own is better here; a php.ini and Runtime.start({ ini }) come over
// them.
#pragma once

#include "php/zend.h"

namespace sidekick::php {

// sapi_module.ini_defaults: called before PHP reads any php.ini.
void set_ini_defaults(HashTable* settings);

}  // namespace sidekick::php
