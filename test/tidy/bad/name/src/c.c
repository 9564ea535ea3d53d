/* src/c.c - good: a name with its folder. */
int gy_sample_c;
