/* SPDX-License-Identifier: MIT */
/* Which transport an address asks for. */
#include "graph/transports.h"

#include <stdlib.h>
#include <string.h>

enum { TAG_MOST = 16383 }; /* two of MPI's tags an edge, of which every MPI has 32768 */

/* Of a number that ends the text, or is followed by `end`: its value and the rest; false: none. */
static bool number(const char **text, char end, long most, int *to)
{
    char *rest;
    const long x = strtol(*text, &rest, 10);
    if (**text < '0' || **text > '9' || *rest != end || x > most)
        return false;
    *text = rest + 1;
    *to = (int)x;
    return true;
}

static bool good_tcp(const char *rest)
{
    const char *colon = strrchr(rest, ':'), *port = colon != NULL ? colon + 1 : "";
    int value = 0;
    return colon != NULL && colon > rest && number(&port, '\0', 65535, &value) && value > 0;
}

static bool good_ipc(const char *rest)
{
    return *rest != '\0';
}

static bool take_mpi(const char *rest, int *rank, int *tag)
{
    return number(&rest, ':', 1 << 30, rank) && number(&rest, '\0', TAG_MOST, tag);
}

static bool good_mpi(const char *rest)
{
    int rank, tag;
    return take_mpi(rest, &rank, &tag);
}

static const struct {
    const char *scheme;
    bool (*good)(const char *rest);
    const struct rs_transport_kind *kind;
} transports[] = {{"tcp://", good_tcp, &rs_transport_zmq},
                  {"ipc://", good_ipc, &rs_transport_zmq},
                  {"mpi:", good_mpi, &rs_transport_mpi}};
#define FORMS "tcp://HOST:PORT, ipc://PATH, mpi:RANK:TAG (in a graph file mpi)"

bool rs_mpi_address(const char *address, int *rank, int *tag)
{
    return strncmp(address, "mpi:", 4) == 0 && take_mpi(address + 4, rank, tag);
}

const struct rs_transport_kind *rs_transport_kind_of(const char *address, char *why, size_t n)
{
    for (size_t i = 0; i < sizeof transports / sizeof transports[0]; i++) {
        const size_t length = strlen(transports[i].scheme);
        if (strncmp(address, transports[i].scheme, length) != 0 ||
            !transports[i].good(address + length))
            continue;
        if (transports[i].kind->ops != NULL)
            return transports[i].kind;
        snprintf(why, n, "%.80s: %s", address, transports[i].kind->missing);
        return NULL;
    }
    snprintf(why, n, "transport = %.80s is none of " FORMS, address);
    return NULL;
}

const struct rs_transport_ops *rs_transport_of(const char *address, char *why, size_t n)
{
    const struct rs_transport_kind *kind = rs_transport_kind_of(address, why, n);
    return kind != NULL ? kind->ops : NULL;
}
