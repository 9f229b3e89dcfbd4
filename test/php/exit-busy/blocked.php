<?php

frankenphp_set_vars(['blocked' => true]);
sleep(60);
