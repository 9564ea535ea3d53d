/* sys.h - a sample. */
