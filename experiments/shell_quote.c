/* SPDX-License-Identifier: MIT */
#include "shell_quote.h"

/* Between single quotes nothing is special but a single quote, which stands outside. */
void shell_quote(FILE *to, const char *text)
{
    fputc('\'', to);
    for (; *text != '\0'; text++)
        if (*text == '\'')
            fputs("'\\''", to);
        else
            fputc(*text, to);
    fputc('\'', to);
}
