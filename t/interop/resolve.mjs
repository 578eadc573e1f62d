// SPDX-License-Identifier: Apache-2.0
// Resolves references as browsers do (WHATWG URL): a JSON array of
// [reference, base] on stdin; on stdout an array of {origin, again}, null
// where there is no URL. `again` is the origin once more, after the path that
// came out was resolved by itself, as a second redirect would.

import { text } from 'node:stream/consumers';

function resolve([reference, base]) {
  let url;
  try {
    url = new URL(reference, base);
  } catch {
    return null;
  }
  const path = url.pathname + url.search + url.hash;
  let again = null;
  try {
    again = new URL(path, base).origin;
  } catch {
    // no URL: no origin
  }
  return { origin: url.origin, again };
}

const asked = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(asked.map(resolve)));
