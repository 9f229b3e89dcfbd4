<?php

while (frankenphp_handle_request(static fn () => print("worker"))) {
}
