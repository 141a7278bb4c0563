/* SPDX-License-Identifier: MIT */
/* Parameters of a node: the value given, or the default of its kind. */
#include "graph/internal.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const rs_param_spec *find_spec(const rs_node *node, const char *name)
{
    const rs_param_spec *spec = rs_node_kind(node)->params;
    for (; spec != NULL && spec->name != NULL; spec++)
        if (strcmp(spec->name, name) == 0)
            return spec;
    return NULL;
}

static const char *unit_of(const rs_node *node, const char *name)
{
    const rs_param_spec *spec = find_spec(node, name);
    return spec != NULL && spec->unit != NULL ? spec->unit : "";
}

int rs_param_text(rs_node *node, const rs_params *params, const char *name, const char **to)
{
    const rs_param_spec *spec = find_spec(node, name);
    for (size_t i = params != NULL ? params->n : 0; i-- > 0;)
        if (strcmp(params->item[i].name, name) == 0) {
            *to = params->item[i].value;
            return 0;
        }
    if (spec == NULL)
        return rs_node_fail(node, -EINVAL,
                            "kind %s reads '%s', which its list of parameters does not have; add "
                            "it there",
                            rs_node_kind(node)->kind, name);
    if (spec->default_text == NULL)
        return rs_node_fail(node, -EINVAL, "%s is missing, and has no default; give %s = %s", name,
                            name, spec->help != NULL ? spec->help : "VALUE");
    *to = spec->default_text;
    return 0;
}

/* "0 to 1", "at least 0", … */
static void range_text(double low, double high, char *to, size_t n)
{
    bool from = low > -(double)FLT_MAX, up = high < (double)FLT_MAX;
    if (from && up)
        snprintf(to, n, "%.15g to %.15g", low, high);
    else if (from)
        snprintf(to, n, "at least %.15g", low);
    else if (up)
        snprintf(to, n, "at most %.15g", high);
    else
        snprintf(to, n, "any number");
}

/* With the point of the C locale, whatever the program has set.  False if it is no number. */
static bool read_number(const char *text, double *to)
{
    char *end;
    locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (c == (locale_t)0)
        return false;
    *to = strtod_l(text, &end, c);
    freelocale(c);
    return end != text && *end == '\0' && strchr(" \t\r\n\v\f", text[0]) == NULL && !isnan(*to);
}

int rs_param_number(rs_node *node, const rs_params *params, const char *name, double low,
                    double high, double *to)
{
    const char *text = "";
    char range[80];
    double x = 0;
    int err = rs_param_text(node, params, name, &text);
    if (err != 0)
        return err;
    bool number = read_number(text, &x);
    if (number && x >= low && x <= high) {
        *to = x;
        return 0;
    }
    const char *unit = unit_of(node, name);
    range_text(low, high, range, sizeof range);
    return rs_node_fail(node, -EINVAL, "%s = '%.40s' is %s; valid: %s%s%s", name, text,
                        number ? "out of range" : "not a number", range, *unit ? " " : "", unit);
}

/* Decimal, or hexadecimal after 0x.  *over: a number, but too large for any range. */
static bool read_integer(const char *text, int64_t *to, bool *over)
{
    char *end;
    const char *digits = text + (text[0] == '-' || text[0] == '+');
    bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    if (digits[0] < '0' || digits[0] > '9')
        return false;
    errno = 0;
    long long x = strtoll(text, &end, hex ? 16 : 10);
    *over = errno == ERANGE;
    *to = x;
    return *end == '\0';
}

int rs_param_integer(rs_node *node, const rs_params *params, const char *name, int64_t low,
                     int64_t high, int64_t *to)
{
    const char *text = "";
    int64_t x = 0;
    bool over = false;
    int err = rs_param_text(node, params, name, &text);
    if (err != 0)
        return err;
    bool whole = read_integer(text, &x, &over);
    if (whole && !over && x >= low && x <= high) {
        *to = x;
        return 0;
    }
    const char *unit = unit_of(node, name);
    return rs_node_fail(node, -EINVAL, "%s = '%.40s' is %s; valid: %" PRId64 " to %" PRId64 "%s%s",
                        name, text, whole ? "out of range" : "not a whole number", low, high,
                        *unit ? " " : "", unit);
}
