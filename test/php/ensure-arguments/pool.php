<?php

fgets(frankenphp_get_worker_handle());
