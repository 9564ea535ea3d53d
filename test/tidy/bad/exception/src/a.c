/* a.c - one finding, which is excused. */
void gy_sample(void) {
  abort();
  raise(1);
}
