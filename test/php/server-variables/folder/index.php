<?php

echo "index";
