/* The pages' style and script, as they are in ui/. */
	.section .rodata
	.global ui_css, ui_css_size, ui_js, ui_js_size
ui_css:
	.incbin "userspace/http/ui/ui.css"
ui_css_end:
	.balign 8
ui_css_size:
	.quad ui_css_end - ui_css
ui_js:
	.incbin "userspace/http/ui/ui.js"
ui_js_end:
	.balign 8
ui_js_size:
	.quad ui_js_end - ui_js
	.section .note.GNU-stack, "", %progbits
