<?php /* TOP SECRET */
