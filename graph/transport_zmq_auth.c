/* SPDX-License-Identifier: MIT */
/* Keys of CURVE in files, and the one client that a listener lets in. */
#include "graph/transport_zmq.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

enum { KEY_TEXT = 41, KEY_BYTES = 32, PATH_ROOM = 4096 };

static const char no_curve[] = "this libzmq was built without CURVE (libsodium); install one that "
                               "has it";

static void path_of(char path[PATH_ROOM], const char *folder, const char *name, const char *what)
{
    snprintf(path, PATH_ROOM, "%.3000s/%.200s.%s", folder, name, what);
}

/* ---- files ------------------------------------------------------------------------------------
 */

static int read_key(const char *folder, const char *name, const char *what, char key[KEY_TEXT],
                    char *why, size_t n)
{
    char path[PATH_ROOM];
    unsigned char raw[KEY_BYTES];
    struct stat s;
    path_of(path, folder, name, what);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        const int err = errno;
        snprintf(why, n, "key %s: %s; `ringside graph keys %s %s` makes both", path, strerror(err),
                 folder, name);
        return -err;
    }
    const ssize_t got = read(fd, key, KEY_TEXT - 1);
    const bool known = fstat(fd, &s) == 0;
    close(fd);
    key[KEY_TEXT - 1] = '\0';
    if (got != KEY_TEXT - 1 || strlen(key) != KEY_TEXT - 1 || zmq_z85_decode(raw, key) == NULL) {
        snprintf(why, n, "key %s: not 40 characters of Z85; make it anew", path);
        return -EINVAL;
    }
    if (!known || (strcmp(what, "secret") == 0 && (s.st_mode & 077) != 0)) {
        snprintf(why, n, "key %s: others may read it; chmod 600, or make it anew if they did",
                 path);
        return -EPERM;
    }
    return 0;
}

static int write_key(const char *path, const char *key, mode_t mode)
{
    char line[KEY_TEXT + 1];
    const int length = snprintf(line, sizeof line, "%s\n", key);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return -errno;
    int err = write(fd, line, (size_t)length) == length ? 0 : -EIO;
    return close(fd) == 0 ? err : -errno;
}

int rs_transport_make_keys(const char *folder, const char *name, char *why, size_t n)
{
    char public[KEY_TEXT], secret[KEY_TEXT], path[PATH_ROOM];
    if (zmq_curve_keypair(public, secret) != 0) {
        snprintf(why, n, "%s", no_curve);
        return -ENOTSUP;
    }
    path_of(path, folder, name, "secret");
    int err = write_key(path, secret, 0600);
    if (err == 0) {
        path_of(path, folder, name, "public");
        err = write_key(path, public, 0644);
    }
    if (err != 0)
        snprintf(why, n, "key %s: %s", path, strerror(-err));
    return err;
}

/* ---- a socket that uses them ------------------------------------------------------------------
 */

static int listen_securely(void *context, void *socket, const char *secret, void **zap)
{
    const int yes = 1;
    static const char domain[] = "ringside";
    *zap = zmq_socket(context, ZMQ_REP);
    if (*zap == NULL || zmq_bind(*zap, "inproc://zeromq.zap.01") != 0)
        return -1;
    return zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &yes, sizeof yes) |
           zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret, KEY_TEXT) |
           zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, domain, sizeof domain - 1);
}

static int connect_securely(void *socket, const char *secret, const char *remote)
{
    char own[KEY_TEXT];
    return zmq_curve_public(own, secret) |
           zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, remote, KEY_TEXT) |
           zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, own, KEY_TEXT) |
           zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret, KEY_TEXT);
}

int rs_zmq_secure(void *context, void *socket, const struct rs_transport_options *o, void **zap,
                  unsigned char allowed[32], char *why, size_t n)
{
    char secret[KEY_TEXT], remote[KEY_TEXT];
    if (!zmq_has("curve")) {
        snprintf(why, n, "%s", no_curve);
        return -ENOTSUP;
    }
    int err = read_key(o->keys, o->own, "secret", secret, why, n);
    if (err == 0)
        err = read_key(o->keys, o->remote, "public", remote, why, n);
    if (err != 0)
        return err;
    zmq_z85_decode(allowed, remote);
    const int bad = o->listens ? listen_securely(context, socket, secret, zap)
                               : connect_securely(socket, secret, remote);
    if (bad == 0)
        return 0;
    snprintf(why, n, "%s: cannot use the keys in %s: %s", o->address, o->keys,
             zmq_strerror(zmq_errno()));
    return -EINVAL;
}

/* ---- who is let in ----------------------------------------------------------------------------
 */

enum { ZAP_VERSION, ZAP_ID, ZAP_MECHANISM = 5, ZAP_KEY = 6, ZAP_PARTS };

struct zap_request {
    unsigned char part[ZAP_PARTS][256];
    int bytes[ZAP_PARTS];
};

/* False: there is none, or not a whole one. */
static bool take_request(void *zap, struct zap_request *r)
{
    int more = 1, parts = 0;
    size_t size = sizeof more;
    for (; more && parts < ZAP_PARTS; parts++) {
        r->bytes[parts] = zmq_recv(zap, r->part[parts], sizeof r->part[0], ZMQ_DONTWAIT);
        if (r->bytes[parts] < 0)
            return false;
        zmq_getsockopt(zap, ZMQ_RCVMORE, &more, &size);
    }
    while (more && zmq_recv(zap, NULL, 0, ZMQ_DONTWAIT) >= 0)
        zmq_getsockopt(zap, ZMQ_RCVMORE, &more, &size);
    return parts == ZAP_PARTS;
}

void rs_zap_answer(void *zap, const unsigned char allowed[32])
{
    struct zap_request r;
    while (take_request(zap, &r)) {
        const bool good =
            r.bytes[ZAP_MECHANISM] == 5 && memcmp(r.part[ZAP_MECHANISM], "CURVE", 5) == 0 &&
            r.bytes[ZAP_KEY] == KEY_BYTES && memcmp(r.part[ZAP_KEY], allowed, KEY_BYTES) == 0;
        const size_t id = r.bytes[ZAP_ID] < 256 ? (size_t)r.bytes[ZAP_ID] : 256;
        zmq_send(zap, "1.0", 3, ZMQ_SNDMORE);
        zmq_send(zap, r.part[ZAP_ID], id, ZMQ_SNDMORE);
        zmq_send(zap, good ? "200" : "400", 3, ZMQ_SNDMORE);
        zmq_send(zap, good ? "OK" : "no", 2, ZMQ_SNDMORE);
        zmq_send(zap, "", 0, ZMQ_SNDMORE);
        zmq_send(zap, "", 0, 0);
    }
}
