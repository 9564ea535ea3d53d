/* a.c - a sample. */

/* TODO: do it. */
int gy_sample;
const char* gy_path = "/home/someone/a.c";
const char* gy_good = "XXXX/home of TODOS";
