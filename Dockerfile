# Consentry: one image for `serve`, `worker`, `migrate` and every other command.
# No syntax of one builder only: docker, podman, buildah and kaniko build it, also without root.

ARG PYTHON_IMAGE=docker.io/library/python:3.13.14-slim-trixie

# What installs and builds stays in this stage: pip, hatchling, Node for the pages' scripts.
FROM ${PYTHON_IMAGE} AS build
WORKDIR /build
COPY requirements-build.lock requirements-image.lock ./
RUN python3 -m venv tools \
 && tools/bin/python -m pip install --no-cache-dir --require-hashes --only-binary :all: \
      -r requirements-build.lock \
 && python3 -m venv --without-pip /opt/consentry \
 && tools/bin/python -m pip --python /opt/consentry/bin/python install --no-cache-dir \
      --require-hashes --only-binary :all: -r requirements-image.lock
COPY pyproject.toml README.md LICENSE ./
COPY platform platform
COPY admin_ui admin_ui
COPY workers workers
COPY migrations migrations
RUN tools/bin/python -m pip wheel --no-cache-dir --no-deps --no-build-isolation --no-index \
      --wheel-dir wheels . \
 && tools/bin/python -m pip --python /opt/consentry/bin/python install --no-cache-dir \
      --no-deps --no-index wheels/consentry-*.whl

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Consentry" \
      org.opencontainers.image.description="Async multi-tenant OAuth and OpenID Connect platform" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Nothing that installs packages is left, and one folder belongs to who runs it.
RUN rm -rf /usr/local/lib/python3*/ensurepip /usr/local/lib/python3*/site-packages/* \
      /usr/local/bin/pip* \
 && groupadd --gid 10001 consentry \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data \
      --shell /usr/sbin/nologin consentry \
 && install -d -o 10001 -g 10001 -m 0750 /data
COPY --from=build --chown=0:0 /opt/consentry /opt/consentry
ENV PATH=/opt/consentry/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CONSENTRY_DATABASE_URL=sqlite:////data/consentry.db
WORKDIR /data
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python3", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["consentry"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
