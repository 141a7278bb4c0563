/* SPDX-License-Identifier: MIT */
/* In the place of topology_hwloc.c where hwloc is missing: the kernel's claims as they stand. */
#include "topology.h"

int topology_describe(struct topology *t)
{
    topology_describe_sysfs(t, "");
    return 0;
}
