/* c.c - the name of another file. */
int gy_sample_b;
