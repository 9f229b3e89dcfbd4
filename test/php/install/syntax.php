<?php

$fine = 1;
$broken = ;
