/* b.c - a sample. */
int gy_sample_b;
