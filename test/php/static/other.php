<?php // a secret
