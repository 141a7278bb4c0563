/* SPDX-License-Identifier: MIT */
/* Kinds of nodes by name: the list in nodes.def, and plug-ins. */
#include "graph/graph.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KINDS_OF_A_PLUGIN = 4096, NAME_BYTES = 63 };

#define NODE(id, kind) extern const rs_node_ops rs_kind_##id;
#include "graph/nodes/nodes.def"
#undef NODE

static const rs_node_ops *const built_in[] = {
#define NODE(id, kind) &rs_kind_##id,
#include "graph/nodes/nodes.def"
#undef NODE
};
enum { BUILT_IN = sizeof built_in / sizeof built_in[0] };

struct rs_kinds {
    const rs_node_ops **kind;
    void **plugin; /* of dlopen */
    size_t kinds, plugins;
};

rs_kinds *rs_kinds_new(void)
{
    rs_kinds *k = calloc(1, sizeof *k);
    if (k == NULL)
        return NULL;
    k->kind = malloc(sizeof built_in);
    if (k->kind == NULL) {
        free(k);
        return NULL;
    }
    memcpy(k->kind, built_in, sizeof built_in);
    k->kinds = BUILT_IN;
    return k;
}

void rs_kinds_free(rs_kinds *k)
{
    if (k == NULL)
        return;
    while (k->plugins > 0)
        dlclose(k->plugin[--k->plugins]);
    free(k->plugin);
    free(k->kind);
    free(k);
}

const rs_node_ops *rs_kinds_at(const rs_kinds *k, size_t i)
{
    return i < k->kinds ? k->kind[i] : NULL;
}

static const rs_node_ops *find(const rs_kinds *k, const char *kind)
{
    for (size_t i = 0; i < k->kinds; i++)
        if (strcmp(k->kind[i]->kind, kind) == 0)
            return k->kind[i];
    return NULL;
}

const rs_node_ops *rs_kinds_find(const rs_kinds *k, const char *kind, const char **nearest)
{
    const rs_node_ops *found = find(k, kind);
    if (found != NULL || nearest == NULL)
        return found;
    const char **names = malloc(k->kinds * sizeof *names);
    *nearest = NULL;
    for (size_t i = 0; names != NULL && i < k->kinds; i++)
        names[i] = k->kind[i]->kind;
    if (names != NULL)
        *nearest = rs_nearest_name(kind, names, k->kinds);
    free(names);
    return NULL;
}

/* ---- plug-ins -------------------------------------------------------------------------------- */

static bool good_name(const char *name, const char *forbidden)
{
    size_t length = name != NULL ? strnlen(name, NAME_BYTES + 1) : 0;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] <= ' ' || strchr(forbidden, name[i]) != NULL)
            return false;
    return length > 0 && length <= NAME_BYTES;
}

static const char *ports_fault(const rs_port *port, unsigned n)
{
    if (n > 0 && port == NULL)
        return "it counts ports but has no list of them";
    for (unsigned i = 0; i < n; i++) {
        if (!good_name(port[i].name, ".[]=;"))
            return "a port has no name, or one with a space or one of .[]=;";
        if ((port[i].msg_align & (port[i].msg_align - 1)) != 0)
            return "the msg_align of a port is not a power of two";
        if (port[i].batch_max != 0 && port[i].batch_max < port[i].batch_min)
            return "the batch_max of a port is less than its batch_min";
        for (unsigned j = 0; j < i; j++)
            if (strcmp(port[i].name, port[j].name) == 0)
                return "two ports have one name";
    }
    return NULL;
}

/* NULL, or what is wrong with it.  The ABI is known to be ours. */
static const char *kind_fault(const rs_node_ops *ops)
{
    const char *fault = ports_fault(ops->in, ops->n_in);
    bool adaptor = ops->process != NULL || ops->process_batch != NULL;
    if (fault == NULL)
        fault = ports_fault(ops->out, ops->n_out);
    if (fault != NULL)
        return fault;
    if ((ops->work != NULL) + (ops->process != NULL) + (ops->process_batch != NULL) != 1)
        return "it must have exactly one of work, process and process_batch";
    if (adaptor && (ops->n_in > 1 || ops->n_out > 1))
        return "process and process_batch are for at most one input and one output; use work";
    for (const rs_param_spec *p = ops->params; p != NULL && p->name != NULL; p++)
        if (!good_name(p->name, "[]=:;"))
            return "a parameter has no name, or one with a space or one of []=:;";
    return NULL;
}

static int another_abi(const char *path, const char *what, unsigned abi, char *why, size_t n)
{
    snprintf(why, n,
             "plug-in %s: %s is built for ABI 0x%x, and this program has 0x%x; rebuild the plug-in "
             "with this graph/graph.h and RS_METRICS=%d",
             path, what, abi, (unsigned)RS_GRAPH_ABI, RS_METRICS);
    return -EINVAL;
}

static int check_kind(const rs_kinds *k, const struct rs_plugin *p, size_t i, const char *path,
                      char *why, size_t n)
{
    const rs_node_ops *ops = p->kind[i];
    const char *fault = NULL;
    if (ops != NULL && ops->abi != RS_GRAPH_ABI)
        return another_abi(path, "one of its kinds", ops->abi, why, n);
    if (ops == NULL || !good_name(ops->kind, "[]=;")) {
        snprintf(why, n, "plug-in %s: kind %zu %s; correct its list", path, i,
                 ops == NULL ? "is NULL" : "has no name, or one with a space or one of []=;");
        return -EINVAL;
    }
    bool again = find(k, ops->kind) != NULL;
    for (size_t j = 0; j < i; j++)
        again = again || strcmp(p->kind[j]->kind, ops->kind) == 0;
    if (again)
        fault = "there is a kind of this name already; rename one, or load the plug-in once";
    else
        fault = kind_fault(ops);
    if (fault != NULL)
        snprintf(why, n, "plug-in %s: kind %s: %s", path, ops->kind, fault);
    return fault != NULL ? -EINVAL : 0;
}

static int check_plugin(const rs_kinds *k, const struct rs_plugin *p, const char *path, char *why,
                        size_t n)
{
    int err = 0;
    if (p == NULL) {
        snprintf(why, n,
                 "plug-in %s: it exports no `rs_plugin`; define `const struct rs_plugin rs_plugin` "
                 "in it, as graph/graph.h says",
                 path);
        return -EINVAL;
    }
    if (p->abi != RS_GRAPH_ABI)
        return another_abi(path, "it", p->abi, why, n);
    if (p->n == 0 || p->n > KINDS_OF_A_PLUGIN || p->kind == NULL) {
        snprintf(why, n, "plug-in %s: it says it has %u kinds; 1 to %d, and a list, are valid",
                 path, (unsigned)p->n, KINDS_OF_A_PLUGIN);
        return -EINVAL;
    }
    for (size_t i = 0; i < p->n && err == 0; i++)
        err = check_kind(k, p, i, path, why, n);
    return err;
}

/* All or nothing. */
static int take(rs_kinds *k, void *handle, const struct rs_plugin *p)
{
    void *plugins = realloc(k->plugin, (k->plugins + 1) * sizeof *k->plugin);
    if (plugins != NULL)
        k->plugin = (void **)plugins;
    void *kinds = realloc(k->kind, (k->kinds + p->n) * sizeof *k->kind);
    if (kinds != NULL)
        k->kind = (const rs_node_ops **)kinds;
    if (plugins == NULL || kinds == NULL)
        return -ENOMEM;
    k->plugin[k->plugins++] = handle;
    for (size_t i = 0; i < p->n; i++)
        k->kind[k->kinds++] = p->kind[i];
    return 0;
}

int rs_kinds_load(rs_kinds *k, const char *path, char *why, size_t n)
{
    if (strchr(path, '/') == NULL) {
        snprintf(why, n, "plug-in %s: nothing is searched; give a path with a slash, as ./%s", path,
                 path);
        return -EINVAL;
    }
    if (access(path, R_OK) != 0) {
        int err = errno;
        snprintf(why, n, "cannot read plug-in %s: %s; name a shared object", path, strerror(err));
        return -err;
    }
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        snprintf(why, n, "cannot load plug-in: %s; build it with -shared -fPIC for this machine",
                 dlerror());
        return -ENOENT;
    }
    const struct rs_plugin *p = (const struct rs_plugin *)dlsym(handle, "rs_plugin");
    int err = check_plugin(k, p, path, why, n);
    if (err == 0) {
        err = take(k, handle, p);
        if (err != 0)
            snprintf(why, n, "plug-in %s: out of memory; free some and repeat", path);
    }
    if (err != 0)
        dlclose(handle);
    return err;
}
