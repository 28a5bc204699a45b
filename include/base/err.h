/*
 * err - errors as values with context. Used by every module.
 *
 * Convention: a function that can fail takes `struct err *err` last and returns 0, or -1 with *err set
 * (functions that return a pointer return NULL). Whoever passes an error on may prefix context with
 * err_wrap(); it is logged or answered once, by whoever can no longer pass it on. A message says what
 * failed, on what, and where it is not obvious, what the administrator should do.
 * One that is too long is cut between characters and ends with "…".
 * No allocation, so an error can always be reported. `err` is never NULL.
 */
#ifndef DE_BASE_ERR_H
#define DE_BASE_ERR_H

struct err {
	int code; /* an errno value, an HTTP status from dockerd, or 0 */
	char msg[1024];
};

/* Sets the message and returns -1, so that a caller can `return err_set(...)`. */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Sets the message with ": strerror(errno)" behind it; returns -1. */
int err_errno(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " before the message that is there; returns -1. */
int err_wrap(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
