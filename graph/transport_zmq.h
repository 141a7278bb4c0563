/* SPDX-License-Identifier: MIT */
/* What the two files of the transport over libzmq share: keys, and who is let in. */
#ifndef RINGSIDE_TRANSPORT_ZMQ_H
#define RINGSIDE_TRANSPORT_ZMQ_H

#include "graph/transport.h"

/* Sets the options of CURVE by the key files; a listener also gets *zap, bound in the context, to
 * be asked by rs_zap_answer, and the one key that it lets in.  0 or -errno and why. */
int rs_zmq_secure(void *context, void *socket, const struct rs_transport_options *, void **zap,
                  unsigned char allowed[32], char *why, size_t n);

/* Answers what the library's thread asks about new peers (ZeroMQ RFC 27, ZAP). */
void rs_zap_answer(void *zap, const unsigned char allowed[32]);

#endif
