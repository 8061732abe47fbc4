#pragma once

// Catch2 3 has no such header: CMake lets tests find this one in its place. The tests use what 2 and 3 share.
#include <catch2/catch_all.hpp>
