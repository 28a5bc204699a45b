/* The host for people. */
#include "base/json.h"
#include "html_internal.h"
#include "machine_internal.h"

static double number(struct json_object *doc, const char *path)
{
	return json_object_get_double(html_find(doc, path));
}

static bool is_given(struct json_object *doc, const char *path)
{
	return html_find(doc, path) != NULL;
}

static void begin_row(const char *title, struct buf *out)
{
	buf_printf(out, "<tr><th scope=\"row\">%s</th><td>", title);
}

static void end_row(struct buf *out)
{
	buf_puts(out, "</td></tr>\n");
}

static void put_meter(const char *what, double value, double max, struct buf *out)
{
	buf_printf(out,
		   "<meter aria-label=\"%s\" min=\"0\" max=\"%.17g\" low=\"%.17g\" high=\"%.17g\" "
		   "optimum=\"0\" value=\"%.17g\"></meter> ",
		   what, max, max * 0.7, max * 0.9, value);
}

static void put_memory(struct json_object *doc, struct buf *out)
{
	double total = number(doc, "memory.total"), available = number(doc, "memory.available");

	if (!is_given(doc, "memory.total"))
		return;
	begin_row("Memory", out);
	put_meter("memory in use", total - available, total, out);
	html_bytes(out, total - available);
	buf_puts(out, " of ");
	html_bytes(out, total);
	buf_puts(out, " in use");
	if (is_given(doc, "used_by_containers.memory")) {
		buf_puts(out, "; by containers ");
		html_bytes(out, number(doc, "used_by_containers.memory"));
	}
	buf_puts(out, "; promised to them ");
	html_bytes(out, number(doc, "promised.memory"));
	if (number(doc, "promised.unlimited") > 0) {
		buf_puts(out, " and all there is to <strong>");
		html_number(out, number(doc, "promised.unlimited"), 0);
		buf_puts(out, "</strong> without a limit");
	}
	end_row(out);
}

static void put_cpu(struct json_object *doc, struct buf *out)
{
	double cpus = number(doc, "cpus");

	if (!is_given(doc, "cpus"))
		return;
	begin_row("CPU", out);
	if (is_given(doc, "cpu_percent")) {
		put_meter("CPU in use", number(doc, "cpu_percent"), 100, out);
		html_number(out, number(doc, "cpu_percent"), 1);
		buf_puts(out, " % of ");
	}
	html_number(out, cpus, 0);
	buf_puts(out, " CPUs; promised to containers ");
	html_number(out, number(doc, "promised.cpus"), 1);
	buf_puts(out, " CPUs; load ");
	html_number(out, number(doc, "load1"), 2);
	end_row(out);
}

static void put_pressure(struct json_object *doc, const char *of, const char *title, struct buf *out)
{
	AUTO(free_charp) char *some = mem_printf("pressure.%s.some_avg10", of);
	AUTO(free_charp) char *full = mem_printf("pressure.%s.full_avg10", of);

	if (!is_given(doc, some))
		return;
	begin_row(title, out);
	put_meter(title, number(doc, some), 100, out);
	html_number(out, number(doc, some), 1);
	buf_puts(out, " % of the last 10 s somebody waited");
	if (is_given(doc, full)) {
		buf_puts(out, ", ");
		html_number(out, number(doc, full), 1);
		buf_puts(out, " % everybody");
	}
	end_row(out);
}

static void put_rest(struct json_object *doc, struct buf *out)
{
	if (is_given(doc, "disk.free_percent")) {
		begin_row("Disk of Docker", out);
		put_meter("disk in use", 100 - number(doc, "disk.free_percent"), 100, out);
		html_number(out, number(doc, "disk.free_percent"), 1);
		buf_puts(out, " % free");
		end_row(out);
	}
	begin_row("Containers", out);
	buf_puts(out, "<a href=\"/containers\">");
	html_number(out, number(doc, "containers"), 0);
	buf_puts(out, "</a> run, ");
	html_number(out, number(doc, "measured"), 0);
	buf_puts(out, " are measured; processes promised ");
	html_number(out, number(doc, "promised.pids"), 0);
	end_row(out);
}

void html_machine(const struct page_context *c, struct buf *out)
{
	buf_puts(out, "<div id=\"live\">\n<p class=\"note\">How the host does, and what is promised to "
		      "containers by their limits against what there is.</p>\n<table>\n<tbody>\n");
	if (!is_given(c->doc, "memory.total"))
		buf_puts(out, "<tr><td colspan=\"2\">Docker is on another host, whose figures are not known "
			      "here.</td></tr>\n");
	put_memory(c->doc, out);
	put_cpu(c->doc, out);
	put_pressure(c->doc, "memory", "Pressure on memory", out);
	put_pressure(c->doc, "cpu", "Pressure on CPU", out);
	put_pressure(c->doc, "io", "Pressure on disks", out);
	put_rest(c->doc, out);
	buf_puts(out, "</tbody>\n</table>\n</div>\n");
}
