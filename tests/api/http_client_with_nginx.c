/* SPDX-License-Identifier: MIT */
/*
 * The client and a server that others wrote, over TCP and TLS: files, codings made on the way, ranges,
 * redirects, refused uploads, connections that it closes when it likes. Skipped where there is no nginx.
 */
#include <arpa/inet.h>

#include "../support/http_peer.h"
#include "../support/tls.h"

#define LONG_BYTES (3 * 1024 * 1024)

static unsigned ports[2];
static char *content;

static int listen_somewhere(unsigned *port_out)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));

    CHECK_SYS(bind(fd, (struct sockaddr *)&address, size));
    CHECK_SYS(listen(fd, 128));
    CHECK_SYS(getsockname(fd, (struct sockaddr *)&address, &size));
    *port_out = ntohs(address.sin_port);
    return fd;
}

static void write_configuration(const char *folder)
{
    FILE *file = fopen("nginx.conf", "we");

    CHECK(file);
    fprintf(file,
            "daemon off; worker_processes 1; %s pid %s/pid; error_log %s/error.log;\n"
            "events { worker_connections 256; }\n"
            "http {\n"
            "  access_log off; gzip on; gzip_types text/plain; gzip_min_length 1; default_type text/plain;\n"
            "  client_body_temp_path %s/a; proxy_temp_path %s/b; fastcgi_temp_path %s/c;\n"
            "  uwsgi_temp_path %s/d; scgi_temp_path %s/e; client_max_body_size 1000;\n"
            "  keepalive_requests 7;\n"
            "  server {\n"
            "    listen 127.0.0.1:%u; listen 127.0.0.1:%u ssl; root %s/www;\n"
            "    ssl_certificate %s/good.pem; ssl_certificate_key %s/good.pem;\n"
            "    location /moved { return 302 /short?a=b; }\n"
            "    location /closes { keepalive_timeout 0; return 200 closed; }\n"
            "    location /plain { gzip off; }\n"
            "  }\n"
            "}\n",
            geteuid() == 0 ? "user root;" : "", folder, folder, folder, folder, folder, folder, folder,
            ports[0], ports[1], folder, folder, folder);
    CHECK_EQ(fclose(file), 0);
}

/* It takes the sockets that it finds open over, as at an upgrade of itself: no port is guessed. */
static pid_t start_nginx(void)
{
    char folder[PATH_MAX], variable[64];
    int fds[2] = {listen_somewhere(&ports[0]), listen_somewhere(&ports[1])};

    CHECK(getcwd(folder, sizeof folder));
    write_configuration(folder);
    snprintf(variable, sizeof variable, "%d;%d;", fds[0], fds[1]);
    pid_t pid = CHECK_SYS(fork());
    if (pid == 0) {
        setenv("NGINX", variable, 1);
        execlp("nginx", "nginx", "-p", folder, "-e", "error.log", "-c", "nginx.conf", (char *)NULL);
        _exit(127);
    }
    close(fds[0]);
    close(fds[1]);
    return pid;
}

struct target {
    nw_http_client *client;
    const char *scheme;
    unsigned port;
};

static nw_http_response *ask(const struct target *target, nw_http_request_options *request, const char *path)
{
    nw_http_response *response;
    nw_http_failure failure;
    char url[256];

    snprintf(url, sizeof url, "%s://localhost:%u%s", target->scheme, target->port, path);
    request->url = url;
    request->failure_out = &failure;
    int rc = nw_http_request(target->client, request, &response);
    if (rc < 0)
        check_fail(__FILE__, __LINE__, "%s", failure.text);
    return response;
}

static nw_http_response *get(const struct target *target, const char *path)
{
    return ask(target, &(nw_http_request_options){.method = NULL}, path);
}

static void files(const struct target *target)
{
    const nw_pair range = {"Range", "bytes=5-8"};
    nw_http_response *response;

    for (int i = 0; i < 20; i++) { /* it closes every seventh time */
        response = get(target, "/short");
        CHECK_EQ(nw_http_response_status(response), 200);
        CHECK_STR(nw_http_response_header(response, "Content-Encoding"), "gzip");
        peer_check_body(response, "a short file\n");
    }
    response = get(target, "/moved");
    CHECK(strstr(nw_http_response_url(response), "/short?a=b"));
    peer_check_body(response, "a short file\n");
    for (int i = 0; i < 3; i++)
        peer_check_body(get(target, "/closes"), "closed");
    response = ask(target, &(nw_http_request_options){.method = "HEAD"}, "/plain");
    CHECK_EQ(nw_http_response_length(response), LONG_BYTES);
    peer_check_body(response, "");
    response = ask(target, &(nw_http_request_options){.headers = &range, .header_count = 1}, "/plain");
    CHECK_EQ(nw_http_response_status(response), 206);
    char expected[5] = {content[5], content[6], content[7], content[8]};
    peer_check_body(response, expected);
    response = get(target, "/missing");
    CHECK_EQ(nw_http_response_status(response), 404);
    nw_http_response_close(response);
}

static void long_ones(const struct target *target)
{
    static const char *const paths[] = {"/plain", "/long"};

    for (int i = 0; i < 2; i++) {
        nw_http_response *response = get(target, paths[i]);
        CHECK_EQ(nw_http_response_save(response, "saved", NULL), LONG_BYTES);
        nw_http_response_close(response);
        check_file_holds("saved", content, LONG_BYTES);
    }
}

/* 413 for what announces too much; 405 for what is no POST's business. */
static void uploads(const struct target *target)
{
    for (int expect = 0; expect < 2; expect++) {
        nw_http_request_options request = {.body = {content, LONG_BYTES}, .expect_continue = expect};
        nw_http_response *response = ask(target, &request, "/short");
        CHECK_EQ(nw_http_response_status(response), 413);
        nw_http_response_close(response);
        request.body.size = 900;
        response = ask(target, &request, "/short");
        CHECK_EQ(nw_http_response_status(response), 405);
        nw_http_response_close(response);
    }
}

static int get_short(void *arg)
{
    peer_check_body(get(arg, "/short"), "a short file\n");
    return 0;
}

static void use(const struct target *target)
{
    struct target targets[300];

    files(target);
    long_ones(target);
    uploads(target);
    for (int i = 0; i < 300; i++)
        targets[i] = *target;
    CHECK_EQ(nw_each(targets, 300, sizeof targets[0], 64, get_short), 0);
}

static int run(void *arg)
{
    nw_tls_context *context = tls_client(NULL);
    const nw_http_client_options options = {.tls = context, .proxy = ""};
    nw_http_client *client;
    int before = check_open_fds();

    (void)arg;
    CHECK_EQ(nw_http_client_create(&options, &client), 0);
    use(&(struct target){client, "http", ports[0]});
    use(&(struct target){client, "https", ports[1]});
    nw_http_client_destroy(client);
    CHECK_EQ(check_open_fds(), before);
    nw_tls_destroy(context);
    return 0;
}

static bool find_nginx(void)
{
    static const char *const places[] = {"/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"};
    const char *path = getenv("PATH");
    char with_sbin[4096];

    snprintf(with_sbin, sizeof with_sbin, "%s:/usr/sbin:/usr/local/sbin", path ? path : "/usr/bin:/bin");
    setenv("PATH", with_sbin, 1);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (access(places[i], X_OK) == 0)
            return true;
    return false;
}

int main(void)
{
    if (!find_nginx())
        check_skip("there is no nginx");
    check_enter_folder();
    tls_make_certificates();
    content = malloc(LONG_BYTES);
    CHECK(content);
    for (int i = 0; i < LONG_BYTES; i++)
        content[i] = (char)('a' + (i ^ i >> 7 ^ i >> 13) % 26);
    CHECK_SYS(mkdir("www", 0755));
    check_write_file("www/short", "a short file\n", 13);
    check_write_file("www/plain", content, LONG_BYTES);
    check_write_file("www/long", content, LONG_BYTES);
    pid_t pid = start_nginx();
    CHECK_EQ(nw_run(run, NULL), 0);
    CHECK_SYS(kill(pid, SIGTERM));
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    return 0;
}
