# SPDX-License-Identifier: Apache-2.0
"""Drives Debian's Chromium without a window, as a user does: addresses, words
on the page, fields, the back button."""

import base64
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--ignore-certificate-errors"]
PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
PATIENCE = 15


class Chromium:
    """One browser, one window; `fresh()` makes it a new one's."""

    def __init__(self, artefacts):
        self.artefacts = artefacts
        self.profile = tempfile.TemporaryDirectory()
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in [*FLAGS, f"--user-data-dir={self.profile.name}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(
            service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_script_timeout(PATIENCE)
        self.driver.set_page_load_timeout(PATIENCE)

    def quit(self):
        self.driver.quit()
        self.profile.cleanup()

    def fresh(self):
        """No cookie, no cache, no history, one tab, a phone's screen."""
        old = self.driver.window_handles
        self.tab()
        new = self.driver.current_window_handle
        for handle in old:
            self.driver.switch_to.window(handle)
            self.driver.close()
        self.driver.switch_to.window(new)
        self.devtools("Network.clearBrowserCookies")
        self.devtools("Network.clearBrowserCache")
        self.driver.get_log("browser")

    def devtools(self, command, **arguments):
        return self.driver.execute_cdp_cmd(command, arguments)

    # --- what a person does ---------------------------------------------

    def tab(self):
        """A new tab, shown; returns what `show` takes."""
        self.driver.switch_to.new_window("tab")
        self.devtools("Emulation.setDeviceMetricsOverride", **PHONE)
        return self.driver.current_window_handle

    def show(self, handle):
        self.driver.switch_to.window(handle)

    def open(self, url):
        self.driver.get(url)

    def back(self):
        self.driver.back()

    def click(self, words):
        self.driver.find_element(By.LINK_TEXT, words).click()

    def submit(self, **fields):
        """Fills in the page's form and sends it."""
        for name, value in fields.items():
            field = self.driver.find_element(By.NAME, name)
            field.clear()
            field.send_keys(value)
        self.driver.find_element(By.CSS_SELECTOR, "form button").click()

    # --- what a person sees ----------------------------------------------

    @property
    def url(self):
        return self.driver.current_url

    @property
    def text(self):
        return self.run("return document.body ? document.body.innerText : ''")

    def wait_for(self, words):
        """Until the page says so."""
        WebDriverWait(self.driver, PATIENCE, 0.05).until(
            lambda _: words in self.text,
            f"{words!r} is not on the page, but: {self.url} {self.text}")

    def shot(self, name):
        """Keeps the whole page as a picture; it must fit a phone."""
        wide, seen = self.run("return [document.documentElement.scrollWidth,"
                              " window.innerWidth]")
        picture = self.devtools("Page.captureScreenshot")["data"]
        self.artefacts.mkdir(parents=True, exist_ok=True)
        (self.artefacts / f"{name}.png").write_bytes(
            base64.b64decode(picture))
        assert wide <= seen, f"{name} is {wide} wide on a screen of {seen}"

    # --- what a page's script does, and what the browser keeps -----------

    def run(self, script, *arguments):
        """A script in the page; a promise is awaited."""
        return self.driver.execute_script(script, *arguments)

    def cookies(self, host):
        """All that the browser keeps for a host, HttpOnly or not."""
        found = self.devtools("Network.getAllCookies")["cookies"]
        return {one["name"]: one for one in found if one["domain"] == host}

    def complaints(self):
        """The console's lines; asking empties it."""
        return [line["message"] for line in self.driver.get_log("browser")]
