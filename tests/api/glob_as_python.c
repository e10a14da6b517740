/* SPDX-License-Identifier: MIT */
/*
 * nw_glob finds what Python's glob finds: a tree and some hundred patterns made of random pieces, with and
 * without hidden names. A failing run can be repeated with SEED=number.
 *
 * ctest: no-valgrind no-qemu timeout=120
 */
#include "../support/runtime.h"

#define PATTERNS 600

/* For each pattern and both ways the paths, each ended by a NUL, and one more NUL. */
static const char script[] =
    "import glob, os, sys\n"
    "if sys.version_info < (3, 11): sys.exit(77)\n"
    "out = open('found', 'wb')\n"
    "for pattern in open('patterns', 'rb').read().split(b'\\0')[:-1]:\n"
    "    for hidden in (False, True):\n"
    "        found = set(glob.glob(os.fsdecode(pattern), recursive=True, include_hidden=hidden))\n"
    "        found = {os.fsencode(path) for path in found}\n"
    "        # before 3.13, 'none/' is found for 'none/**'\n"
    "        for path in sorted(found):\n"
    "            if not path.endswith(b'/') or os.path.isdir(path): out.write(path + b'\\0')\n"
    "        out.write(b'\\0')\n";

static char patterns[PATTERNS][64];

static void make_tree(void)
{
    static const char *const names[] = {"a", "b",    "ab",  ".a",  "a.b", "[a]",
                                        "é", "\xff", "a-b", "b\n", "!a",  "ba"};
    char path[128];

    CHECK_SYS(mkdir("tree", 0700));
    CHECK_SYS(chdir("tree"));
    for (int i = 0; i < 120; i++) {
        unsigned depth = 1 + random_below(4);
        path[0] = '\0';
        for (unsigned j = 0; j < depth; j++) {
            if (j > 0)
                strcat(path, "/");
            strcat(path, names[random_below(12)]);
            if (j + 1 < depth && mkdir(path, 0700) < 0 && errno != EEXIST)
                break;
        }
        if (access(path, F_OK) < 0 && random_below(2))
            close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        else
            mkdir(path, 0700);
    }
    CHECK_SYS(symlink("nowhere", "dangling"));
    CHECK_SYS(chdir(".."));
}

/* Python takes "[b-a!c]" for "[!c]": it drops the range that is empty before it looks for the "!". */
static void take_back_after_ranges(char *pattern)
{
    for (char *sign = strchr(pattern, '!'); sign; sign = strchr(sign + 1, '!'))
        if (sign[-2] == '-' || sign[-3] == '-') /* "tree/" is before it; the range's end may have two bytes */
            *sign = 'a';
}

static void make_pattern(char *pattern)
{
    static const char *const pieces[] = {
        "a", "b", "*", "?",  ".",    "/",       "**",    "[ab]", "[!a]", "[a-b]", "**/", "[",  "]",  "!",
        "-", "é", "/", "*/", "[]a]", "[é\xff]", "[b-a]", "//",   "[-a]", "[a-]",  "a*",  "*b", "./", "[!]"};
    unsigned count = 1 + random_below(6);

    strcpy(pattern, random_below(2) ? "tree/" : "tree/**/");
    while (count-- > 0)
        strcat(pattern, pieces[random_below(sizeof pieces / sizeof *pieces)]);
    for (char *dots; (dots = strstr(pattern, ".."));) /* does not lead out of here */
        *dots = 'a';
    take_back_after_ranges(pattern);
}

static void ask_python(void)
{
    FILE *file = fopen("patterns", "we");

    CHECK(file);
    for (int i = 0; i < PATTERNS; i++)
        fwrite(patterns[i], 1, strlen(patterns[i]) + 1, file);
    CHECK_EQ(fclose(file), 0);
    check_write_file("ask.py", script, strlen(script));
    int status = system("PYTHONUTF8=1 python3 ask.py");
    if (!WIFEXITED(status) || WEXITSTATUS(status) == 127 || WEXITSTATUS(status) == 77)
        check_skip("there is no Python 3.11");
    CHECK_EQ(WEXITSTATUS(status), 0);
}

static const char *compare(const char *pattern, unsigned flags, const char *expected)
{
    nw_paths paths;

    CHECK_EQ(nw_glob(pattern, flags, 0, &paths), 0);
    for (size_t i = 0; i < paths.count; i++) {
        if (strcmp(expected, paths.items[i]) != 0)
            check_fail(__FILE__, __LINE__, "%s (%u): %s, not %s", pattern, flags, paths.items[i], expected);
        expected += strlen(expected) + 1;
    }
    if (*expected)
        check_fail(__FILE__, __LINE__, "%s (%u): not %s", pattern, flags, expected);
    nw_paths_finish(&paths);
    return expected + 1;
}

static int first(void *arg)
{
    nw_bytes found;

    (void)arg;
    CHECK_EQ(nw_read_file("found", 0, &found), 0);
    const char *expected = found.data;
    for (int i = 0; i < PATTERNS; i++) {
        expected = compare(patterns[i], 0, expected);
        expected = compare(patterns[i], NW_GLOB_HIDDEN, expected);
    }
    CHECK(expected == found.data + found.size);
    printf("%zu bytes of paths\n", found.size);
    nw_bytes_finish(&found);
    return 0;
}

int main(void)
{
    check_enter_folder();
    random_seed();
    make_tree();
    for (int i = 0; i < PATTERNS; i++)
        make_pattern(patterns[i]);
    ask_python();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
