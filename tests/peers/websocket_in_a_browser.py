#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A browser opens a page that talks over a WebSocket, and says what it saw in its title.

websocket_in_a_browser.py URL. Says what went wrong and ends with status 1.
"""
import json
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tool"))
import browser  # noqa: E402


def main():
    page = browser.Browser(["--ignore-certificate-errors"])
    try:
        page.go(sys.argv[1])
        end = time.monotonic() + 40
        while (title := page.ask("GET", "/title")) == "talking" and time.monotonic() < end:
            time.sleep(0.02)
        errors = page.errors()
    finally:
        page.close()
    heard = json.loads(title) if title != "talking" else title
    browser.same(True, "permessage-deflate" in heard[1][1], "what the browser offers: %r" % (heard,))
    del heard[1]
    browser.same([["open", "echo", ""], ["text", "gr\u00fc\u00dfe \U0001f600"], ["text", ""], ["binary", 0, 255, 128],
                  ["large", 1 << 20, True], ["close", 4001, "as you said", True]], heard, "what the page saw")
    browser.same([], [error for error in errors if "favicon" not in error], "errors of the page")
    print("\n".join(browser.failures), end="\n" if browser.failures else "")
    sys.exit(1 if browser.failures else 0)


if __name__ == "__main__":
    main()
