// The smallest component with something to say: C without a library, the canonical ABI by hand.
//
// A string is an address and a length. The host puts arguments where cabi_realloc tells it to, and a string as result is
// returned by the address of such a pair. Memory is taken from the top and never given back: an instance serves one call.

#include <stddef.h>
#include <stdint.h>

#define PAGE 65536

struct string {
  const char *data;
  size_t length;
};

extern char __heap_base;
static uintptr_t top = (uintptr_t)&__heap_base;

static void *take(size_t align, size_t size) {
  uintptr_t at = (top + align - 1) & -(uintptr_t)align;
  uintptr_t end = __builtin_wasm_memory_size(0) * PAGE;
  // What is left is compared, not the sum: the sum can pass the end of the address space.
  if (at < top || size > UINTPTR_MAX - at - PAGE) __builtin_trap();
  if (at + size > end) {
    size_t pages = (at + size - end + PAGE - 1) / PAGE;
    if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) __builtin_trap();
  }
  top = at + size;
  return (void *)at;
}

__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  void *at = take(align, size);
  if (old_size != 0) __builtin_memcpy(at, old, old_size < size ? old_size : size);
  return at;
}

__attribute__((export_name("greet"))) struct string *greet(const char *name, size_t length) {
  static const char before[] = "Hello, ", nobody[] = "world";
  static struct string result;

  if (length == 0) {
    name = nobody;
    length = sizeof nobody - 1;
  }
  size_t greeting = sizeof before - 1;
  char *text = take(1, greeting + length + 1);
  __builtin_memcpy(text, before, greeting);
  __builtin_memcpy(text + greeting, name, length);
  text[greeting + length] = '!';
  result = (struct string){text, greeting + length + 1};
  return &result;
}
