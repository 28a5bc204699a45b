/*
 * needs - what a rule reads, as bits: a binding adds them for each path, and whoever prepares what the rule
 * will see goes by them.
 */
#ifndef DE_RULES_NEEDS_H
#define DE_RULES_NEEDS_H

/* What a rule reads, as logic_needs() gives it. */
enum need {
	NEED_PARAMS = 1,
	NEED_METRICS = 2,
	NEED_POSITION = 4,    /* how many containers run, and since when */
	NEED_NETWORK = 8,     /* socket byte counters: cgroup_skb has to be attached */
	NEED_INTERFACES = 16, /* metrics.networks: /proc/PID/net/dev */
	NEED_RATE = 32,	      /* cpu_percent: two samples a second apart */
	NEED_IMAGE = 64,      /* what a request's image adds to Config */
	NEED_MOUNTS = 128,    /* what a request's volumes and VolumesFrom stand for */
	NEED_SECURITY = 256,
	NEED_DEVICES = 512,
	NEED_PORTS = 1024,
	NEED_PROCESS = 2048, /* user, healthcheck */
	NEED_NAMESPACES = 4096,
	NEED_NETWORKS = 8192,
	NEED_UNKNOWN = 16384,	    /* what of a request is not known */
	NEED_TARGET = 32768,	    /* what a request is about */
	NEED_PIDS = 65536,	    /* how many processes there are */
	NEED_OWNER = 131072,	    /* whose a container is */
	NEED_ASKER = 262144,	    /* who asks: `owner` of request rules */
	NEED_GROUPS = 524288,	    /* of the person who asks */
	NEED_HOST = 1048576,	    /* the host's own figures */
	NEED_GROUP = 2097152,	    /* `group`: who is together by a rule's `per` */
	NEED_GROUP_USAGE = 4194304, /* what a group uses */
	NEED_IDLE = 8388608,	    /* how long it has done nothing */
	NEED_ALL = 16777215,
};

/* What is found out about a container or a request only if a rule, or its message, reads it. */
#define NEEDS_OF_LOOKS                                                                                       \
	(NEED_IMAGE | NEED_MOUNTS | NEED_SECURITY | NEED_DEVICES | NEED_PORTS | NEED_PROCESS |               \
	 NEED_NAMESPACES | NEED_NETWORKS | NEED_UNKNOWN | NEED_TARGET)

/* What changes without an event of Docker's: rules on it are for watch. */
#define NEED_MEASURED (NEED_METRICS | NEED_GROUP_USAGE)
#define NEED_FIGURES  (NEED_MEASURED | NEED_HOST)

#endif
