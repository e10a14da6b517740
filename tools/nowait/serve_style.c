/* SPDX-License-Identifier: MIT */
/*
 * How a directory's page looks: one style sheet, a few icons, both inside the page, and the policy that
 * allows these and no script. Owns nothing.
 */
#include "serve.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

const char page_style[] =
    ":root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--text:#1c2430;--soft:#667085;--line:#e4e7ec;"
    "--hover:#f0f5ff;--accent:#1d5fd1;--folder:#e3a008;--ok:#0e7a4b;--okbg:#e7f6ee}"
    "@media(prefers-color-scheme:dark){:root{--bg:#0f1319;--card:#171c24;--text:#e6e9ef;--soft:#98a2b3;"
    "--line:#272e39;--hover:#1e2632;--accent:#7fb0ff;--folder:#f0b429;--ok:#6fdca6;--okbg:#12281d}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--bg);color:var(--text);font:16px/1.5 system-ui,-apple-system,'Segoe "
    "UI',Roboto,'Helvetica Neue',sans-serif}"
    "main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 3rem}"
    "a{color:inherit;text-decoration:none}"
    "a:focus-visible,button:focus-visible,input:focus-visible{outline:2px solid var(--accent);outline-offset:"
    "2px;border-radius:6px}"
    "header{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:baseline;margin-bottom:1rem}"
    "h1{flex:1 1 100%;margin:0;font-size:1.35rem;font-weight:600;line-height:1.35;overflow-wrap:anywhere}"
    "h1 a{color:var(--accent)}h1 a:hover{text-decoration:underline}h1 i{margin:0 "
    ".35em;color:var(--soft);font-style:normal;font-weight:400}"
    "header p{margin:0;color:var(--soft);font-size:.9rem}"
    "header nav{margin-left:auto;font-size:.9rem}"
    "nav a{padding:.15rem .6rem;border-radius:6px;color:var(--soft)}nav a:hover{color:var(--accent)}"
    "nav a[aria-current]{background:var(--card);color:var(--text);box-shadow:0 0 0 1px var(--line)}"
    ".card{background:var(--card);border:1px solid var(--line);border-radius:12px;overflow:hidden}"
    "table{width:100%;border-collapse:collapse;table-layout:fixed}"
    "th,td{padding:0 1rem;text-align:left;font-weight:400}"
    "th{font-size:.8rem;color:var(--soft);border-bottom:1px solid var(--line)}"
    "th a{display:block;padding:.6rem 0}th a:hover{color:var(--accent)}"
    "th[aria-sort] a{color:var(--text);font-weight:600}"
    "th[aria-sort=ascending] a:after{content:' \\2191'}th[aria-sort=descending] a:after{content:' \\2193'}"
    "tbody tr+tr td{border-top:1px solid var(--line)}tbody tr:hover{background:var(--hover)}"
    "th.s,td.s{width:7.5rem;text-align:right;white-space:nowrap}th.t,td.t{width:11rem;white-space:nowrap}"
    "td.s,td.t{color:var(--soft);font-size:.9rem;font-variant-numeric:tabular-nums}"
    "td.n a{display:flex;align-items:center;gap:.75rem;min-height:2.75rem}td.n "
    "a:hover b{color:var(--accent)}"
    "b{font-weight:400;overflow-wrap:anywhere;padding:.35rem 0}"
    "svg{flex:none;width:1.5rem;height:1.5rem;fill:none;stroke:var(--soft);stroke-width:1.6;stroke-linejoin:"
    "round;stroke-linecap:round}"
    ".d svg{stroke:var(--folder);fill:var(--folder);fill-opacity:.18}.up svg{stroke:var(--soft);fill:none}"
    "td img{flex:none;width:2.25rem;height:2.25rem;margin:.25rem -.375rem;object-fit:cover;border-radius:6px;"
    "background:var(--line)}"
    "ul{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,"
    "1fr));gap:1rem}"
    "li a{display:block}li a:hover{border-color:var(--accent)}"
    "li img,li "
    ".i{display:grid;place-items:center;width:100%;aspect-ratio:4/3;object-fit:cover;background:var("
    "--hover)}li .i svg{width:3rem;height:3rem}"
    "li b{display:block;padding:.5rem .75rem 0;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}"
    "li small{display:block;padding:0 .75rem .6rem;color:var(--soft)}"
    ".icons{display:none}"
    ".empty{padding:3rem 1rem;text-align:center;color:var(--soft)}"
    ".note{padding:.7rem 1rem;margin-bottom:1rem;border-radius:12px;background:var(--okbg);color:var(--ok)}"
    "form{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;margin-bottom:1rem;padding:1rem;border:"
    "2px "
    "dashed var(--line);border-radius:12px}"
    "form label{font-weight:600}"
    "input{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:8px;"
    "padding:.45rem .7rem;min-width:0}input[type=file]{flex:1 1 14rem}"
    "input::file-selector-button{font:inherit;color:inherit;background:var(--hover);border:0;border-radius:"
    "6px;"
    "padding:.2rem .7rem;margin-right:.75rem;cursor:pointer}"
    "button{font:inherit;font-weight:600;color:#fff;background:#1d5fd1;border:0;border-radius:8px;padding:."
    "5rem 1.2rem;cursor:pointer}button:hover{background:#174ca7}"
    "footer{margin-top:1.5rem;color:var(--soft);font-size:.8rem;text-align:center}"
    "@media(max-width:40rem){main{padding:1rem .6rem 2rem}th,td{padding:0 .75rem}th.t,td.t{display:none}"
    "th.s,td.s{width:5.75rem}ul{grid-template-columns:repeat(2,1fr);gap:.6rem}}";

/* A folder, for the browser's tab. */
const char page_head[] = "<link rel=icon href=\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' "
                         "viewBox='0 0 24 24'%3E"
                         "%3Cpath fill='%23e3a008' d='M2 6a2 2 0 0 1 2-2h5l2.3 2.6H20a2 2 0 0 1 2 2V18a2 2 0 "
                         "0 1-2 2H4a2 2 0 0 1-2-"
                         "2z'/%3E%3C/svg%3E\">";

/* Shapes of 24 by 24, used by their names. */
const char page_icons[] =
    "<svg class=icons><symbol id=d viewBox='0 0 24 24'><path d='M3 6.5A1.5 1.5 0 0 1 4.5 5h4.6l2 2.4h8.4A1.5 "
    "1.5 0 "
    "0 1 21 8.9v8.6a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5z'/></symbol>"
    "<symbol id=u viewBox='0 0 24 24'><path d='M12 19V6M6.5 11.5 12 6l5.5 5.5'/></symbol>"
    "<symbol id=f viewBox='0 0 24 24'><path d='M6 3h8l4 4v14H6zM14 3v4h4'/></symbol>"
    "<symbol id=x viewBox='0 0 24 24'><path d='M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 15h6M9 18h4'/></symbol>"
    "<symbol id=p viewBox='0 0 24 24'><path d='M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4'/><circle cx=15.5 cy=9 "
    "r=1.2 /></symbol>"
    "<symbol id=a viewBox='0 0 24 24'><path d='M9 18V6l10-2v12'/><circle cx=6.5 cy=18 r=2.5 /><circle "
    "cx=16.5 cy=16 r=2.5 /></symbol>"
    "<symbol id=v viewBox='0 0 24 24'><path d='M3 6h18v12H3zM10 9.5v5l4.5-2.5z'/></symbol>"
    "<symbol id=z viewBox='0 0 24 24'><path d='M4 4h16v5H4zM5.5 9v11h13V9M10 13h4'/></symbol></svg>";

int style_policy(char policy[SERVE_POLICY_BYTES])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    unsigned char text[4 * (SHA256_DIGEST_LENGTH / 3 + 1) + 1];
    if (!EVP_Digest(page_style, strlen(page_style), digest, NULL, EVP_sha256(), NULL))
        return -ENOMEM;
    EVP_EncodeBlock(text, digest, sizeof digest);
    snprintf(policy, SERVE_POLICY_BYTES,
             "default-src 'none'; style-src 'sha256-%s'; img-src 'self' data:; form-action 'self'; base-uri "
             "'none'; "
             "frame-ancestors 'none'",
             (const char *)text);
    return 0;
}
