/* uv.h - a sample. */
