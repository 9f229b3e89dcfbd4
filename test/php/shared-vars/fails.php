<?php

// Never boots.
throw new LogicException('no settings');
