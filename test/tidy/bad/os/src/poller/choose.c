/* choose.c - the place for it. */
#ifdef __linux__
int gy_linux;
#endif
