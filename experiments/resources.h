/* SPDX-License-Identifier: MIT */
/* Text files that travel inside the command: plans, plot scripts, ring headers. */
#ifndef RESOURCES_H
#define RESOURCES_H

struct resource {
    const char *path; /* in the source tree */
    const char *text;
};

/* Made by scripts/embed. */
extern const struct resource resources[];
extern const unsigned long resources_count;

/* The text of a resource, or NULL. */
const char *resource_text(const char *path);

#endif
