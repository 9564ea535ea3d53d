/* sys.c - the place for it. */
int gy_sys_close(int fd) {
  return close(fd);
}
