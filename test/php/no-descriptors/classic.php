<?php

echo "classic";
