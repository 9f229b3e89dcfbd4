// The native test program: doctest's own main. Each other file here tests one noun of native/core.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
