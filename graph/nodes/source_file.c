/* SPDX-License-Identifier: MIT */
/* Reads messages from a file: bytes as they are, or one channel of a WAV as f32 samples. */
#include "graph/nodes/nodes.h"
#include "graph/nodes/wav.h"

#include <stdlib.h>

enum { BLOCK_BYTES = 65536, MSG_BYTES_MAX = 1 << 24 };

struct file_source {
    FILE *file;
    char *path;
    char schema[32]; /* the engine keeps no copy */
    bool is_wav;
    struct wav wav;
    unsigned channel;
    size_t unit_bytes;     /* a message, or a frame of the WAV, in the file */
    uint64_t left;         /* frames of the WAV */
    unsigned char *block;  /* what was read */
    float *samples;        /* and converted */
    size_t at, have, room; /* units of the block */
};

static int open_wav(rs_node *node, struct file_source *s, const rs_params *params)
{
    char why[240];
    int64_t channel = 0;
    int err = rs_param_integer(node, params, "channel", 1, UINT16_MAX, &channel);
    if (err != 0)
        return err;
    err = wav_read_header(s->file, &s->wav, why, sizeof why);
    if (err != 0)
        return rs_node_fail(node, err, "%s: %s", s->path, why);
    if (channel > s->wav.channels)
        return rs_node_fail(node, -EINVAL, "%s: channel = %d, but it has %u; give 1 to %u", s->path,
                            (int)channel, s->wav.channels, s->wav.channels);
    s->channel = (unsigned)channel - 1;
    s->left = s->wav.frames;
    s->unit_bytes = s->wav.frame_bytes;
    rs_node_set_out(node, 0, "f32", sizeof(float), sizeof(float));
    return 0;
}

/* What an array of such messages has anyway, up to 8: numbers in them may be used in place. */
static uint32_t raw_align(uint32_t msg_bytes)
{
    uint32_t lowest = msg_bytes & (~msg_bytes + 1);
    return lowest < 8 ? lowest : 8;
}

static int open_raw(rs_node *node, struct file_source *s, const rs_params *params)
{
    const char *schema = "";
    int64_t msg_bytes = 0;
    int err = rs_param_integer(node, params, "msg_bytes", 1, MSG_BYTES_MAX, &msg_bytes);
    if (err == 0)
        err = rs_param_text(node, params, "schema", &schema);
    if (err != 0)
        return err;
    if (strlen(schema) >= sizeof s->schema)
        return rs_node_fail(node, -EINVAL, "schema = %s is longer than %zu characters", schema,
                            sizeof s->schema - 1);
    memcpy(s->schema, schema, strlen(schema) + 1);
    s->unit_bytes = (size_t)msg_bytes;
    s->left = UINT64_MAX;
    rs_node_set_out(node, 0, *schema != '\0' ? s->schema : NULL, (uint32_t)msg_bytes,
                    raw_align((uint32_t)msg_bytes));
    return 0;
}

static int open_source(rs_node *node, const rs_params *params)
{
    struct file_source *s = rs_node_state(node);
    const char *format = "", *path = "";
    int err = rs_param_text(node, params, "path", &path);
    if (err == 0)
        err = rs_param_text(node, params, "format", &format);
    if (err != 0)
        return err;
    s->path = strdup(path);
    if (s->path == NULL)
        return rs_node_fail(node, -ENOMEM, "no memory for the path %s", path);
    s->is_wav = strcmp(format, "wav") == 0;
    if (!s->is_wav && strcmp(format, "raw") != 0)
        return rs_node_fail(node, -EINVAL, "format = %s is unknown; it is wav or raw", format);
    s->file = fopen(s->path, "rbe");
    if (s->file == NULL) {
        err = -errno;
        return rs_node_fail(node, err, "%s: cannot be opened: %s; check path", s->path,
                            strerror(-err));
    }
    setvbuf(s->file, NULL, _IONBF, 0); /* blocks are read whole */
    return s->is_wav ? open_wav(node, s, params) : open_raw(node, s, params);
}

static void source_fini(rs_node *node)
{
    struct file_source *s = rs_node_state(node);
    free(s->block);
    free(s->samples);
    free(s->path);
    if (s->file != NULL)
        fclose(s->file);
    memset(s, 0, sizeof *s);
}

static int source_init(rs_node *node, const rs_params *params)
{
    int err = open_source(node, params);
    if (err != 0)
        source_fini(node);
    return err;
}

static int source_start(rs_node *node)
{
    struct file_source *s = rs_node_state(node);
    s->room = s->unit_bytes < BLOCK_BYTES ? BLOCK_BYTES / s->unit_bytes : 1;
    s->block = calloc(s->room, s->unit_bytes);
    s->samples = s->is_wav ? calloc(s->room, sizeof(float)) : NULL;
    if (s->block != NULL && (s->samples != NULL || !s->is_wav))
        return 0;
    return rs_node_fail(node, -ENOMEM, "no memory to read %s", s->path);
}

/* 0, RS_EOS or rs_node_fail; after 0 there is at least one unit. */
static int refill(rs_node *node, struct file_source *s)
{
    size_t want = s->left < s->room ? (size_t)s->left : s->room;
    size_t got = fread(s->block, 1, want * s->unit_bytes, s->file);
    s->at = 0;
    s->have = got / s->unit_bytes;
    if (ferror(s->file))
        return rs_node_fail(node, -EIO, "%s: cannot be read on: %s", s->path, strerror(errno));
    if (s->is_wav && s->have < want)
        return rs_node_fail(node, -EIO,
                            "%s: it ends %llu frames too early: it is truncated; fetch it "
                            "again",
                            s->path, (unsigned long long)(s->left - s->have));
    if (got % s->unit_bytes != 0)
        return rs_node_fail(node, -EINVAL,
                            "%s: it ends with %zu bytes, but a message has %zu; check "
                            "msg_bytes and whether the file is whole",
                            s->path, got % s->unit_bytes, s->unit_bytes);
    s->left -= s->is_wav ? s->have : 0;
    if (s->is_wav)
        wav_convert(&s->wav, s->block, s->channel, s->samples, s->have);
    return s->have > 0 ? 0 : RS_EOS;
}

static int source_batch(rs_node *node, const rs_batch *b)
{
    struct file_source *s = rs_node_state(node);
    size_t msg_bytes = s->is_wav ? sizeof(float) : s->unit_bytes;
    const unsigned char *from = s->is_wav ? (const unsigned char *)s->samples : s->block;
    rs_batch part = *b;
    int err = s->at < s->have ? 0 : refill(node, s);
    if (err != 0)
        return err;
    part.n = b->n < s->have - s->at ? b->n : s->have - s->at;
    part.in = from + s->at * msg_bytes;
    part.in_stride_bytes = msg_bytes;
    s->at += part.n;
    return (int)copy_messages(&part, msg_bytes);
}

static const rs_port out[] = {{.name = "out"}};
static const rs_param_spec params[] = {
    {"path", NULL, "", "the file"},
    {"format", "wav", "", "wav (16-bit PCM or 32-bit float, sent as f32) or raw"},
    {"channel", "1", "", "wav: which channel, from 1"},
    {"msg_bytes", "4", "bytes", "raw: size of a message"},
    {"schema", "", "", "raw: type of the messages, such as f32; empty = any"},
    {NULL, NULL, NULL, NULL},
};

const rs_node_ops rs_kind_source_file = {
    .abi = RS_GRAPH_ABI,
    .kind = "source.file",
    .summary = "messages from a file",
    .out = out,
    .n_out = 1,
    .params = params,
    .state_bytes = sizeof(struct file_source),
    .init = source_init,
    .start = source_start,
    .fini = source_fini,
    .process_batch = source_batch,
};
