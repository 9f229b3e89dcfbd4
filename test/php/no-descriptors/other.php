<?php

echo "other";
