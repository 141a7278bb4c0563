/* SPDX-License-Identifier: MIT */
/*
 * Memory that is mapped twice, back to back, for a MIRRORED ring: what is written in the first
 * image is read in the second, so a run of slots that passes the end of the first one goes on in
 * memory as it goes on in the ring.
 *
 * The technique is that of P. Howard's Virtual Ring Buffer (http://vrb.sourceforge.net/, 2001);
 * memfd_create(2) makes the memory without a name in a file system.  It is shared memory: its pages
 * are huge only where /sys/kernel/mm/transparent_hugepage/shmem_enabled lets them be.
 *
 * Threads: any.  Units: bytes.  Errors: 0 or -errno, and where it fails no mapping and no
 * descriptor is left.  Ownership: the caller's, who gives it back with rs_mirror_unmap.
 */
#ifndef RINGSIDE_MIRROR_H
#define RINGSIDE_MIRROR_H

#include "ring.h"

#include <stdlib.h>
#include <sys/mman.h>

#ifndef _GNU_SOURCE
#error "mirror.h needs memfd_create: define _GNU_SOURCE before the first #include"
#endif

static inline __attribute__((unused)) void rs_mirror_unmap(void *mem, size_t bytes)
{
    munmap(mem, bytes);
}

/* Both images of the open file in one reservation, the second in the place of its second half. */
static inline __attribute__((unused)) int rs_mirror_map_file(int file, size_t image_bytes,
                                                             void **mem)
{
    const int access = PROT_READ | PROT_WRITE;
    unsigned char *first;
    if (ftruncate(file, (off_t)image_bytes) != 0)
        return -errno;
    first = (unsigned char *)mmap(NULL, 2 * image_bytes, access, MAP_SHARED, file, 0);
    if (first == MAP_FAILED)
        return -errno;
    if (mmap(first + image_bytes, image_bytes, access, MAP_SHARED | MAP_FIXED, file, 0) ==
        MAP_FAILED) {
        const int err = -errno;
        rs_mirror_unmap(first, 2 * image_bytes);
        return err;
    }
    *mem = first;
    return 0;
}

/* Maps `bytes`, both images together, zeroed, as rs_<v>_bytes says of a MIRRORED ring.  0, or
 * -errno: -EINVAL where an image is not whole pages. */
static inline __attribute__((unused)) int rs_mirror_map(size_t bytes, void **mem)
{
    int file, err;
    if (bytes == 0 || bytes % (2 * rs_page_bytes()) != 0)
        return -EINVAL;
    file = memfd_create("rs_mirror", MFD_CLOEXEC);
    if (file < 0)
        return -errno;
    err = rs_mirror_map_file(file, bytes / 2, mem);
    close(file); /* the mappings keep the memory */
    return err;
}

/* Slot memory for any ring, by its caps and rs_<v>_bytes: mapped twice where it must be.  Not
 * touched, so that the thread that fills it decides where it lies.  0 or -errno. */
static inline __attribute__((unused)) int rs_slots_alloc(unsigned caps, size_t bytes,
                                                         size_t msg_align, void **mem)
{
    const size_t align = rs_slots_align(msg_align);
    if ((caps & RS_MIRRORED) != 0)
        return rs_mirror_map(bytes, mem);
    *mem = aligned_alloc(align, rs_stride_bytes(bytes, align));
    return *mem == NULL ? -ENOMEM : 0;
}

static inline __attribute__((unused)) void rs_slots_free(unsigned caps, void *mem, size_t bytes)
{
    if ((caps & RS_MIRRORED) == 0)
        free(mem);
    else if (mem != NULL)
        rs_mirror_unmap(mem, bytes);
}

#endif
