<?php

function server_name(): string
{
    return $_SERVER['FRANKENPHP_WORKER_NAME'];
}
