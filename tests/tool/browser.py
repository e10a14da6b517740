#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A browser looks at `nowait serve`, driven through chromedriver by the W3C WebDriver protocol.

browser.py URL FILE [PICTURES]: URL has the upload token; FILE is uploaded. PICTURES: a folder for screenshots.
Says what went wrong and ends with status 1; the server's side is checked by whoever calls.
"""
import base64
import contextlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One session."""

    def __init__(self, arguments=()):
        port, said = None, ""
        for _ in range(5):
            port, said = self.start_driver()
            # It takes a port that is free for one version of IP, and ends when it is not for the other.
            if port or "not available" not in said:
                break
        if not port:
            sys.exit("chromedriver does not say its port: " + said)
        self.root = "http://127.0.0.1:%s" % port
        self.session = ""
        # A page's errors, a refused script or style among them, are asked for at the end.
        answer = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server",
                "--hide-scrollbars", "--window-size=1100,900", *arguments]}}}})
        self.session = "/session/" + answer["sessionId"]

    def start_driver(self):
        """Returns its port, or None, and what it has said."""
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True)
        said = ""
        for line in self.driver.stdout:
            said += line
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                return found[1], said
        self.driver.wait()
        return None, said

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.root + self.session + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=50) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            sys.exit("%s %s: %s" % (method, path, json.load(error)["value"]["message"].splitlines()[0]))

    def close(self):
        with contextlib.suppress(SystemExit, OSError):
            self.ask("DELETE", "")
        self.driver.terminate()
        self.driver.wait()

    def go(self, url):
        self.ask("POST", "/url", {"url": url})

    def url(self):
        return self.ask("GET", "/url")

    def arrive(self, url):
        """Wait until the address is `url`: a form that sends a file gets there later than the click."""
        end = time.monotonic() + 40
        while self.url() != url and time.monotonic() < end:
            time.sleep(0.02)
        return self.url()

    def find(self, selector):
        return "/element/" + self.ask("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.ask("POST", self.find(selector) + "/click", {})

    def follow(self, text):
        element = self.ask("POST", "/element", {"using": "xpath", "value": "//a[normalize-space(.)='%s']" % text})
        self.ask("POST", "/element/%s/click" % element[ELEMENT], {})

    def type(self, selector, text):
        self.ask("POST", self.find(selector) + "/value", {"text": text})

    def run(self, script, *args):
        """A script of ours, not the page's: its policy does not concern it."""
        return self.ask("POST", "/execute/async", {"args": list(args), "script":
                        "const done = arguments[arguments.length - 1]; (async () => { %s })()"
                        ".then(done, error => done('error: ' + error))" % script})

    def command(self, name, **params):
        self.ask("POST", "/goog/cdp/execute", {"cmd": name, "params": params})

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.ask("GET", "/screenshot")))

    def names(self):
        return self.run("return [...document.querySelectorAll('td.n b, li b')].map(b => b.textContent)")

    def errors(self):
        return [entry["message"] for entry in self.ask("POST", "/se/log", {"type": "browser"})
                if entry["level"] == "SEVERE"]


failures = []


def same(want, got, what):
    if want != got:
        failures.append("%s: %r, not %r" % (what, got, want))


def look(browser, start, upload):
    root = urllib.parse.urljoin(start, "/")

    # The address with the token becomes one without.
    browser.go(start)
    same(root, browser.url(), "the address after the first visit")
    names = browser.names()
    same(["media/", "photos/", "<img src=x onerror=alert(1)>.txt", "a#b?c%2F.txt", "bad\ufffdname",
          "file9.txt", "file10.txt"], names, "the names, in order")
    same(0, browser.run("return document.querySelectorAll('td img[onerror], script').length"), "what names smuggle in")

    # The pages' policy, and the sandbox around files, would not let our own scripts fetch and play.
    browser.command("Page.setBypassCSP", enabled=True)
    browser.go(root)

    # Names of all kinds lead to their files.
    for name in names[2:]:
        got = browser.run("const a = [...document.querySelectorAll('td.n a')].find(a => a.textContent == arguments[0]);"
                          .replace("arguments[0]", json.dumps(name)) +
                          "const answer = await fetch(a.href); return answer.status + ' ' + await answer.text()")
        same("200 " + {"file9.txt": "9" * 9, "file10.txt": "10"}.get(name, "content\n"), got, "the file " + name)

    # A range from within the page, and a player that jumps.
    got = browser.run("const answer = await fetch('/media/tone.wav', {headers: {Range: 'bytes=4-11'}});"
                      "const bytes = [...new Uint8Array(await answer.arrayBuffer())];"
                      "return [answer.status, answer.headers.get('Content-Range'), bytes.slice(4)]")
    same([206, "bytes 4-11/%d" % os.path.getsize("served/media/tone.wav"), list(b"WAVE")], got, "a range")
    browser.go(root + "media/tone.wav")
    got = browser.run("const player = document.querySelector('video, audio');"
                      "if (player.readyState < 1) await new Promise(go => player.onloadedmetadata = go);"
                      "player.currentTime = 50; await new Promise(go => player.onseeked = go);"
                      "return [Math.round(player.duration), Math.round(player.currentTime), player.error]")
    same([60, 50, None], got, "a player that jumps")

    browser.command("Page.setBypassCSP", enabled=False)
    browser.go(root)

    # A column is sorted by a click, and the other way round by the next one.
    browser.follow("Size")
    same("sort=size&order=desc", urllib.parse.urlsplit(browser.url()).query, "the address, by size")
    same(["media/", "photos/"], browser.names()[:2], "directories stand first")
    same("file10.txt", browser.names()[-1], "the smallest file, last")
    same("descending", browser.run("return document.querySelector('th.s').getAttribute('aria-sort')"), "aria-sort")
    browser.follow("Size")
    same("file10.txt", browser.names()[2], "the smallest file, first")

    # A folder, its pictures, the way back.
    browser.follow("photos/")
    same(root + "photos/", browser.url().split("?")[0], "the folder")
    same(True, browser.run("const image = document.querySelector('td img'); await image.decode();"
                           "return image.naturalWidth > 0"), "a preview is shown")
    browser.follow("Grid")
    same(True, browser.run("const image = document.querySelector('li img'); await image.decode();"
                           "return image.naturalWidth > 0"), "a preview is shown in the grid")
    browser.click("li a")
    same(root, browser.url().split("?")[0], "up")

    # An upload through the form: the cookie stands for the token.
    browser.go(root + "media/")
    same(0, browser.run("return document.querySelectorAll('input[name=token]').length"), "fields for the token")
    browser.type("input[type=file]", os.path.abspath(upload))
    browser.click("button")
    same(root + "media/?uploaded=1", browser.arrive(root + "media/?uploaded=1"), "the address after the upload")
    same("1 file was uploaded.", browser.run("return document.querySelector('.note').textContent"), "the note")
    same(True, os.path.basename(upload) in browser.names(), "the file is listed")

    # Without the cookie the form asks for the token.
    browser.ask("DELETE", "/cookie")
    browser.go(root)
    browser.type("input[type=file]", os.path.abspath(upload))
    browser.type("input[name=token]", urllib.parse.parse_qs(urllib.parse.urlsplit(start).query)["token"][0])
    browser.click("button")
    same(root + "?uploaded=1", browser.arrive(root + "?uploaded=1"), "the address after the upload with a token")
    same([], browser.errors(), "errors of the pages")


def take_pictures(browser, root, folder):
    """For people: light and dark, wide and narrow."""
    for scheme in ("light", "dark"):
        browser.command("Emulation.setEmulatedMedia",
                        features=[{"name": "prefers-color-scheme", "value": scheme}])
        for size, width in (("wide", 1100), ("phone", 390)):
            browser.command("Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1,
                            mobile=size == "phone")
            for what, path in (("list", ""), ("grid", "photos/?view=grid")):
                browser.go(root + path)
                browser.picture(os.path.join(folder, "%s-%s-%s.png" % (what, size, scheme)))


def main():
    start, upload = sys.argv[1:3]
    browser = Browser()
    try:
        if len(sys.argv) > 3:
            take_pictures(browser, urllib.parse.urljoin(start, "/"), sys.argv[3])
        else:
            look(browser, start, upload)
    finally:
        browser.close()
    print("\n".join(failures), end="\n" if failures else "")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
