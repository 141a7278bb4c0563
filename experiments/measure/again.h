/* SPDX-License-Identifier: MIT */
/* Starting this very program again, for a round of its own or with another library loaded. */
#ifndef AGAIN_H
#define AGAIN_H

/*
 * execv of this program with these arguments; argv[0] is only its name.  Where the kernel cannot
 * run it, as under qemu-user without binfmt_misc, the environment's RINGSIDE_EMULATOR names the
 * program that does.  Returns if that failed, with errno.
 */
void again_exec(char *const argv[]);

#endif
