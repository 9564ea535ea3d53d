/* a.c - a sample. */
int gy_sample; 
int	gy_other;
