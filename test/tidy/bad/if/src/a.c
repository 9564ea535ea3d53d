/* a.c - a function that is two. */
#if GYRE_FAULTS
int gy_fault;
#endif

int gy_sample(int a) {
  struct pair {
    int one;
  } pair = {a};
#ifdef GYRE_FAULTS
  pair.one++;
#endif
  return pair.one;
}

#ifdef GYRE_FAULTS
int gy_after;
#endif
