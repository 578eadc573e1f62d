// SPDX-License-Identifier: Apache-2.0
// A machine with npm's openid-client, and one with Node's own fetch.
//
//     node client.mjs < ORDER
//
// ORDER is JSON. With `issuer`, `client` (its metadata) and `grant` (what is
// asked for beside the grant type): the issuer is discovered, an access token
// is got for the client's credentials and shown at `url`. Without: `url` is
// fetched with `headers`. What comes back is told as JSON on stdout.

import { text } from 'node:stream/consumers';
import { Issuer } from 'openid-client';

async function withToken({ issuer, client, grant, url }) {
  const { Client } = await Issuer.discover(issuer);
  const party = new Client(client);
  const tokens = await party.grant({
    grant_type: 'client_credentials', ...grant,
  });
  const answer = await party.requestResource(url, tokens.access_token);
  return { status: answer.statusCode, headers: answer.headers,
    body: answer.body.toString(), token: tokens.access_token };
}

async function plain({ url, headers }) {
  const answer = await fetch(url, { headers, redirect: 'manual' });
  return { status: answer.status, headers: Object.fromEntries(answer.headers),
    body: await answer.text() };
}

const order = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(await (order.issuer ? withToken : plain)(order)));
