<?php

// Is ready, and never receives a task.
while (fgets(frankenphp_get_worker_handle()) !== false) {
}
