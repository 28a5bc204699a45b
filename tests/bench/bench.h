/*
 * bench - how every benchmark here says what it measured: a line of tab-separated fields that
 * tests/bench/report makes a table and JSON of. For tests/bench/ only.
 */
#ifndef DE_BENCH_H
#define DE_BENCH_H

#include <stdio.h>
#include <stdlib.h>

static inline int bench_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * One side of a measure: the median of `n` rounds (which are sorted), and their spread. `who` is "ours", or
 * the alternative measured in the same run; `size` says at what ("1000 cgroups").
 */
static inline void bench_report(const char *measure, const char *size, const char *who, double *rounds,
				size_t n, const char *unit)
{
	qsort(rounds, n, sizeof(*rounds), bench_compare);
	printf("%s\t%s\t%s\t%.6g\t%.6g\t%.6g\t%s\n", measure, size, who, rounds[n / 2], rounds[0],
	       rounds[n - 1], unit);
	fflush(stdout);
}

#endif
