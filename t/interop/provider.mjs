// SPDX-License-Identifier: Apache-2.0
// A certified OpenID provider, npm's oidc-provider, on an address of loopback.
//
//     node provider.mjs HOST PORT CLIENTS
//
// CLIENTS is a JSON array of client metadata (OIDC Registration 2). Whoever
// comes is logged in as jane without a word and has granted everything. A
// line on stdin is an order, each answered by a line on stdout: "rotate"
// puts new keys in the place of the old ones. It ends with its stdin.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import Provider from 'oidc-provider';

const [host, port, clients] = process.argv.slice(2);
const issuer = `http://${host}:${port}`;
const algorithms = [
  'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512',
  'ES256', 'ES384', 'ES512', 'EdDSA',
];

const accounts = {
  jane: {
    sub: 'jane',
    email: 'jane@example.com',
    email_verified: true,
    name: 'Jane Ångström',
  },
};

// A key that may sign by `alg` or by any that its kind allows.
function key(type, options) {
  const { privateKey } = generateKeyPairSync(type, options);
  return privateKey.export({ format: 'jwk' });
}

function freshKeys() {
  return [
    key('rsa', { modulusLength: 2048 }),
    key('ec', { namedCurve: 'P-256' }),
    key('ec', { namedCurve: 'P-384' }),
    key('ec', { namedCurve: 'P-521' }),
    key('ed25519'),
  ];
}

// RFC 8707: the access token asked for is a JWT (RFC 9068) for one audience,
// signed as the client's ID tokens are.
function resourceServer(_, audience, client) {
  return {
    audience,
    scope: 'api:read api:write',
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: client.idTokenSignedResponseAlg } },
  };
}

// Every client was granted all that it asks for.
async function grant(ctx) {
  const { client, params, provider, session } = ctx.oidc;
  const granted = new provider.Grant({
    accountId: session.accountId,
    clientId: client.clientId,
  });
  granted.addOIDCScope(params.scope);
  for (const resource of [params.resource ?? []].flat()) {
    granted.addResourceScope(resource, 'api:read api:write');
  }
  await granted.save();
  return granted;
}

function configuration() {
  return {
    clients: JSON.parse(clients),
    jwks: { keys: freshKeys() },
    cookies: { keys: ['interop'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'],
      profile: ['name'] },
    enabledJWA: { idTokenSigningAlgValues: algorithms },
    features: {
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      jwtIntrospection: { enabled: true },
      jwtResponseModes: { enabled: true },
      jwtUserinfo: { enabled: true },
      resourceIndicators: {
        enabled: true,
        // Who cannot say what for, gets tokens for this.
        defaultResource: (_, { clientId }) => (
          clientId === 'machine' ? 'https://api.example' : undefined),
        getResourceServerInfo: resourceServer,
        useGrantedResource: () => true,
      },
      revocation: { enabled: true },
    },
    // By itself it reaches no address of loopback, where the clients are.
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
    findAccount: (_, sub) => accounts[sub] && {
      accountId: sub,
      claims: () => accounts[sub],
    },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    loadExistingGrant: grant,
    pkce: { required: () => false },
    ttl: { AccessToken: 3600, ClientCredentials: 3600, Grant: 3600,
      IdToken: 3600, Interaction: 600, Session: 3600 },
  };
}

let provider = new Provider(issuer, configuration());

// Where people would type a password and consent.
async function interact(request, response) {
  const { prompt } = await provider.interactionDetails(request, response);
  const result = prompt.name === 'login'
    ? { login: { accountId: 'jane' } }
    : { consent: {} };
  await provider.interactionFinished(request, response, result,
    { mergeWithLastSubmission: true });
}

function serve(request, response) {
  if (!request.url.startsWith('/interaction/')) {
    provider.callback()(request, response);
    return;
  }
  interact(request, response).catch((error) => {
    response.writeHead(500).end(error.message);
  });
}

const orders = {
  rotate() {
    provider = new Provider(issuer, configuration());
  },
};

createServer(serve).listen(Number(port), host, () => {
  console.log('ready');
});
createInterface({ input: process.stdin })
  .on('line', (line) => {
    orders[line]();
    console.log(line);
  })
  .on('close', () => process.exit());
