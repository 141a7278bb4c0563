/* SPDX-License-Identifier: MIT */
#include "latency_report.h"

#include <inttypes.h>
#include <math.h>

#include "bytes.h"
#include "plot.h"

enum { TEXT = 320, SIZE = 24 };
static const double NOISE_USUAL = 0.05; /* relative sigma of a run; an idle machine has less */

void latency_report_make(struct latency_report *r, const struct latency_plan *p,
                         const struct latency *l, const struct topology *t, int cpu)
{
    *r = (struct latency_report){.cpu = cpu, .plan = p, .measured = l, .claimed_by = t->source};
    r->n_levels = latency_levels(l->point, l->n, l->noise, l->runs, r->level, LATENCY_LEVELS_MAX);
    r->n_claims = latency_judge(r->level, r->n_levels, topology_find(t, cpu), p->max_bytes,
                                r->claim, r->explained);
}

void latency_pages(const struct latency_report *r, char *text, size_t n)
{
    const int64_t huge = r->measured->huge_bytes;
    char got[SIZE], of[SIZE];
    if (huge <= 0)
        snprintf(text, n, huge < 0 ? "pages of unknown size" : "plain pages");
    else if ((size_t)huge + ((size_t)4 << 20) >= r->plan->max_bytes) /* both ends may be plain */
        snprintf(text, n, "huge pages");
    else
        snprintf(text, n, "huge pages for %s of %s", bytes_format((size_t)huge, got, sizeof got),
                 bytes_format(r->plan->max_bytes, of, sizeof of));
}

/* "32 KiB to 45 KiB", or "32 KiB to beyond what was measured". */
static void rise_text(const struct latency_level *l, char *text, size_t n)
{
    char from[SIZE], to[SIZE];
    snprintf(text, n, "%s to %s", bytes_format(l->to_bytes, from, sizeof from),
             l->next_bytes ? bytes_format(l->next_bytes, to, sizeof to)
                           : "beyond what was measured");
}

static void claim_text(const struct latency_report *r, const struct latency_claim *c, char *text,
                       size_t n)
{
    char claimed[SIZE], rise[3 * SIZE] = "";
    bytes_format(c->claimed_bytes, claimed, sizeof claimed);
    if (c->rise >= 0)
        rise_text(&r->level[c->rise], rise, sizeof rise);
    switch (c->verdict) {
    case CLAIM_AGREES:
        snprintf(text, n, "L%d of %s: agrees with the rise from %s", c->level, claimed, rise);
        break;
    case CLAIM_BEYOND:
        snprintf(text, n,
                 "L%d of %s: neither confirmed nor refuted, as sizes end before; measure up to "
                 "four times as much (--max)",
                 c->level, claimed);
        break;
    case CLAIM_NOT_TOLD:
        snprintf(text, n, "L%d: its size is not told", c->level);
        break;
    case CLAIM_DISPUTED:
        snprintf(text, n,
                 "L%d of %s: DISAGREES, latency does not rise there%s%s; the cache may be "
                 "partitioned, used by others, or invented by a virtual machine",
                 c->level, claimed, rise[0] ? "; the nearest rise goes from " : "", rise);
    }
}

static void unexplained_text(const struct latency_report *r, size_t i, char *text, size_t n)
{
    char rise[3 * SIZE];
    rise_text(&r->level[i], rise, sizeof rise);
    snprintf(text, n,
             "a rise from %s that no claimed cache explains: the reach of a TLB%s, or a cache that "
             "is smaller than claimed",
             rise, r->measured->huge_bytes > 0 ? "" : " (--huge-pages moves it)");
}

static bool is_unexplained(const struct latency_report *r, size_t i)
{
    return !r->level[i].last && !r->explained[i];
}

static void write_noise(double noise, FILE *to)
{
    if (isnan(noise))
        fputs("\nhow far runs differ is not known from so few (--runs 3 or more)\n", to);
    else
        fprintf(to, "\nruns differ by %.1f%% (sigma, median over the sizes)%s\n", 100 * noise,
                noise > NOISE_USUAL ? ": something else was running, and some of these rises may "
                                      "be its doing; repeat on an idle machine"
                                    : "");
}

void latency_write_text(const struct latency_report *r, FILE *to)
{
    char text[TEXT], from[SIZE], end[SIZE];
    latency_pages(r, text, sizeof text);
    fprintf(to, "cpu %d, a line every %zu bytes, %s, median of %d runs\n\n", r->cpu,
            r->plan->stride_bytes, text, r->measured->runs);
    fprintf(to, "%-7s %-24s %10s\n", "level", "sizes", "ns a load");
    for (size_t i = 0; i < r->n_levels; i++) {
        const struct latency_level *l = &r->level[i];
        snprintf(text, sizeof text, "%s to %s", bytes_format(l->from_bytes, from, sizeof from),
                 bytes_format(l->to_bytes, end, sizeof end));
        fprintf(to, "%-7zu %-24s %10.2f\n", i + 1, text, l->ns);
    }
    fprintf(to, "\nclaimed by %s:\n", r->claimed_by);
    for (size_t k = 0; k < r->n_claims; k++) {
        claim_text(r, &r->claim[k], text, sizeof text);
        fprintf(to, "  %s\n", text);
    }
    if (r->n_claims == 0)
        fputs("  no caches: there is nothing to compare with\n", to);
    for (size_t i = 0; i < r->n_levels; i++)
        if (is_unexplained(r, i)) {
            unexplained_text(r, i, text, sizeof text);
            fprintf(to, "  %s\n", text);
        }
    write_noise(r->measured->noise, to);
}

/* ---- JSON --------------------------------------------------------------------------------- */

static json_t *bytes_or_null(size_t bytes)
{
    return bytes ? json_integer((json_int_t)bytes) : json_null();
}

static json_t *number_or_null(double x)
{
    return isnan(x) ? json_null() : json_real(x);
}

static json_t *points_json(const struct latency *l)
{
    json_t *list = json_array();
    for (size_t i = 0; i < l->n; i++)
        json_array_append_new(list, json_pack("{s:I, s:f, s:f, s:f}", "bytes",
                                              (json_int_t)l->point[i].bytes, "median_ns",
                                              l->point[i].median_ns, "lo_ns", l->point[i].lo_ns,
                                              "hi_ns", l->point[i].hi_ns));
    return list;
}

static json_t *levels_json(const struct latency_report *r)
{
    char text[TEXT];
    json_t *list = json_array();
    for (size_t i = 0; i < r->n_levels; i++) {
        const struct latency_level *l = &r->level[i];
        unexplained_text(r, i, text, sizeof text);
        json_array_append_new(
            list,
            json_pack("{s:I, s:I, s:o, s:b, s:f, s:o}", "from_bytes", (json_int_t)l->from_bytes,
                      "to_bytes", (json_int_t)l->to_bytes, "next_bytes",
                      bytes_or_null(l->next_bytes), "last", l->last, "latency_ns", l->ns, "doubt",
                      is_unexplained(r, i) ? json_string(text) : json_null()));
    }
    return list;
}

static json_t *claims_json(const struct latency_report *r)
{
    static const char *const verdicts[] = {[CLAIM_AGREES] = "agrees",
                                           [CLAIM_DISPUTED] = "disagrees",
                                           [CLAIM_BEYOND] = "beyond",
                                           [CLAIM_NOT_TOLD] = "not told"};
    char text[TEXT];
    json_t *list = json_array();
    for (size_t k = 0; k < r->n_claims; k++) {
        const struct latency_claim *c = &r->claim[k];
        claim_text(r, c, text, sizeof text);
        json_array_append_new(list, json_pack("{s:i, s:o, s:s, s:s}", "cache_level", c->level,
                                              "claimed_bytes", bytes_or_null(c->claimed_bytes),
                                              "verdict", verdicts[c->verdict], "what", text));
    }
    return list;
}

json_t *latency_json(const struct latency_report *r)
{
    char pages[TEXT];
    const int64_t huge = r->measured->huge_bytes;
    latency_pages(r, pages, sizeof pages);
    return json_pack("{s:i, s:I, s:i, s:s, s:o, s:o, s:s, s:o, s:o, s:o}", "cpu", r->cpu,
                     "stride_bytes", (json_int_t)r->plan->stride_bytes, "runs", r->measured->runs,
                     "pages", pages, "huge_bytes",
                     huge < 0 ? json_null() : json_integer((json_int_t)huge), "noise",
                     number_or_null(r->measured->noise), "claimed_by", r->claimed_by, "levels",
                     levels_json(r), "claims", claims_json(r), "points", points_json(r->measured));
}

/* ---- CSV ---------------------------------------------------------------------------------- */

void latency_write_csv(const struct latency_report *r, FILE *to)
{
    const struct latency *l = r->measured;
    fputs("run,bytes,steps,ns\n", to);
    for (size_t i = 0; i < (size_t)l->runs * l->n; i++)
        fprintf(to, "%zu,%zu,%" PRIu64 ",%.4f\n", i / l->n, l->point[i % l->n].bytes, l->steps[i],
                l->ns[i]);
}

void latency_write_plot(const struct latency_report *r, const char *machine, FILE *to)
{
    char pages[TEXT], size[SIZE], clean[160];
    const struct latency *l = r->measured;
    latency_pages(r, pages, sizeof pages);
    plot_clean(machine, clean, sizeof clean);
    fprintf(to, "# title: Latency of a dependent load by working set\n");
    fprintf(to, "# conditions: cpu %d of %s, a line every %zu bytes, %s, %d runs\n", r->cpu, clean,
            r->plan->stride_bytes, pages, l->runs);
    fputs("# reading: points: median; whiskers: least and most of the runs; bands: rises; "
          "dashed: caches as claimed\n",
          to);
    fputs("kind,bytes,value,value_lo,value_hi,to_bytes,label\n", to);
    for (size_t i = 0; i < l->n; i++)
        fprintf(to, "0,%zu,%.4f,%.4f,%.4f,,\n", l->point[i].bytes, l->point[i].median_ns,
                l->point[i].lo_ns, l->point[i].hi_ns);
    for (size_t i = 0; i < r->n_levels; i++) /* its plateau, and where the next begins */
        fprintf(to, "1,%zu,%.4f,%zu,%zu,%zu,%.3g ns\n", r->level[i].from_bytes, r->level[i].ns,
                r->level[i].next_bytes, r->level[i].next_bytes, r->level[i].to_bytes,
                r->level[i].ns);
    for (size_t k = 0; k < r->n_claims; k++)
        if (r->claim[k].claimed_bytes > 0)
            fprintf(to, "2,%zu,,,,,L%d %s\n", r->claim[k].claimed_bytes, r->claim[k].level,
                    bytes_format(r->claim[k].claimed_bytes, size, sizeof size));
}
