# One image for every process: its command is `serve`, `relay`, `bridge`, `worker` or `migrate`.
# Built from the locks alone: the same sources give the same packages, byte for byte.

# The Python the tests run on. Releases pin the digest: --build-arg PYTHON_IMAGE=python@sha256:…
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
# The major version of requirements/node.txt.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS client
WORKDIR /build/web/ui
COPY web/ui/package.json web/ui/package-lock.json web/ui/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY schema.graphql /build/
COPY web/ui ./
RUN npm run build

FROM ${PYTHON_IMAGE} AS python
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python3 -m venv /opt/taskwire
COPY requirements/runtime.txt requirements/build.txt /tmp/requirements/
# Wheels only: nothing is compiled, so no compiler is needed, here or later.
RUN /opt/taskwire/bin/pip install --require-hashes --only-binary :all: \
    -r /tmp/requirements/runtime.txt -r /tmp/requirements/build.txt
WORKDIR /app
COPY pyproject.toml README.md ./
COPY domain ./domain
COPY persistence ./persistence
COPY graph ./graph
COPY infra ./infra
COPY web ./web
RUN rm -rf web/ui
# The root file system is read-only later, so the bytecode is written now; by content, since times
# differ between builds. pip and setuptools have done their part.
RUN /opt/taskwire/bin/pip install --no-deps --no-build-isolation --editable . \
    && /opt/taskwire/bin/pip uninstall --yes setuptools pip \
    && /opt/taskwire/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/taskwire/lib /app \
    && rm -rf taskwire.egg-info

FROM ${PYTHON_IMAGE} AS runtime
ARG VERSION=0.0.0
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="taskwire" \
    org.opencontainers.image.description="A live task board: web, relay, bridge, worker and migrate" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${COMMIT}"
# The base's package manager for Python would be a way to bring in what the locks do not name.
RUN rm -rf /usr/local/lib/python3*/site-packages/pip* /usr/local/lib/python3*/site-packages/setuptools* \
        /usr/local/lib/python3*/ensurepip /usr/local/bin/pip* \
    && groupadd --gid 10001 taskwire \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin taskwire
COPY --from=python /opt/taskwire /opt/taskwire
COPY --from=python /app /app
COPY --from=client /build/web/ui/dist /app/web/ui/dist
COPY infra/deploy/image/health_check.py /app/infra/deploy/image/health_check.py
# A container listens on all its addresses. TASKWIRE_DATA_DIR is for the embedded stack, which is
# not in here, and must only be somewhere.
ENV PATH=/opt/taskwire/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TASKWIRE_HOST=0.0.0.0 \
    TASKWIRE_PORT=8000 \
    TASKWIRE_DATA_DIR=/tmp/taskwire \
    TASKWIRE_VERSION=${VERSION} \
    TASKWIRE_COMMIT=${COMMIT}
WORKDIR /app
# By number: a pod's `runAsNonRoot` cannot see what a name stands for.
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 \
    CMD ["python", "/app/infra/deploy/image/health_check.py"]
ENTRYPOINT ["taskwire"]
CMD ["serve"]
