# One image for every process of Cardpress; the command says which:
#   node dist/src/main.js        the API, and with CARDPRESS_ROLE unset the workers and Redis as well
#   node dist/workers/render.js  a render worker
#   node dist/workers/deliver.js a delivery worker: sends webhooks
# These start dist/workers/decode.js by themselves where they have pictures to look into.
ARG BASE_IMAGE=node:24-bookworm-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --include=dev --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY workers workers
COPY scripts scripts
RUN node scripts/build.mjs

FROM ${BASE_IMAGE} AS modules
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${BASE_IMAGE} AS runtime
# redis-server serves the single-container mode; policy-rc.d keeps it from being started here.
RUN printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d \
  && apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    ca-certificates \
    chromium-headless-shell \
    fontconfig \
    fonts-noto-cjk \
    fonts-noto-color-emoji \
    fonts-noto-core \
    redis-server \
    tini \
  && rm -rf /var/lib/apt/lists/* /usr/sbin/policy-rc.d \
  # The root file system is read-only later on, so the font cache has to be complete now.
  && fc-cache --force \
  && groupadd --gid 10001 cardpress \
  && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin cardpress \
  && install -d -o cardpress -g cardpress -m 0700 /data
WORKDIR /app
# What this image draws with, for "doctor": images of the same versions are the same pixel by pixel.
RUN printf '{"chromium":"%s","node":"%s","redis":"%s"}\n' \
    "$(/usr/lib/chromium/chromium-headless-shell --version | grep -o '[0-9][0-9.]*' | head -n 1)" \
    "$(node --version | tr -d v)" \
    "$(redis-server --version | grep -o 'v=[0-9.]*' | tr -d v=)" > image-versions.json \
  && cat image-versions.json && node -e "if (Object.values(require('./image-versions.json')).includes('')) process.exit(1)"
COPY package.json ./
COPY --from=modules /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bin bin
COPY templates templates
COPY deploy/healthcheck.mjs deploy/healthcheck.mjs
# The shell script in /usr/bin would stand between Chromium and the signals meant for it.
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PORT=3000 \
  HEALTH_PORT=3001 \
  DATA_DIR=/data \
  HOME=/tmp \
  CHROMIUM_PATH=/usr/lib/chromium/chromium-headless-shell
USER 10001:10001
VOLUME /data
EXPOSE 3000 3001
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["node", "deploy/healthcheck.mjs"]
# tini passes signals on and buries what Chromium's helpers leave behind.
ENTRYPOINT ["tini", "--"]
CMD ["node", "dist/src/main.js"]
