// The compiler's own header: `__get_cpuid_count` is a static inline function that Swift can call. Nothing is written in C here.
#if defined(__x86_64__)
#include <cpuid.h>
#endif
