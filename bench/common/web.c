/* SPDX-License-Identifier: MIT */
/*
 * Files to be served, a certificate, and nginx. Owns the folder and nginx's processes.
 */
#include "web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/*
 * As its manual and those who tune it say: no log, files kept open for as long as ours (1 s), one sendfile of
 * up to 2 MiB at a time, head and file in full packets, connections never ended for their age. Small files
 * are read and written instead: that takes fewer system calls than a sendfile of them, and is faster. Each
 * worker has a processor of its own and a socket to accept from: with one for all of them, who wakes first
 * takes most of the connections, and the others have little to do.
 */
static const char configuration[] = "daemon off;\n"
                                    "%s" /* user */
                                    "worker_processes %u;\n"
                                    "worker_cpu_affinity auto %s;\n"
                                    "worker_rlimit_nofile 65536;\n"
                                    "pid %s.nginx/pid;\n"
                                    "error_log %s.nginx/error.log;\n"
                                    "events {\n"
                                    "    worker_connections 4096;\n"
                                    "    use epoll;\n"
                                    "    multi_accept on;\n"
                                    "}\n"
                                    "http {\n"
                                    "    access_log off;\n"
                                    "    server_tokens off;\n"
                                    "    sendfile on;\n"
                                    "    sendfile_max_chunk 2m;\n"
                                    "    tcp_nopush on;\n"
                                    "    tcp_nodelay on;\n"
                                    "    keepalive_timeout 75s;\n"
                                    "    keepalive_requests 1000000000;\n"
                                    "    open_file_cache max=10000 inactive=60s;\n"
                                    "    open_file_cache_valid 1s;\n"
                                    "    open_file_cache_errors on;\n"
                                    "    default_type application/octet-stream;\n"
                                    "    client_body_temp_path %s.nginx/body;\n"
                                    "    proxy_temp_path %s.nginx/proxy;\n"
                                    "    fastcgi_temp_path %s.nginx/fastcgi;\n"
                                    "    uwsgi_temp_path %s.nginx/uwsgi;\n"
                                    "    scgi_temp_path %s.nginx/scgi;\n"
                                    "    server {\n"
                                    "        listen 127.0.0.1:%u backlog=4096 reuseport;\n"
                                    "%s" /* TLS */
                                    "        root %s;\n"
                                    "        location = /tiny { return 200 \"%s\"; }\n"
                                    "        location = /small { sendfile off; tcp_nopush off; }\n"
                                    "    }\n"
                                    "}\n";

static const char configuration_tls[] = "        listen 127.0.0.1:%u ssl backlog=4096 reuseport;\n"
                                        "        ssl_certificate %s;\n"
                                        "        ssl_certificate_key %s;\n"
                                        "        ssl_protocols TLSv1.3;\n"
                                        "        ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384;\n"
                                        "        ssl_session_cache shared:bench:10m;\n";

/* -- files -- */

int web_add(const struct web *web, const char *name, uint64_t number, uint64_t bytes)
{
    static char data[1 << 20];
    char path[300];
    int fd;

    snprintf(path, sizeof path, "%s/%s", web->root, name);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    memset(data, 'x', sizeof data);
    memcpy(data, &number, sizeof number);
    while (bytes > 0) {
        ssize_t n = write(fd, data, bytes < sizeof data ? bytes : sizeof data);
        if (n < 0) {
            int rc = -errno;
            close(fd);
            return rc;
        }
        bytes -= (uint64_t)n;
    }
    return close(fd) < 0 ? -errno : 0;
}

/* A key and a certificate for 127.0.0.1, in one file. Without openssl(1) there are no TLS rows. */
static void certify(struct web *web)
{
    const char *const request[] = {
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-keyout",
        web->certificate,
        "-out",
        web->certificate,
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=IP:127.0.0.1,DNS:localhost",
        NULL,
    };
    const char *const both[] = {
        "sh", "-c", "cat \"$1.key\" \"$1.crt\" > \"$1\" && rm \"$1.key\" \"$1.crt\"", "sh", web->certificate,
        NULL};
    const char *arguments[sizeof request / sizeof *request];
    char key[310], certificate[310];

    snprintf(key, sizeof key, "%s.key", web->certificate);
    snprintf(certificate, sizeof certificate, "%s.crt", web->certificate);
    memcpy(arguments, request, sizeof request);
    arguments[9] = key;
    arguments[11] = certificate;
    web->tls =
        bench_execute(arguments, NULL, NULL, 0, NULL) == 0 && bench_execute(both, NULL, NULL, 0, NULL) == 0;
}

int web_make(struct web *web, const struct bench *bench)
{
    char folder[256];

    *web = (struct web){0};
    snprintf(web->root, sizeof web->root, "%s/nowait-web-XXXXXX", bench->dir);
    if (!mkdtemp(web->root)) {
        web->root[0] = '\0';
        return -errno;
    }
    snprintf(folder, sizeof folder, "%s.nginx", web->root);
    snprintf(web->certificate, sizeof web->certificate, "%s/both.pem", folder);
    if (mkdir(folder, 0755) < 0 || chmod(web->root, 0755) < 0)
        return -errno;
    certify(web);
    int rc = web_add(web, "small", 1, WEB_SMALL_BYTES);
    return rc < 0 ? rc : web_add(web, "middle", 2, WEB_MIDDLE_BYTES);
}

/* -- nginx -- */

static int free_port(unsigned *port_out)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    int rc = 0;
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        rc = -errno;
    close(fd);
    *port_out = ntohs(address.sin_port);
    return rc;
}

static bool answers(unsigned port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool connected = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;

    if (fd >= 0)
        close(fd);
    return connected;
}

/* As worker_cpu_affinity wants them: a digit for each, the first processor is the last. */
static void list_processors(const cpu_set_t *set, char text[static CPU_SETSIZE + 1])
{
    size_t count = CPU_SETSIZE;

    while (count > 1 && !CPU_ISSET(count - 1, set))
        count--;
    for (size_t i = 0; i < count; i++)
        text[i] = CPU_ISSET(count - 1 - i, set) ? '1' : '0';
    text[count] = '\0';
}

static int configure(const struct web *web, unsigned workers, const cpu_set_t *where, const char *path)
{
    char tls[1200] = "", tiny[WEB_TINY_BYTES + 1] = "", processors[CPU_SETSIZE + 1];
    const char *at = web->root;
    FILE *file = fopen(path, "we");

    if (!file)
        return -errno;
    memset(tiny, 'y', WEB_TINY_BYTES);
    list_processors(where, processors);
    if (web->tls)
        snprintf(tls, sizeof tls, configuration_tls, web->tls_port, web->certificate, web->certificate);
    for (int i = 0; i < 2; i++) /* into the file, and for whoever reads */
        fprintf(i == 0 ? file : stdout, configuration, geteuid() == 0 ? "user root;\n" : "", workers,
                processors, at, at, at, at, at, at, at, web->port, tls, at, tiny);
    return fclose(file) == 0 ? 0 : -errno;
}

static int wait_for_nginx(const struct web *web)
{
    for (int i = 0; i < 500; i++) {
        if (answers(web->port) && bench_child_of(web->nginx) > 0)
            return 0;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return -ETIMEDOUT;
}

int web_serve(struct web *web, unsigned workers, const cpu_set_t *where)
{
    char path[256];
    int rc;

    snprintf(path, sizeof path, "%s.nginx/conf", web->root);
    if (!bench_installed("nginx"))
        return BENCH_NOT_INSTALLED;
    rc = free_port(&web->port);
    if (rc == 0)
        rc = free_port(&web->tls_port);
    printf("nginx's configuration:\n");
    if (rc == 0)
        rc = configure(web, workers, where, path);
    if (rc < 0)
        return rc;
    const char *const arguments[] = {"nginx", "-e", "stderr", "-c", path, NULL};
    rc = bench_start(arguments, where, -1, &web->nginx);
    return rc < 0 ? rc : wait_for_nginx(web);
}

int64_t web_cpu_ns(const struct web *web)
{
    return web->nginx > 0 ? bench_cpu_ns(bench_child_of(web->nginx)) : 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status, (void)type, (void)ftw;
    return remove(path);
}

void web_remove(struct web *web)
{
    char folder[256];

    bench_stop(web->nginx);
    if (web->root[0]) {
        snprintf(folder, sizeof folder, "%s.nginx", web->root);
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        nftw(web->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
    *web = (struct web){0};
}
