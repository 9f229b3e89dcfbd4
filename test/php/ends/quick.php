<?php

echo 'quick';
