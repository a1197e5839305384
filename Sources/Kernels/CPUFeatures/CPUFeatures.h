// The only C of this package: two instructions that Swift has no spelling for.
#if defined(__x86_64__)
#include <cpuid.h>

/// EAX, EBX, ECX and EDX of CPUID into `registers`; 0 where the processor does not know the leaf.
static inline int pinn_cpuid(unsigned int leaf, unsigned int subleaf, unsigned int *registers) {
  return __get_cpuid_count(leaf, subleaf, registers, registers + 1, registers + 2, registers + 3);
}

/// Which register states the operating system saves (XCR0). To be called only where CPUID reports OSXSAVE.
static inline unsigned int pinn_extended_states(void) {
  unsigned int low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}
#endif
