#!/usr/bin/env bash
# Packs the service and the client as a release does, and uses both outside the repository: the service
# in an empty folder, through npx, until it has drawn an image; the client from its tarball and folder.
#   scripts/check-packages.sh [folder for the tarballs]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
out=$(mkdir -p "${1:-.cache/packages}" && cd "${1:-.cache/packages}" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/cardpress-packages-XXXXXX")
pid=
registry_pid=
finish() {
  # The whole group: npx passes no signal on.
  [ -z "$pid" ] || kill -- "-$pid" 2>/dev/null || true
  while [ -n "$pid" ] && kill -0 -- "-$pid" 2>/dev/null; do sleep 0.2; done
  [ -z "$registry_pid" ] || kill "$registry_pid" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

rm -f "$out"/*.tgz
# .npmrc keeps the scripts of dependencies from running; ours is to run.
npm pack --silent --ignore-scripts=false --pack-destination "$out"
(cd clients/js && npm pack --silent --pack-destination "$out")
service=$(ls "$out"/cardpress-[0-9]*.tgz)
client=$(ls "$out"/cardpress-client-*.tgz)

echo '== what the service holds'
if tar -tzf "$service" | grep -E '^package/(src|test|bench|examples|docs|clients|integrations|scripts/(clone|test|generate))/|\.(ts|map)$|\.test\.'; then
  echo 'check-packages: the files above are of development only' >&2
  exit 1
fi
tar -tzf "$service" | wc -l

echo '== the service, in an empty folder'
mkdir "$work/empty"
cd "$work/empty"
# By a relative path: npx takes an absolute one for a program.
cp "$service" .
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
set -m
PORT=$port HOST=127.0.0.1 LOG_LEVEL=warn npx --yes "./$(basename "$service")" start &
pid=$!
set +m
for attempt in $(seq 240); do
  curl -fsS "http://127.0.0.1:$port/readyz" >/dev/null 2>&1 && break
  kill -0 "$pid" || exit 1
  sleep 1
done
[ "$attempt" -lt 240 ]
curl -fsS "http://127.0.0.1:$port/v1/images" -H "Authorization: Bearer $(cat data/secrets/api-key)" \
  -H 'Content-Type: application/json' -d '{"template": "article", "data": {"title": "Packed"}, "wait": 30}' |
  tee answer.json
node -e "if (require('./answer.json').status !== 'completed') process.exit(1)"

echo
echo '== the client, as a tarball, as a folder, and from a registry'
cat >"$work/use.mjs" <<'JS'
import { imageUrl } from '@cardpress/client';
const signingKey = '0'.repeat(64);
console.log(await imageUrl({ baseUrl: 'https://cards.example.com', template: 'article', data: {}, signingKey }));
JS
# The smallest registry: one document and one file.
cat >"$work/registry.mjs" <<'JS'
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const [file, manifest] = process.argv.slice(2);
const tarball = readFileSync(file);
const { name, version, ...rest } = JSON.parse(readFileSync(manifest, 'utf8'));
const server = createServer((req, res) => {
  if (req.url.endsWith('.tgz')) return res.end(tarball);
  if (decodeURIComponent(req.url.slice(1)) !== name) return res.writeHead(404).end('{}');
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const dist = { integrity, tarball: `http://${req.headers.host}/client.tgz` };
  res.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { name, version, ...rest, dist } } }));
}).listen(0, '127.0.0.1', () => console.log(server.address().port));
JS
node "$work/registry.mjs" "$client" "$root/clients/js/package.json" >"$work/registry-port" &
registry_pid=$!
until [ -s "$work/registry-port" ]; do sleep 0.1; done
registry=http://127.0.0.1:$(cat "$work/registry-port")
use_client() {
  mkdir "$work/client" && cd "$work/client"
  npm init --yes >/dev/null
  npm install --silent --no-audit --no-fund "$@"
  # Bundlers do not follow a link out of the project.
  [ ! -L node_modules/@cardpress/client ]
  cp "$work/use.mjs" . && node use.mjs
  cd "$work" && rm -rf "$work/client"
}
use_client "$client"
use_client --install-links "$root/clients/js"
use_client "--@cardpress:registry=$registry" @cardpress/client
echo 'check-packages: all is well'
