/* SPDX-License-Identifier: MIT */
/*
 * Certificates made on the spot, by the script of the same name.
 */
#ifndef NW_TESTS_CERTIFICATES_H
#define NW_TESTS_CERTIFICATES_H

#include <check.h>
#include <sys/wait.h>

/* In the current folder; the test is skipped where there is no openssl program. */
CHECK_UNUSED static void tls_make_certificates(void)
{
    char command[PATH_MAX + 32];
    const char *slash = strrchr(__FILE__, '/');

    CHECK(slash);
    snprintf(command, sizeof command, "'%.*s/certificates'", (int)(slash - __FILE__), __FILE__);
    int status = system(command);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CHECK_SKIPPED)
        check_skip("there is no openssl program");
    CHECK_EQ(status, 0);
}

/* By the first of all programs in this folder; what is preloaded into it is not for the shell. */
CHECK_UNUSED static void tls_make_certificates_once(void)
{
    if (access("good.pem", R_OK) == 0)
        return;
    unsetenv("LD_PRELOAD");
    tls_make_certificates();
}

#endif
