/* SPDX-License-Identifier: MIT */
/*
 * The page of a directory: HTML that needs no script, sent piece by piece as it is made.
 * Owns the text that has not been sent yet.
 * Must escape every name, twice where it is a link and a text: names come from strangers.
 */
#include "serve.h"

#include "human.h"
#include "json.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SEND_BYTES    ((size_t)32 << 10)
#define PICTURE_BYTES (INT64_C(8) << 20) /* larger ones are not fetched for a preview */
#define HTML_TYPE     "text/html; charset=utf-8"

/* -- escaping -- */

void html_text(struct output *output, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c;) {
        size_t length = utf8_length(c);
        if (length == 0 || *c < 0x20 || *c == 0x7f)
            output_text(output, "\xef\xbf\xbd");
        else if (strchr("<>&\"'", *c))
            output_printf(output, "&#%d;", *c);
        else
            output_append(output, c, length);
        c += length ? length : 1;
    }
}

void url_name_part(struct output *output, const char *name, size_t size_bytes)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (size_t i = 0; i < size_bytes; i++) {
        if (strchr(plain, name[i]))
            output_append(output, &name[i], 1);
        else
            output_printf(output, "%%%02X", (unsigned char)name[i]);
    }
}

void url_name(struct output *output, const char *name)
{
    url_name_part(output, name, strlen(name));
}

/* -- sending -- */

struct page {
    struct output text; /* in memory only */
    nw_stream *stream;
    const struct serve *serve;
    const struct page_view *view;
    const struct listing *listing;
    bool at_root;
};

static int send_text(struct page *page, size_t least_bytes)
{
    struct output *text = &page->text;
    if (text->error || text->size <= least_bytes)
        return text->error;
    size_t done = 0;
    ssize_t n = 0;
    while (n >= 0 && done < text->size) { /* after a short one, the next says why it was */
        n = nw_write(page->stream, text->data + done, text->size - done);
        done += n > 0 ? (size_t)n : 0;
    }
    text->size = 0;
    return n < 0 ? (int)n : 0;
}

/* -- links that keep the view -- */

static const char *order_name(enum list_order order)
{
    static const char *const names[] = {"name", "size", "time"};
    return names[order];
}

/* What follows the "?", or nothing for what is so anyway. */
static void put_query(struct page *page, enum list_order order, bool descending, bool grid)
{
    struct output *text = &page->text;
    if (order == ORDER_NAME && !descending && !grid)
        return;
    output_printf(text, "?sort=%s", order_name(order));
    if (descending)
        output_text(text, "&amp;order=desc");
    if (grid)
        output_text(text, "&amp;view=grid");
}

static void put_own_query(struct page *page)
{
    put_query(page, page->view->order, page->view->descending, page->view->grid);
}

/* -- the head -- */

/* The path's names, each a link: "files / photos / 2024". */
static void put_crumbs(struct page *page, const char *path)
{
    struct output *text = &page->text;
    struct output link = {.fd = -1};
    const char *slash = strrchr(page->serve->root, '/');
    char *names = strdup(path);
    char *rest = NULL;
    output_text(&link, "/");
    output_text(text, "<h1><a href='/");
    put_own_query(page);
    output_text(text, "'>");
    html_text(text, slash && slash[1] ? slash + 1 : "/");
    output_text(text, "</a>");
    for (char *name = names ? strtok_r(names, "/", &rest) : NULL; name; name = strtok_r(NULL, "/", &rest)) {
        url_name(&link, name);
        output_text(&link, "/");
        output_text(text, "<i>/</i><a href='");
        output_append(text, link.data, link.size);
        put_own_query(page);
        output_text(text, "'>");
        html_text(text, name);
        output_text(text, "</a>");
    }
    output_text(text, "</h1>");
    free(names);
    free(link.data);
}

static void put_count(struct output *text, size_t count, const char *one, const char *many)
{
    output_printf(text, "%zu %s", count, count == 1 ? one : many);
}

static void put_summary(struct page *page)
{
    const struct listing *listing = page->listing;
    struct output *text = &page->text;
    size_t files = listing->count - listing->directories;
    output_text(text, "<p>");
    if (listing->directories > 0)
        put_count(text, listing->directories, "folder", "folders");
    if (listing->directories > 0 && files > 0)
        output_text(text, ", ");
    if (files > 0) {
        put_count(text, files, "file", "files");
        output_printf(text, ", %s", human_bytes((double)listing->bytes).text);
    }
    output_text(text, listing->cut ? ": not all of them, there are more</p>" : "</p>");
}

/* Between lines and pictures. */
static void put_switch(struct page *page)
{
    const struct page_view *view = page->view;
    struct output *text = &page->text;
    for (int grid = 0; grid < 2; grid++) {
        output_text(text, grid ? "<a href='./" : "<nav><a href='./");
        put_query(page, view->order, view->descending, grid);
        output_printf(text, "'%s>%s</a>", view->grid == (bool)grid ? " aria-current=page" : "",
                      grid ? "Grid" : "List");
    }
    output_text(text, "</nav>");
}

static void put_head(struct page *page, const char *path)
{
    struct output *text = &page->text;
    output_text(text, "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
                      "content='width=device-width,initial-scale=1'><title>");
    html_text(text, path);
    output_text(text, "</title>");
    output_text(text, page_head);
    output_text(text, "<style>");
    output_text(text, page_style);
    output_text(text, "</style>");
    output_text(text, page_icons);
    output_text(text, "<main><header>");
    put_crumbs(page, path);
    put_summary(page);
    put_switch(page);
    output_text(text, "</header>");
    if (page->view->uploaded >= 0) {
        output_text(text, "<p class=note role=status>");
        put_count(text, (size_t)page->view->uploaded, "file was", "files were");
        output_text(text, " uploaded.</p>");
    }
}

/* -- entries -- */

/* The icon for what a file is: a letter of page_icons. */
static char icon(const struct listed *item)
{
    static const struct {
        const char *type;
        char icon;
    } icons[] = {{"image/", 'p'},
                 {"audio/", 'a'},
                 {"video/", 'v'},
                 {"text/", 'x'},
                 {"application/json", 'x'},
                 {"application/pdf", 'x'},
                 {"application/zip", 'z'},
                 {"application/gzip", 'z'},
                 {"application/x-tar", 'z'},
                 {"application/x-xz", 'z'},
                 {"application/zstd", 'z'},
                 {"application/x-7z", 'z'},
                 {"application/x-bz", 'z'}};
    if (item->is_directory)
        return 'd';
    const char *type = nw_http_media_type(item->name);
    for (size_t i = 0; i < sizeof icons / sizeof icons[0]; i++) {
        if (strncmp(type, icons[i].type, strlen(icons[i].type)) == 0)
            return icons[i].icon;
    }
    return 'f';
}

static bool has_preview(const struct listed *item)
{
    return icon(item) == 'p' && item->size_bytes > 0 && item->size_bytes <= PICTURE_BYTES &&
           strncmp(nw_http_media_type(item->name), "image/tiff", 10) != 0;
}

static void put_link(struct page *page, const struct listed *item)
{
    struct output *text = &page->text;
    output_text(text, "<a href='");
    url_name(text, item->name); /* never a scheme: ":" is encoded */
    if (item->is_directory) {
        output_text(text, "/");
        put_own_query(page);
    }
    output_text(text, "'>");
}

static void put_preview(struct page *page, const struct listed *item)
{
    struct output *text = &page->text;
    output_text(text, "<img loading=lazy decoding=async alt='' src='");
    url_name(text, item->name);
    output_text(text, "'>");
}

static void put_icon(struct output *text, char name)
{
    output_printf(text, "<svg aria-hidden=true><use href='#%c'/></svg>", name);
}

static void put_time(struct output *text, int64_t time_s)
{
    struct tm local, utc;
    char shown[32] = "", exact[32] = "";
    time_t time = (time_t)time_s;
    if (localtime_r(&time, &local) && gmtime_r(&time, &utc)) {
        (void)strftime(shown, sizeof shown, "%Y-%m-%d %H:%M", &local);
        (void)strftime(exact, sizeof exact, "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
    output_printf(text, "<time datetime='%s'>%s</time>", exact, shown);
}

static void put_row(struct page *page, const struct listed *item)
{
    struct output *text = &page->text;
    output_printf(text, "<tr%s><td class=n>", item->is_directory ? " class=d" : "");
    put_link(page, item);
    if (has_preview(item))
        put_preview(page, item);
    else
        put_icon(text, icon(item));
    output_text(text, "<b>");
    html_text(text, item->name);
    output_text(text, item->is_directory ? "/</b></a><td class=s>" : "</b></a><td class=s>");
    if (!item->is_directory)
        output_text(text, human_bytes((double)item->size_bytes).text);
    output_text(text, "<td class=t>");
    put_time(text, item->modified_s);
    output_text(text, "\n");
}

static void put_column(struct page *page, const char *title, const char *class, enum list_order order)
{
    const struct page_view *view = page->view;
    struct output *text = &page->text;
    bool current = view->order == order;
    /* The first look at sizes and times is for the largest and the latest. */
    bool descending = current ? !view->descending : order != ORDER_NAME;
    output_printf(text, "<th class=%s scope=col", class);
    if (current)
        output_printf(text, " aria-sort=%s", view->descending ? "descending" : "ascending");
    output_text(text, "><a href='./");
    put_query(page, order, descending, view->grid);
    output_printf(text, "'>%s</a>", title);
}

static int put_table(struct page *page)
{
    struct output *text = &page->text;
    int rc = 0;
    output_text(text, "<div class=card><table><thead><tr>");
    put_column(page, "Name", "n", ORDER_NAME);
    put_column(page, "Size", "s", ORDER_SIZE);
    put_column(page, "Modified", "t", ORDER_TIME);
    output_text(text, "<tbody>\n");
    if (!page->at_root) {
        output_text(text, "<tr class=up><td class=n><a href='../");
        put_own_query(page);
        output_text(text,
                    "'><svg aria-hidden=true><use href='#u'/></svg><b>..</b></a><td class=s><td class=t>\n");
    }
    for (size_t i = 0; i < page->listing->count && rc == 0; i++) {
        put_row(page, &page->listing->items[i]);
        rc = send_text(page, SEND_BYTES);
    }
    output_text(text, "</table></div>");
    return rc;
}

static void put_tile(struct page *page, const struct listed *item)
{
    struct output *text = &page->text;
    output_printf(text, "<li class='card%s'>", item->is_directory ? " d" : "");
    put_link(page, item);
    if (has_preview(item)) {
        put_preview(page, item);
    } else {
        output_text(text, "<span class=i>");
        put_icon(text, icon(item));
        output_text(text, "</span>");
    }
    output_text(text, "<b>");
    html_text(text, item->name);
    output_printf(text, "</b><small>%s</small></a>\n",
                  item->is_directory ? "folder" : human_bytes((double)item->size_bytes).text);
}

static int put_tiles(struct page *page)
{
    struct output *text = &page->text;
    int rc = 0;
    output_text(text, "<ul>");
    if (!page->at_root)
        output_text(text, "<li class='card up'><a href='../?view=grid'><span class=i><svg "
                          "aria-hidden=true><use href='#u'/></svg></span><b>..</b><small>up</small></a>\n");
    for (size_t i = 0; i < page->listing->count && rc == 0; i++) {
        put_tile(page, &page->listing->items[i]);
        rc = send_text(page, SEND_BYTES);
    }
    output_text(text, "</ul>");
    return rc;
}

/* -- the foot -- */

static void put_form(struct page *page)
{
    struct output *text = &page->text;
    output_text(text, "<form method=post enctype='multipart/form-data'><label for=upload>Upload</label>");
    if (!page->view->trusted)
        output_text(text, "<input type=password name=token placeholder=Token aria-label=Token "
                          "autocomplete=current-password required>");
    output_text(text, "<input type=file id=upload name=file multiple required><button>Send</button></form>");
}

static int put_page(struct page *page, const char *path)
{
    int rc = 0;
    put_head(page, path);
    if (page->serve->upload)
        put_form(page);
    if (page->listing->count == 0 && page->at_root)
        output_text(&page->text, "<div class='card empty'>There is nothing here yet.</div>");
    else
        rc = page->view->grid ? put_tiles(page) : put_table(page);
    output_printf(&page->text, "<footer>nowait %s</footer></main></html>\n", nw_version());
    return rc == 0 ? send_text(page, 0) : rc;
}

int page_reply(nw_http_exchange *exchange, const struct serve *serve, const struct listing *listing,
               const struct page_view *view)
{
    const char *path = nw_http_path(exchange);
    struct page page = {
        .text.fd = -1, .serve = serve, .view = view, .listing = listing, .at_root = strcmp(path, "/") == 0};
    int rc = nw_http_reply_header(exchange, "Content-Security-Policy", serve->policy);
    if (rc == 0)
        rc = nw_http_reply_header(exchange, "Cache-Control", "no-cache");
    if (rc == 0)
        rc = nw_http_reply_stream(exchange, 200, HTML_TYPE, -1, &page.stream);
    if (rc == 0)
        rc = put_page(&page, path);
    free(page.text.data);
    return rc;
}

/* -- for programs -- */

int page_reply_json(nw_http_exchange *exchange, const struct listing *listing)
{
    struct page page = {.text.fd = -1};
    struct json json;
    int rc = nw_http_reply_header(exchange, "Cache-Control", "no-cache");
    if (rc == 0)
        rc = nw_http_reply_stream(exchange, 200, "application/json", -1, &page.stream);
    json_init(&json, &page.text);
    json_begin_array(&json, NULL);
    for (size_t i = 0; i < listing->count && rc == 0; i++) {
        const struct listed *item = &listing->items[i];
        json_begin_object(&json, NULL);
        json_string(&json, "name", item->name);
        json_string(&json, "type", item->is_directory ? "directory" : "file");
        if (!item->is_directory)
            json_integer(&json, "size", item->size_bytes);
        json_integer(&json, "modified", item->modified_s);
        json_end_object(&json);
        rc = send_text(&page, SEND_BYTES);
    }
    json_end_array(&json);
    if (rc == 0)
        rc = send_text(&page, 0);
    free(page.text.data);
    return rc;
}
