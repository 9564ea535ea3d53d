/* a.c - a core file that goes past the user's allocator. */
void* gy_sample(void) {
  gy_free(0);
  return malloc(1);
}
