/* a.c - a good file; the other is in a folder that no row knows. */
int gy_sample;
