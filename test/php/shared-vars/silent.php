<?php

// Is ready, as it waits on its handle, but never publishes.
fgets(frankenphp_get_worker_handle());
