<?php
echo 'front controller: ', $_SERVER['REQUEST_URI'];
