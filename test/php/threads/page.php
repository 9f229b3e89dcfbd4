<?php

echo "served by PHP for {$_SERVER['HTTP_X_FROM']}";
