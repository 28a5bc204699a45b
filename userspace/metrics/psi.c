#include "base/clock.h"
#include "source_internal.h"

#include <math.h>

void psi_decay(struct usage *u, unsigned long long idle_ns)
{
	static const double window_s[3] = {10, 60, 300};
	double periods = floor((double)idle_ns / (2 * (double)NS_PER_S)); /* PSI_FREQ: 2 s */

	for (int row = 0; row < PRESSURE_ROWS; row++)
		for (int w = 0; w < 3; w++)
			if (u->pressure[row][w]) /* exp() is dear, and most are idle */
				u->pressure[row][w] = (__u64)((double)u->pressure[row][w] *
							      exp(-2 * periods / window_s[w]));
}
