/* sync.h - what the files of the synchronisation primitives share. */
#ifndef GY_UNIX_SYNC_H_
#define GY_UNIX_SYNC_H_

/* End the program when |err|, an errno, is not 0: |call| was made on something
 * that is not locked, not initialised or still in use, and cannot say so. The
 * reason goes to stderr. */
void gy_sync_must(int err, const char* call);

#endif /* GY_UNIX_SYNC_H_ */
