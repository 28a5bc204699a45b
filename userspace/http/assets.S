/* The pages' style and script, as they are in ui/. */
	.section .rodata
	.global ui_css, ui_css_end, ui_js, ui_js_end
ui_css:
	.incbin "userspace/http/ui/ui.css"
ui_css_end:
ui_js:
	.incbin "userspace/http/ui/ui.js"
ui_js_end:
	.section .note.GNU-stack, "", %progbits
