# The service: docs/service.md.
FROM python:3.12-slim AS build
WORKDIR /source
COPY . .
RUN python -m venv /opt/affectgraph \
    && /opt/affectgraph/bin/pip install --no-cache-dir '.[serve,tracing]'

FROM python:3.12-slim
# `mounted` leaves the weights that are fetched to a volume at /weights.
ARG WEIGHTS=baked
ENV AFFECTGRAPH_CACHE=/weights PATH=/opt/affectgraph/bin:$PATH PYTHONUNBUFFERED=1
COPY --from=build /opt/affectgraph /opt/affectgraph
RUN useradd --system --uid 10001 --no-create-home affectgraph \
    && install -d -o affectgraph /weights
USER 10001
RUN if [ "$WEIGHTS" = baked ]; then affectgraph weights fetch; fi
EXPOSE 8000
HEALTHCHECK --start-period=60s CMD ["python", "-c", \
    "import urllib.request as r; r.urlopen('http://localhost:8000/v1/health')"]
# Beyond loopback a token is needed: set AFFECTGRAPH_TOKEN, or read it in the log.
ENTRYPOINT ["affectgraph", "serve", "--host", "0.0.0.0", "--port", "8000"]
