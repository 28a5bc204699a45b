/*
 * host - the host's own figures: memory, CPU, load, pressure, the disk of Docker's root folder. Any thread.
 *
 * From /proc/meminfo, /proc/stat, /proc/loadavg, /proc/pressure (man 5 proc;
 * Documentation/accounting/psi.rst) and statvfs(). What this kernel or moment does not give is not there.
 */
#ifndef DE_METRICS_HOST_H
#define DE_METRICS_HOST_H

#include <json-c/json.h>

struct host;

struct host *host_new(void);
void host_free(struct host *h);

/*
 * {"memory": {"total", "available", "used_percent"}, "cpu_percent", "load1", "pressure": {"cpu":
 * {"some_avg10"…}, "memory", "io"}, "disk": {"free_percent"}}: bytes and percent; cpu_percent of all CPUs
 * together, over a second or more, not there at the first reading. `root_dir` is Docker's, "" where it is not
 * known. A new reference, this caller's alone.
 */
struct json_object *host_read(struct host *h, const char *root_dir);

#endif
