/* seeds.c - runs a fuzz target over files, for compilers without libFuzzer.
 *
 * usage: PROGRAM FILE...
 *
 * Each file is given whole, then cut at each of its bytes, then with each of
 * its bits turned. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum {
  SEED_MOST = 4096
};

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static void seed_run(uint8_t* seed, size_t size) {
  (void)LLVMFuzzerTestOneInput(seed, size);
  for (size_t cut = 0; cut < size; cut++) {
    (void)LLVMFuzzerTestOneInput(seed, cut);
  }
  for (size_t bit = 0; bit < size * 8; bit++) {
    seed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    (void)LLVMFuzzerTestOneInput(seed, size);
    seed[bit / 8] ^= (uint8_t)(1u << bit % 8);
  }
}

int main(int argc, char** argv) {
  static uint8_t seed[SEED_MOST];

  for (int i = 1; i < argc; i++) {
    FILE* file = fopen(argv[i], "rb");
    if (file == NULL) {
      perror(argv[i]);
      return EXIT_FAILURE;
    }
    seed_run(seed, fread(seed, 1, sizeof(seed), file));
    if (fclose(file) != 0) {
      perror(argv[i]);
      return EXIT_FAILURE;
    }
  }
  printf("%d seeds\n", argc - 1);
  return argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
