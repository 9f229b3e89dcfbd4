<?php

echo 'never asks for a request';
