# SPDX-License-Identifier: Apache-2.0
"""The clients that are registered at the provider, and the configuration of
nginx for each of them."""

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
              "ES384", "ES512", "EdDSA"]
API = "https://api.example"
# RFC 6749 2.3.1: form-urlencoded before it goes into Basic.
SECRET = "s3cret of: 100% +plus/slash?&=~"


def registered(base):
    """Client metadata (OIDC Registration 2); `base` is where nginx is."""
    def client(name, alg="RS256", auth="client_secret_basic", grants=()):
        return {
            "client_id": name,
            **({} if auth == "none" else {"client_secret": SECRET}),
            "token_endpoint_auth_method": auth,
            "id_token_signed_response_alg": alg,
            "grant_types": ["authorization_code", "refresh_token", *grants],
            "redirect_uris": [f"{base}/callback/{name}"],
            "post_logout_redirect_uris": [f"{base}/bye"],
        }
    return [
        *(client(alg, alg) for alg in ALGORITHMS),
        *(client(f"other-{alg}", alg, grants=["client_credentials"])
          for alg in ALGORITHMS),
        client("userinfo"),
        client("silent"),
        client("nopkce"),
        client("post", auth="client_secret_post"),
        client("public", auth="none"),
        client("machine", grants=["client_credentials"]),
        # Whatever the provider can sign for a client, it signs for this one.
        {**client("signed"), "authorization_signed_response_alg": "RS256",
         "introspection_signed_response_alg": "RS256",
         "userinfo_signed_response_alg": "RS256"},
        {**client("told"), "backchannel_logout_uri": f"{base}/back/told",
         "backchannel_logout_session_required": True},
    ]


def provider_block(name, issuer, more="", secret=SECRET):
    return f"""
    oidc_provider {name} {{
        issuer {issuer};
        client_id {name};
        {f'client_secret "{secret}";' if secret else ""}
        redirect_uri /callback/{name};
        logout_uri /logout/{name};
        post_logout_uri /bye;
        cookie_name SESSION_{name};
        audience {API};
        allowed_clients any;
        jwks_refresh 1s 1h;
        {more}
    }}
    """


def locations(name):
    return f"""
    location /people/{name}/ {{
        auth_oidc {name};
        proxy_pass @UPSTREAM@;
    }}
    location /api/{name}/ {{
        auth_oidc {name};
        auth_oidc_methods bearer;
        auth_oidc_require_scope api:read;
        proxy_pass @UPSTREAM@;
    }}
    # Whoever takes its own client_id for an audience.
    location /own/{name}/ {{
        auth_oidc {name};
        auth_oidc_methods bearer;
        auth_oidc_audience {name};
        proxy_pass @UPSTREAM@;
    }}
    location /any/{name}/ {{
        auth_oidc {name};
        auth_oidc_methods bearer;
        auth_oidc_token any;
        auth_oidc_audience {name};
        proxy_pass @UPSTREAM@;
    }}
    location /id/{name}/ {{
        auth_oidc {name};
        auth_oidc_methods bearer;
        auth_oidc_token id;
        proxy_pass @UPSTREAM@;
    }}
    """


BLOCKS = {
    **{alg: {"more": f"signing_algs {alg};"} for alg in ALGORITHMS},
    "userinfo": {"more": 'userinfo on; scope "openid email profile";'},
    "silent": {"more": "extra_auth_args prompt=none;"},
    "nopkce": {"more": "pkce off;"},
    "post": {},
    "public": {"secret": ""},
    "machine": {},
    "signed": {},
    "told": {"more": "backchannel_logout_uri /back/told;"},
}


def configuration(issuer):
    """What stands in `http { }`: a block and its locations for each."""
    blocks = "".join(provider_block(name, issuer, **block)
                     for name, block in BLOCKS.items())
    return f"""
{blocks}
proxy_set_header X-User $oidc_user;
proxy_set_header X-Name $oidc_claim_name;
proxy_set_header X-Email $oidc_claim_email;
server {{
    listen 127.0.0.1:@PORT@;
    merge_slashes off;
    {"".join(map(locations, BLOCKS))}
    location /basic/machine/ {{
        auth_oidc machine;
        auth_oidc_methods client_credentials;
        auth_oidc_require_scope api:read;
        proxy_pass @UPSTREAM@;
    }}
    # Whatever else is asked for: all of it is behind the login.
    location / {{
        auth_oidc RS256;
        proxy_pass @UPSTREAM@;
    }}
    location = /bye {{
        return 200 "bye\\n";
    }}
}}
"""
