// SPDX-License-Identifier: MIT
// The C consumer, as C++: the headers and the linkage serve both.
#include "consumer.c"
