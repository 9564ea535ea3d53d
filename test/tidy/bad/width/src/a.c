/* a.c - a sample with a line of one column too many, and one that just fits.
 *
 * These are eighty-one columns, which is one more than a line may have in here..
 * These are eighty columns, which is just as many as a line may have in here...
 */
int gy_sample;
