// Work of the kind that jobs do, in C without a library, the canonical ABI by hand (examples/hello says how).

#include <stddef.h>
#include <stdint.h>

#define PAGE 65536

struct list {
  void *data;
  size_t length;
};

extern char __heap_base;
static uintptr_t top = (uintptr_t)&__heap_base;

static void *take(size_t align, size_t size) {
  uintptr_t at = (top + align - 1) & -(uintptr_t)align;
  uintptr_t end = __builtin_wasm_memory_size(0) * PAGE;
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

static struct list *give(void *data, size_t length) {
  static struct list result;
  result = (struct list){data, length};
  return &result;
}

static double square_root(double x) { return __builtin_sqrt(x); }

// e^-x for x from 0 to about 5: enough for the weights of a Gaussian.
static double falling(double x) {
  double term = 1, sum = 1;
  for (int n = 1; n < 40; n++) sum += term *= x / n;
  return 1 / sum;
}

static uint32_t clamped(int32_t at, uint32_t length) {
  return at < 0 ? 0 : (uint32_t)at >= length ? length - 1 : (uint32_t)at;
}

static uint32_t *weights(uint32_t radius) {
  uint32_t *w = take(4, (2 * radius + 1) * sizeof *w), sum = 0;
  for (uint32_t i = 0; i <= 2 * radius; i++) {
    double x = ((double)i - radius) / (radius ? radius : 1) * 2;
    sum += w[i] = (uint32_t)(falling(x * x / 2) * 4096);
  }
  for (uint32_t i = 0; i <= 2 * radius; i++) w[i] = w[i] * 65536 / sum;
  return w;
}

__attribute__((export_name("blur"))) struct list *blur(const uint8_t *pixels, size_t length, uint32_t width,
                                                       uint32_t height, uint32_t radius) {
  if (length != (size_t)width * height * 4) __builtin_trap();
  uint32_t *w = weights(radius);
  uint8_t *rows = take(4, length), *out = take(4, length);
  for (uint32_t y = 0; y < height; y++)
    for (uint32_t x = 0; x < width; x++)
      for (uint32_t c = 0; c < 4; c++) {
        uint32_t sum = 32768;
        for (uint32_t i = 0; i <= 2 * radius; i++)
          sum += w[i] * pixels[(y * width + clamped((int32_t)(x + i - radius), width)) * 4 + c];
        rows[(y * width + x) * 4 + c] = sum >> 16 > 255 ? 255 : sum >> 16;
      }
  for (uint32_t y = 0; y < height; y++)
    for (uint32_t x = 0; x < width; x++)
      for (uint32_t c = 0; c < 4; c++) {
        uint32_t sum = 32768;
        for (uint32_t i = 0; i <= 2 * radius; i++)
          sum += w[i] * rows[(clamped((int32_t)(y + i - radius), height) * width + x) * 4 + c];
        out[(y * width + x) * 4 + c] = sum >> 16 > 255 ? 255 : sum >> 16;
      }
  return give(out, length);
}

static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t x, int n) { return x >> n | x << (32 - n); }
static uint32_t big_endian(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void block(uint32_t state[8], const uint8_t *p) {
  uint32_t w[64];
  for (int i = 0; i < 16; i++) w[i] = big_endian(p + 4 * i);
  for (int i = 16; i < 64; i++)
    w[i] = w[i - 16] + (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7] +
           (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10);
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
  uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
  for (int i = 0; i < 64; i++) {
    uint32_t t = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i];
    uint32_t u = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t, d = c, c = b, b = a, a = t + u;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
  state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

__attribute__((export_name("sha256"))) struct list *sha256(const uint8_t *bytes, size_t length) {
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  size_t whole = length & ~(size_t)63, rest = length - whole;
  for (size_t at = 0; at < whole; at += 64) block(state, bytes + at);
  uint8_t last[128] = {0};
  __builtin_memcpy(last, bytes + whole, rest);
  last[rest] = 0x80;
  size_t end = rest < 56 ? 64 : 128;
  for (int i = 0; i < 8; i++) last[end - 1 - i] = (uint8_t)((uint64_t)length * 8 >> 8 * i);
  for (size_t at = 0; at < end; at += 64) block(state, last + at);
  uint8_t *out = take(1, 32);
  for (int i = 0; i < 32; i++) out[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
  return give(out, 32);
}

__attribute__((export_name("soften"))) struct list *soften(const float *pixels, size_t length, uint32_t width,
                                                           uint32_t height, uint32_t radius) {
  if (length != (size_t)width * height) __builtin_trap();
  float *w = take(4, (2 * radius + 1) * sizeof *w), total = 0;
  for (uint32_t i = 0; i <= 2 * radius; i++) {
    double x = ((double)i - radius) / (radius ? radius : 1) * 2;
    total += w[i] = (float)falling(x * x / 2);
  }
  float *rows = take(4, length * 4), *out = take(4, length * 4);
  for (uint32_t y = 0; y < height; y++)
    for (uint32_t x = 0; x < width; x++) {
      float sum = 0;
      for (uint32_t i = 0; i <= 2 * radius; i++)
        sum += w[i] * pixels[y * width + clamped((int32_t)(x + i - radius), width)];
      rows[y * width + x] = sum / total;
    }
  for (uint32_t y = 0; y < height; y++)
    for (uint32_t x = 0; x < width; x++) {
      float sum = 0;
      for (uint32_t i = 0; i <= 2 * radius; i++)
        sum += w[i] * rows[clamped((int32_t)(y + i - radius), height) * width + x];
      out[y * width + x] = sum / total;
    }
  return give(out, length);
}

struct body {
  double x, y, z, vx, vy, vz, mass;
};

static struct body bodies[5] = {
    {0, 0, 0, 0, 0, 0, 39.478},
    {4.84, -1.16, -0.10, 0.606, 2.812, -0.0252, 0.0377},
    {8.34, 4.12, -0.403, -1.011, 1.826, 0.00842, 0.0113},
    {12.89, -15.11, -0.223, 1.083, 0.869, -0.0108, 0.00172},
    {15.38, -25.92, 0.179, 0.979, 0.594, -0.0348, 0.00203},
};

static void step(double dt) {
  for (int i = 0; i < 5; i++)
    for (int j = i + 1; j < 5; j++) {
      struct body *a = &bodies[i], *b = &bodies[j];
      double x = a->x - b->x, y = a->y - b->y, z = a->z - b->z;
      double d = x * x + y * y + z * z, m = dt / (d * square_root(d));
      a->vx -= x * b->mass * m, a->vy -= y * b->mass * m, a->vz -= z * b->mass * m;
      b->vx += x * a->mass * m, b->vy += y * a->mass * m, b->vz += z * a->mass * m;
    }
  for (int i = 0; i < 5; i++) {
    struct body *a = &bodies[i];
    a->x += dt * a->vx, a->y += dt * a->vy, a->z += dt * a->vz;
  }
}

__attribute__((export_name("planets"))) double planets(uint32_t steps) {
  for (uint32_t i = 0; i < steps; i++) step(0.01);
  double energy = 0;
  for (int i = 0; i < 5; i++) {
    struct body *a = &bodies[i];
    energy += 0.5 * a->mass * (a->vx * a->vx + a->vy * a->vy + a->vz * a->vz);
    for (int j = i + 1; j < 5; j++) {
      struct body *b = &bodies[j];
      double x = a->x - b->x, y = a->y - b->y, z = a->z - b->z;
      energy -= a->mass * b->mass / square_root(x * x + y * y + z * z);
    }
  }
  return energy;
}

__attribute__((export_name("mandelbrot"))) uint32_t mandelbrot(uint32_t size) {
  uint32_t inside = 0;
  for (uint32_t py = 0; py < size; py++)
    for (uint32_t px = 0; px < size; px++) {
      double cx = 3.0 * px / size - 2, cy = 2.0 * py / size - 1, x = 0, y = 0;
      int n = 0;
      for (; n < 100 && x * x + y * y <= 4; n++) {
        double t = x * x - y * y + cx;
        y = 2 * x * y + cy;
        x = t;
      }
      inside += n == 100;
    }
  return inside;
}

__attribute__((export_name("fib"), noinline)) uint32_t fib(uint32_t n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
