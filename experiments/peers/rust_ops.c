/* SPDX-License-Identifier: MIT */
/*
 * What the harness asks of a ring besides its loops: compiled with -DRS_VARIANT=<name>, it exports
 * rs_ring_ops_<name>.  A ring in Rust has no operation on one message that C could call, so none
 * can be made here, only described.
 */
#include "rust.h"

static int refuse(void *r, void *mem, const struct rs_config *cfg)
{
    (void)r;
    (void)mem;
    (void)cfg;
    return -ENOTSUP;
}

static size_t ring_count(void *r)
{
    return ringside_rust_count(r);
}

static size_t no_slack(const struct rs_config *cfg)
{
    (void)cfg;
    return 0;
}

extern const struct rs_ring_ops RS_PASTE(rs_ring_ops_, RS_VARIANT);
const struct rs_ring_ops RS_PASTE(rs_ring_ops_, RS_VARIANT) = {
    .name = RUST_STRING(RS_VARIANT),
    .caps = RUST_CAPS,
    .separation = RS_SEPARATION,
    .struct_bytes = sizeof(struct rust_ring),
    .bytes = rust_bytes,
    .init = refuse,
    .count = ring_count,
    .slack = no_slack,
};
