/* SPDX-License-Identifier: MIT */
/*
 * A page that holds its pictures: each is the document of a frame of its own, so that the script
 * that inferno puts into a picture finds only that picture.  Nothing is loaded from anywhere, and
 * the page's policy forbids it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "flame.h"

enum { FRAME_MARGIN_PIXELS = 24 };

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<style>\n"
    "body { font: 14px/1.45 system-ui, sans-serif; color: #222; margin: 1.2em 1.6em }\n"
    "h1 { font-size: 1.35em; margin: 0 0 .6em } h2 { font-size: 1.05em; margin: 1.3em 0 .3em }\n"
    "table { border-collapse: collapse } td, th { padding: .12em 1.1em .12em 0; "
    "text-align: left; vertical-align: top }\n"
    "th { font-weight: 600; white-space: nowrap } td.n { text-align: right }\n"
    "iframe { border: 1px solid #ccc; width: 100% } p { max-width: 62em; margin: .4em 0 }\n"
    "</style>\n";

/* A picture keeps its zoom in the address of its page, which a frame does not have. */
static const char frame_head[] =
    "<!DOCTYPE html><style>body{margin:0}svg{display:block;width:100%}</style>"
    "<script>history.replaceState=function(){}</script>";

static const char foot[] =
    "<p>A frame's width is its share.  At the bottom are the threads, above a frame is what it "
    "called.  Click a frame to zoom; Ctrl-F searches by regular expression.  Where there is no "
    "comparison, orange is the kernel and turquoise an inlined function; the folded stacks mark "
    "them _[k] and _[i].</p>\n</body>\n</html>\n";

static void put_text(FILE *to, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '&':
            fputs("&amp;", to);
            break;
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        default:
            fputc(*text, to);
        }
}

/* Of an attribute, where < and > may stay: a picture has thousands. */
static void put_attribute(FILE *to, const char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '&' || *text == '"')
            fputs(*text == '&' ? "&amp;" : "&quot;", to);
        else
            fputc(*text, to);
}

static void put_row(FILE *to, const char *name, const char *text)
{
    fprintf(to, "<tr><th>%s<td>", name);
    put_text(to, text);
    fputs("\n", to);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static long long number_of(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

static void join(const json_t *words, char *text, size_t n)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < json_array_size(words) && used < n; i++)
        used += (size_t)snprintf(text + used, n - used, "%s%s", i > 0 ? " " : "",
                                 json_string_value(json_array_get(words, i)));
}

static void put_counts(FILE *to, const json_t *one)
{
    char text[512];
    const bool off = strcmp(text_of(one, "unit"), "us") == 0;
    if (off)
        snprintf(text, sizeof text,
                 "%lld waits that lasted %.3f s in all; %lld without an end in the recording, "
                 "%lld without a stack",
                 number_of(one, "samples"), (double)number_of(one, "weight") / 1e6,
                 number_of(one, "unpaired"), number_of(one, "without_stack"));
    else
        snprintf(text, sizeof text, "%lld samples at %lld a second of cpu time",
                 number_of(one, "samples"), number_of(one, "frequency_hz"));
    put_row(to, off ? "Waits" : "Samples", text);
    snprintf(text, sizeof text, "%lld", number_of(one, "lost"));
    put_row(to, "Lost by perf", text);
    snprintf(text, sizeof text, "%lld %s of the command's own threads, which are no node's",
             number_of(one, "left_out"), off ? "waits" : "samples");
    if (number_of(one, "left_out") > 0)
        put_row(to, "Left out", text);
}

static void put_result(FILE *to, const json_t *one)
{
    static const char *const metrics[] = {"ns_per_msg", "rtt_ns", "ns_per_line", "ns_per_call"};
    char text[128];
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        const json_t *value = json_object_get(json_object_get(one, "metrics"), metrics[i]);
        if (!json_is_number(value))
            continue;
        snprintf(text, sizeof text,
                 "%s %.4g while recorded; recording costs time, so it is not a result", metrics[i],
                 json_number_value(value));
        put_row(to, "Speed", text);
    }
}

static void put_waits(FILE *to, const json_t *waits)
{
    const char *name;
    const json_t *node;
    char on[512];
    if (json_object_size(waits) == 0)
        return;
    fputs("<h2>Who waits for whom</h2>\n<p>By the engine's own counters: a blocking stack says "
          "that a worker waits, these say for which port.</p>\n<table>\n<tr><th>node<th>waits for "
          "input<th>works<th>waits for room<th>seen waiting for\n",
          to);
    json_object_foreach((json_t *)waits, name, node)
    {
        join(json_object_get(node, "on"), on, sizeof on);
        fputs("<tr><td>", to);
        put_text(to, name);
        fprintf(to, "<td class=n>%.1f%%<td class=n>%.1f%%<td class=n>%.1f%%<td>",
                json_number_value(json_object_get(node, "input_pct")),
                json_number_value(json_object_get(node, "work_pct")),
                json_number_value(json_object_get(node, "room_pct")));
        put_text(to, on);
        fputs("\n", to);
    }
    fputs("</table>\n", to);
}

static void put_facts(FILE *to, const json_t *about)
{
    char text[2048];
    size_t i;
    json_t *one;
    fputs("<table>\n", to);
    join(json_object_get(about, "command"), text, sizeof text);
    put_row(to, "Made by", text);
    put_row(to, "Machine", text_of(about, "machine"));
    snprintf(text, sizeof text, "%s, %s", text_of(about, "commit"), text_of(about, "compiler"));
    put_row(to, "Built from", text);
    snprintf(text, sizeof text, "%s: %s (%s, %s)", text_of(about, "event"),
             text_of(about, "event_about"), text_of(about, "perf"), text_of(about, "recorded"));
    put_row(to, "Event", text);
    json_array_foreach(json_object_get(about, "recordings"), i, one)
    {
        put_row(to, "Recorded", text_of(one, "title"));
        put_counts(to, one);
        put_result(to, one);
    }
    fputs("</table>\n", to);
    json_array_foreach(json_object_get(about, "recordings"), i, one)
        put_waits(to, json_object_get(one, "waits"));
}

static void put_picture(FILE *to, const struct flame_picture *p)
{
    const char *svg = strstr(p->svg, "<svg"), *height = strstr(p->svg, " height=\"");
    long pixels = height != NULL ? strtol(height + 9, NULL, 10) : 0;
    fputs("<h2>", to);
    put_text(to, p->caption);
    fprintf(to, "</h2>\n<iframe title=\"flame graph\" style=\"height:%ldpx\" srcdoc=\"",
            (pixels > 0 ? pixels : 600) + FRAME_MARGIN_PIXELS);
    put_attribute(to, frame_head);
    put_attribute(to, svg != NULL ? svg : p->svg);
    fputs("\"></iframe>\n", to);
}

int flame_write_page(const char *dir, const char *name, const char *title, const json_t *about,
                     const struct flame_picture *pictures, size_t n)
{
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    if (to == NULL) {
        complain("out of memory; free some and repeat");
        return EXIT_INCOMPLETE;
    }
    fprintf(to, "%s<title>", head);
    put_text(to, title);
    fputs("</title>\n</head>\n<body>\n<h1>", to);
    put_text(to, title);
    fputs("</h1>\n", to);
    put_facts(to, about);
    for (size_t i = 0; i < n; i++)
        put_picture(to, &pictures[i]);
    fputs(foot, to);
    int code = fclose(to) == 0 ? flame_write(dir, name, ".html", text, length) : EXIT_INCOMPLETE;
    free(text);
    return code;
}
