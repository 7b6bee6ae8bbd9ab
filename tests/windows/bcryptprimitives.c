// What Rust's standard library takes random numbers from on Windows, and Debian's Wine 8 does not have: the same function
// by the name that Wine knows. For tests alone.

unsigned char __stdcall SystemFunction036(void *bytes, unsigned long count);

__declspec(dllexport) int __stdcall ProcessPrng(void *bytes, unsigned long long count) {
  return SystemFunction036(bytes, (unsigned long)count);
}

int __stdcall DllMainCRTStartup(void *library, unsigned long why, void *kept) { return 1; }
