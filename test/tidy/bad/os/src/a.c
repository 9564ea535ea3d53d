/* a.c - a core file that asks which system this is. */
#ifdef __linux__
int gy_linux;
#elif defined(_WIN32) || defined(OTHER)
int gy_windows;
#endif
#if GY__linux__s
int gy_good; /* #ifdef __linux__ in a comment is none */
#endif
