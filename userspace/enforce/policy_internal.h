/* policy_internal - what the policy and the check of its files share. For enforce/ only. */
#ifndef DE_ENFORCE_POLICY_INTERNAL_H
#define DE_ENFORCE_POLICY_INTERNAL_H

#include "enforce/policy.h"
#include "policy_files_internal.h"

/* Called with each file's rules, whatever became of them; `p` has those of the files before. */
typedef void (*policy_loaded_fn)(void *arg, const struct policy *p, const struct policy_file *file,
				 const struct rule_list *list);

/* All files of DIR into *p, for policy_free_files(); the number of problems. */
size_t policy_read(const char *dir, struct policy *p, struct findings *findings, policy_loaded_fn loaded,
		   void *arg);
void policy_free_files(struct policy *p);

#endif
