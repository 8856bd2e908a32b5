# guard in an image, for CI without Python: docker run --rm -v "$PWD:/work" IMAGE check --range main...HEAD
FROM python:3.12-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY requirements/action.txt requirements/action.txt
COPY devmatrix_guard devmatrix_guard
COPY hooks hooks
COPY rules rules
RUN python -m venv /opt/guard \
    && /opt/guard/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements/action.txt \
    && /opt/guard/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps . \
    && /opt/guard/bin/python -m compileall -q /opt/guard

FROM python:3.12-slim
LABEL org.opencontainers.image.title="devmatrix-guard" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN apt-get update \
    && apt-get install -y --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 guard
COPY --from=build /opt/guard /opt/guard
ENV PATH=/opt/guard/bin:$PATH PYTHONSAFEPATH=1
USER guard
# The repository is mounted, and belongs to another user: git is told that this one folder is meant.
RUN git config --global --add safe.directory /work
WORKDIR /work
ENTRYPOINT ["guard"]
CMD ["--help"]
