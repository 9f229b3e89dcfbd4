<?php

// Runs, but is never ready: it neither publishes nor waits on its handle.
usleep(60_000_000);
