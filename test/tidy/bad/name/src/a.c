/* What a file is stands in its first line, after its name. */
int gy_sample;
