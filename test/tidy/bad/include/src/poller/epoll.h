/* epoll.h - a sample. */
