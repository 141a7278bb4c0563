/* SPDX-License-Identifier: MIT */
/*
 * Writes messages to a file.  What is under way is PATH.part; it takes its name only when the
 * stream has ended well, so that a file of that name is always whole.  A PATH that exists and is no
 * plain file (a pipe, /dev/stdout) is written as it is.
 */
#include "graph/nodes/nodes.h"
#include "graph/nodes/wav.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum format { RAW, TEXT, WAV };

struct file_sink {
    char *path, *part; /* equal if it is written as it is */
    FILE *file;
    enum format format;
    uint32_t rate_hz;
    size_t msg_bytes;
    uint64_t messages;
};

static int set_format(rs_node *node, struct file_sink *s, const char *name)
{
    static const char *const names[] = {"raw", "text", "wav"};
    for (int i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) {
            s->format = (enum format)i;
            if (s->format != RAW)
                rs_node_set_in(node, 0, "f32", sizeof(float), sizeof(float));
            return 0;
        }
    return rs_node_fail(node, -EINVAL, "format = %s is unknown; it is raw, text or wav", name);
}

static char *part_of(const char *path)
{
    struct stat st;
    size_t n = strlen(path) + sizeof ".part";
    char *part;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return strdup(path);
    part = malloc(n);
    if (part != NULL)
        snprintf(part, n, "%s.part", path);
    return part;
}

static int set_up(rs_node *node, const rs_params *params)
{
    struct file_sink *s = rs_node_state(node);
    const char *path = "", *format = "";
    int64_t rate_hz = 0;
    int err = rs_param_text(node, params, "path", &path);
    if (err == 0)
        err = rs_param_text(node, params, "format", &format);
    if (err == 0)
        err = rs_param_integer(node, params, "rate", 1, UINT32_MAX / 4, &rate_hz);
    if (err != 0)
        return err;
    s->rate_hz = (uint32_t)rate_hz;
    s->path = strdup(path);
    s->part = part_of(path);
    if (s->path == NULL || s->part == NULL)
        return rs_node_fail(node, -ENOMEM, "no memory for the path %s", path);
    return set_format(node, s, format);
}

static void sink_fini(rs_node *node)
{
    struct file_sink *s = rs_node_state(node);
    free(s->path);
    free(s->part);
    s->path = s->part = NULL;
}

static int sink_init(rs_node *node, const rs_params *params)
{
    int err = set_up(node, params);
    if (err != 0)
        sink_fini(node);
    return err;
}

static int write_error(rs_node *node, const struct file_sink *s)
{
    int err = errno != 0 ? -errno : -EIO;
    return rs_node_fail(node, err, "%s: cannot be written after %" PRIu64 " messages: %s%s",
                        s->part, s->messages, strerror(-err),
                        err == -ENOSPC ? "; make room, or give a path on another disk" : "");
}

static int write_header(struct file_sink *s)
{
    unsigned char header[WAV_HEADER_BYTES];
    wav_write_header(header, s->rate_hz, (uint32_t)(s->messages * sizeof(float)));
    return fwrite(header, sizeof header, 1, s->file) == 1 ? 0 : -1;
}

static int sink_start(rs_node *node)
{
    struct file_sink *s = rs_node_state(node);
    s->msg_bytes = rs_node_in(node, 0).msg_bytes;
    s->file = fopen(s->part, "wbe");
    if (s->file == NULL) {
        int err = -errno;
        return rs_node_fail(node, err, "%s: cannot be made: %s; check path and its folder", s->part,
                            strerror(-err));
    }
    if (s->format == WAV && write_header(s) != 0) {
        int err = write_error(node, s);
        fclose(s->file);
        s->file = NULL;
        if (strcmp(s->part, s->path) != 0)
            unlink(s->part);
        return err;
    }
    return 0;
}

/* ---- messages ---------------------------------------------------------------------------------
 */

static bool write_text(FILE *f, const unsigned char *p)
{
    float value;
    memcpy(&value, p, sizeof value);
    return fprintf(f, "%.9g\n", (double)value) > 0;
}

static bool write_piece(struct file_sink *s, const unsigned char *p, size_t stride, size_t n)
{
    bool good = true;
    if (s->format != TEXT && stride == s->msg_bytes)
        return fwrite(p, s->msg_bytes, n, s->file) == n;
    for (size_t i = 0; i < n && good; i++)
        good = s->format == TEXT ? write_text(s->file, p + i * stride)
                                 : fwrite(p + i * stride, s->msg_bytes, 1, s->file) == 1;
    return good;
}

static bool too_long(const struct file_sink *s)
{
    return s->format == WAV && s->messages > (UINT32_MAX - WAV_HEADER_BYTES) / sizeof(float);
}

static int sink_work(rs_node *node, rs_io *io)
{
    struct file_sink *s = rs_node_state(node);
    struct rs_span span;
    size_t n = rs_io_peek(io, 0, SIZE_MAX, &span);
    errno = 0;
    for (int p = 0; p < 2 && n > 0; p++)
        if (!write_piece(s, span.piece[p].data, span.stride_bytes, span.piece[p].count))
            return write_error(node, s);
    if (n == 0)
        return RS_IDLE;
    s->messages += n;
    if (too_long(s))
        return rs_node_fail(node, -EFBIG, "%s: a WAV file ends at 4 GiB; use format = raw",
                            s->part);
    rs_io_release(io, 0, n);
    return (int)n;
}

/* ---- the end ----------------------------------------------------------------------------------
 */

/* Here and not in stop, where an error could no longer end the graph. */
static int sink_drain(rs_node *node, rs_io *io)
{
    struct file_sink *s = rs_node_state(node);
    FILE *f = s->file;
    (void)io;
    errno = 0;
    if (s->format == WAV && (fseeko(f, 0, SEEK_SET) != 0 || write_header(s) != 0))
        return write_error(node, s);
    s->file = NULL;
    if (fclose(f) != 0)
        return write_error(node, s);
    return RS_EOS;
}

static void sink_stop(rs_node *node)
{
    struct file_sink *s = rs_node_state(node);
    bool whole = s->file == NULL && rs_node_ended_well(node);
    if (s->file != NULL)
        fclose(s->file);
    s->file = NULL;
    if (strcmp(s->part, s->path) == 0)
        return;
    if (!whole)
        unlink(s->part);
    else if (rename(s->part, s->path) != 0) {
        int err = -errno;
        rs_node_fail(node, err, "%s is whole, but cannot be renamed to %s: %s", s->part, s->path,
                     strerror(-err));
    }
}

static const rs_port in[] = {{.name = "in"}};
static const rs_param_spec params[] = {
    {"path", NULL, "", "the file; it appears when the stream has ended well"},
    {"format", "raw", "", "raw (any type), or of f32: text (a number a line) or wav (float, mono)"},
    {"rate", "48000", "Hz", "wav: sample rate"},
    {NULL, NULL, NULL, NULL},
};

const rs_node_ops rs_kind_sink_file = {
    .abi = RS_GRAPH_ABI,
    .kind = "sink.file",
    .summary = "writes messages to a file",
    .in = in,
    .n_in = 1,
    .params = params,
    .state_bytes = sizeof(struct file_sink),
    .init = sink_init,
    .start = sink_start,
    .work = sink_work,
    .drain = sink_drain,
    .stop = sink_stop,
    .fini = sink_fini,
};
