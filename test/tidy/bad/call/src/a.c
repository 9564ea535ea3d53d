/* a.c - a core file that calls the system. */
int gy_sample(struct poller* p, int fd) {
  const char* text = "close(fd)"; /* close(fd) */
  p->ops->close(p);
  gy_sys_close(fd);
  (void) close(fd);
  return text == 0 ? read (fd, 0, 0) : 0;
}
