/* forms - the forms that texts of Docker's have, for the table of fields. For view/ only. */
#ifndef DE_VIEW_FORMS_INTERNAL_H
#define DE_VIEW_FORMS_INTERNAL_H

#include "rules/field.h"

extern const struct field_form form_name, form_id, form_path, form_endpoint, form_capability, form_port,
	form_image_name, form_image_id, form_digest, form_assignment, form_bind, form_mode, form_plain;

#endif
