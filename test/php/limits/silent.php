<?php

// Never publishes, until it is told to stop.
fgets(frankenphp_get_worker_handle());
