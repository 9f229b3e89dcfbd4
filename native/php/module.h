// The PHP module that holds our functions, under the name that scripts written for FrankenPHP ask for.
#pragma once

#include "php/zend.h"

namespace sidekick::php {

zend_module_entry& module_entry();

}  // namespace sidekick::php
