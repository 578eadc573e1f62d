"""Login by authorization code."""

SITE = """
    oidc_provider cognito { @PROVIDER@ }
    server {
        listen 127.0.0.1:@PORT@;
        location / {
            auth_oidc cognito;
            auth_oidc_set_header X-User $oidc_claim_email;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""


def test_login_without_a_page(gateway, visitor):
    site = gateway(SITE)
    answer = visitor.open(site.url("/deep?a=1"))
    assert answer.status == 200
    assert answer.json["uri"] == "/deep?a=1"
    assert answer.sent("X-User") == ["jane@example.com"]


def test_login_by_the_form(gateway, pool, visitor):
    pool.settings(auto_login=None)
    site = gateway(SITE)
    page = visitor.open(site.url("/"))
    answer = visitor.submit(page, username="jane",
                            password=pool.user("jane")["password"])
    assert answer.status == 200
    assert answer.sent("X-User") == ["jane@example.com"]
