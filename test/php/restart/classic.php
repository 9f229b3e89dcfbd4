<?php

usleep((int) ($_GET['sleep'] ?? 0));
echo 'classic';
