"""Knows the clients that are registered at the provider, and how nginx is
configured to be one of them."""

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
              "ES384", "ES512", "EdDSA"]
API = "https://api.example"
# RFC 6749 2.3.1: form-urlencoded before it goes into Basic.
SECRET = "s3cret of: 100% +plus/slash?&=~"


def registered(base):
    """Client metadata (OIDC Registration 2); `base` is where nginx is."""
    def client(name, alg="RS256", auth="client_secret_basic"):
        return {
            "client_id": name,
            **({} if auth == "none" else {"client_secret": SECRET}),
            "token_endpoint_auth_method": auth,
            "id_token_signed_response_alg": alg,
            "grant_types": ["authorization_code", "refresh_token"],
            "redirect_uris": [f"{base}/callback/{name}"],
            "post_logout_redirect_uris": [f"{base}/bye"],
        }
    return [
        *(client(alg, alg) for alg in ALGORITHMS),
        *(client(f"other-{alg}", alg) for alg in ALGORITHMS),
        client("userinfo"),
        client("post", auth="client_secret_post"),
        client("public", auth="none"),
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


def locations(name, upstream):
    return f"""
    location /people/{name}/ {{
        auth_oidc {name};
        proxy_pass {upstream};
    }}
    location /api/{name}/ {{
        auth_oidc {name};
        auth_oidc_methods bearer;
        auth_oidc_require_scope api:read;
        proxy_pass {upstream};
    }}
    # Whoever takes its own client_id for an audience.
    location /own/{name}/ {{
        auth_oidc {name};
        auth_oidc_methods bearer;
        auth_oidc_audience {name};
        proxy_pass {upstream};
    }}
    """


def providers(issuer):
    """Every block, each with the one algorithm its client is signed for."""
    return "".join([
        *(provider_block(alg, issuer, f"signing_algs {alg};")
          for alg in ALGORITHMS),
        provider_block("userinfo", issuer,
                       'userinfo on; scope "openid email profile";'),
        provider_block("post", issuer),
        provider_block("public", issuer, secret=""),
    ])


def names():
    return [*ALGORITHMS, "userinfo", "post", "public"]
