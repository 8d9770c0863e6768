# One node. `docker build -t recado .`, then `docker run -p 4000:4000 -v recado:/data recado`; several: compose.yaml.
FROM node:24-slim AS build
WORKDIR /recado
# Only what decides what is installed, so that this step is kept until that changes; `prepare` would need all the rest.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
# The Node that npm brought, an optional package, is not needed: the image has one.
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 DATA_DIR=/data
WORKDIR /recado
COPY --from=build /recado/package.json /recado/schema.graphql ./
COPY --from=build /recado/node_modules ./node_modules
COPY --from=build /recado/bin ./bin
COPY --from=build /recado/audit ./audit
COPY --from=build /recado/server ./server
COPY --from=build /recado/client ./client
COPY --from=build /recado/ops/ready.ts ./ops/ready.ts
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s CMD ["node", "ops/ready.ts"]
CMD ["node", "bin/recado.js", "serve"]
