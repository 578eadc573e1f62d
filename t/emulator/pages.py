# SPDX-License-Identifier: Apache-2.0
"""The HTML pages: plain, small, without anything from elsewhere."""

from html import escape

from aiohttp import web

from .model import User

FRAME = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; margin: 0 auto;
       padding: 1.5rem; max-width: 26rem; color: #16191f;
       background: #fff; }}
h1 {{ font-size: 1.4rem; }}
label {{ display: block; margin-top: 1rem; }}
input, button {{ font: inherit; width: 100%; box-sizing: border-box;
                padding: .6rem; border: 1px solid #687078;
                border-radius: .3rem; }}
button {{ margin-top: 1.5rem; background: #0b5cad; color: #fff;
         border-color: #0b5cad; }}
.error {{ border-left: .3rem solid #b00020; padding-left: .8rem; }}
footer {{ margin-top: 2rem; font-size: .9rem; color: #545b64; }}
td {{ padding-right: 1rem; }}
@media (prefers-color-scheme: dark) {{
  body {{ background: #16191f; color: #f2f3f3; }}
  input {{ background: #232f3e; color: inherit; }}
  footer {{ color: #aab7b8; }}
}}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""

LOGIN = """{error}
<form method="post" action="{action}">
<input type="hidden" name="_csrf" value="{csrf}">
<label for="username">User name or e-mail</label>
<input id="username" name="username" value="{hint}" required
 autocomplete="username" autocapitalize="none" spellcheck="false">
<label for="password">Password</label>
<input id="password" name="password" type="password" required
 autocomplete="current-password">
<button name="signInSubmitButton" value="Sign in">Sign in</button>
</form>
<footer>
<p>This is a local emulator of Amazon Cognito, not Amazon.</p>
<details><summary>Who can sign in here</summary>
<table>{users}</table></details>
</footer>"""

NEW_PASSWORD = """{error}
<p>Please choose a new password for {username}.</p>
<form method="post" action="{action}">
<input type="hidden" name="_csrf" value="{csrf}">
<input type="hidden" name="session" value="{session}">
<label for="new_password">New password</label>
<input id="new_password" name="new_password" type="password" required
 autocomplete="new-password">
<button>Send</button>
</form>"""


def page(title: str, body: str, status: int = 200) -> web.Response:
    return web.Response(
        text=FRAME.format(title=escape(title), body=body), status=status,
        content_type="text/html",
        headers={"Cache-Control": "no-store",
                 "Content-Security-Policy":
                     "default-src 'none'; style-src 'unsafe-inline'",
                 "X-Frame-Options": "DENY"})


def _notice(text: str | None) -> str:
    if text is None:
        return ""
    return f'<p class="error" role="alert">{escape(text)}</p>'


def login(action: str, csrf: str, users: list[User], hint: str = "",
          error: str | None = None) -> web.Response:
    rows = "".join(
        f"<tr><td>{escape(user.username)}<td>{escape(user.password)}"
        for user in users if user.password)
    return page("Sign in", LOGIN.format(
        error=_notice(error), action=escape(action), csrf=escape(csrf),
        hint=escape(hint), users=rows))


def new_password(action: str, csrf: str, session: str, username: str,
                 error: str | None = None) -> web.Response:
    return page("Change password", NEW_PASSWORD.format(
        error=_notice(error), action=escape(action), csrf=escape(csrf),
        session=escape(session), username=escape(username)))


def error(text: str, status: int = 400) -> web.Response:
    return page("An error was encountered with the requested page.",
                _notice(text), status)
