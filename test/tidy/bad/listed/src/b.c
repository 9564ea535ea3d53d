/* b.c - a file that is not built; the list has others that end like it. */
int gy_sample;
