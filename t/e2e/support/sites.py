# SPDX-License-Identifier: Apache-2.0
"""The configuration that most tests of logins and sessions share."""

SITE = """
    oidc_provider cognito { @PROVIDER@ @MORE@ }
    server {
        listen 127.0.0.1:@PORT@;
        location / {
            auth_oidc cognito;
            auth_oidc_set_header X-User $oidc_user;
            auth_oidc_set_header X-Email $oidc_claim_email;
            @RULE@
            proxy_pass http://@UPSTREAM@;
        }
        location /open/ { proxy_pass http://@UPSTREAM@; }
    }
"""

SECRET = "session_secret 0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978;"
COOKIE_STORE = f"session_store cookie; {SECRET}"

# Where sessions may live; most of what is true of one is of the other.
STORES = {"memory": "", "cookie": COOKIE_STORE}

REDIS_STORE = """
    oidc_session_store fleet {
        type redis;
        server @REDIS@;
        @STORE_MORE@
    }
"""

# Of a fleet; all answer for the first one's address, as behind a load balancer.
MEMBER = REDIS_STORE + """
    oidc_provider cognito {
        @PROVIDER@
        session_store fleet;
        base_url http://127.0.0.1:@FRONT@;
        logout_uri /logout;
        @MORE@
    }
    server {
        listen 127.0.0.1:@PORT@;
        location / {
            auth_oidc cognito;
            auth_oidc_set_header X-User $oidc_user;
            @RULE@
            proxy_pass http://@UPSTREAM@;
        }
        location = /status { auth_oidc_status; allow all; }
    }
"""
