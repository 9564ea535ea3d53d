/* core.h - a sample. */
