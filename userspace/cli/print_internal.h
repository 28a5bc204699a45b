/*
 * print - all that the subcommands print, for cli/ only. What they print is written by others too (names of
 * containers and rules, labels, paths, answers): each text is shown as buf_escape() has it, so that nothing
 * in it is a line of its own or commands a terminal. `make lint` knows that nobody in this room prints
 * otherwise (tests/lint/printing).
 */
#ifndef DE_CLI_PRINT_INTERNAL_H
#define DE_CLI_PRINT_INTERNAL_H

#include <json-c/json.h>
#include <stdio.h>

void print_text(FILE *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void print_line(FILE *f, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* and a line break */

void print_end(FILE *f); /* the line break */

/* "docker-enforcer: …" on standard error */
void print_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

void print_json(FILE *f, struct json_object *j, int flags); /* JSON_C_TO_STRING_…; escaped as JSON is */

/* "docker-enforcer: WHAT: …", of a load of rules: a line for each problem, escaped by itself. */
void print_problems(const char *what, const char *lines);

/* Lines each of which is escaped already. */
void print_escaped(FILE *f, const char *text);

/* Only where `f` is a terminal. */
enum colour { COLOUR_NONE, COLOUR_RED, COLOUR_GREEN };
void print_colour(FILE *f, enum colour colour);
void print_clear(FILE *f);

/* Our own words: a literal, of several lines. */
#define print_help(f, text) print_escaped(f, "" text "")

#endif
