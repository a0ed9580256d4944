# The command line in an image. `npm run pack:action` lays out what it is built from: docker build dist/action
FROM node:24-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory /work
COPY package.json LICENSE /opt/ecocompute/
COPY dist/cli.js dist/THIRD-PARTY-NOTICES.txt /opt/ecocompute/dist/
RUN chmod +x /opt/ecocompute/dist/cli.js && ln -s /opt/ecocompute/dist/cli.js /usr/local/bin/ecocompute
USER node
WORKDIR /work
ENTRYPOINT ["ecocompute"]
CMD ["--help"]
