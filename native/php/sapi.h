// The SAPI: PHP's view of its host. Named `frankenphp`, which opcache knows and scripts written for FrankenPHP look
// for.
#pragma once

#include "php/zend.h"

namespace sidekick::php {

sapi_module_struct& sapi();

}  // namespace sidekick::php
