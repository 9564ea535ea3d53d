/* alloc.c - the place for it. */
void* gy_malloc(int size) {
  return malloc(size);
}
