/* a.c - a sample with a dash – of the kind that editors like to put in. */
const char* gy_sample = "\xc3\xa4";
