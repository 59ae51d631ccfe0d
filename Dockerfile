# One image for each service and one for the stand-in for Telegram:
#
#     docker build --target gateway --tag zavhoz-gateway .
#
# Each gets what requirements.lock has for its own packages, checked by hash, and its sources in the repository's
# layout, so that migrations are found beside them. It runs as user 10001 and writes nothing outside /tmp and, for
# files, /var/lib/zavhoz: a read-only root file system is enough.

ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS tools
# Another package index: --build-arg PIP_INDEX_URL=https://…
ARG PIP_INDEX_URL
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
    UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1 VIRTUAL_ENV=/opt/zavhoz
WORKDIR /app
COPY requirements.lock infra/images/requirements.py infra/images/install.sh /build/
RUN --mount=type=cache,target=/root/.cache/pip \
    python /build/requirements.py /build/requirements.lock uv hatchling editables >/build/tools.txt \
    && python -m venv /build/tools \
    && /build/tools/bin/pip install --quiet --require-hashes --requirement /build/tools.txt \
    && /build/tools/bin/uv venv --quiet "$VIRTUAL_ENV"


FROM tools AS gateway-build
RUN --mount=type=cache,target=/root/.cache/uv \
    /build/install.sh requirements zavhoz-gateway zavhoz-contracts zavhoz-messaging zavhoz-chassis zavhoz-telegram
COPY libs libs
COPY services/gateway services/gateway
RUN /build/install.sh packages

FROM tools AS requests-build
RUN --mount=type=cache,target=/root/.cache/uv \
    /build/install.sh requirements zavhoz-requests zavhoz-contracts zavhoz-messaging zavhoz-chassis
COPY libs/contracts libs/contracts
COPY libs/messaging libs/messaging
COPY libs/chassis libs/chassis
COPY services/requests services/requests
RUN /build/install.sh packages

FROM tools AS notifier-build
RUN --mount=type=cache,target=/root/.cache/uv \
    /build/install.sh requirements zavhoz-notifier zavhoz-contracts zavhoz-messaging zavhoz-chassis zavhoz-telegram
COPY libs libs
COPY services/notifier services/notifier
RUN /build/install.sh packages

FROM tools AS files-build
RUN --mount=type=cache,target=/root/.cache/uv \
    /build/install.sh requirements zavhoz-files zavhoz-contracts zavhoz-messaging zavhoz-chassis zavhoz-telegram
COPY libs libs
COPY services/files services/files
RUN /build/install.sh packages

FROM tools AS sandbox-build
RUN --mount=type=cache,target=/root/.cache/uv \
    /build/install.sh requirements zavhoz-sandbox
COPY tools/sandbox tools/sandbox
RUN /build/install.sh packages


FROM ${PYTHON_IMAGE} AS runtime
RUN groupadd --gid 10001 zavhoz \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin zavhoz \
    && install --directory --owner=zavhoz --group=zavhoz --mode=0750 /var/lib/zavhoz
COPY infra/images/healthcheck.py /opt/healthcheck.py
ENV PATH=/opt/zavhoz/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 10001:10001
STOPSIGNAL SIGTERM
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-I", "/opt/healthcheck.py", "/livez"]
ARG SOURCE=""
ARG REVISION=""
ARG VERSION=""
LABEL org.opencontainers.image.source=$SOURCE \
      org.opencontainers.image.revision=$REVISION \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.vendor="Zavhoz"

FROM runtime AS service
ENV LOG_FORMAT=json HTTP_HOST=0.0.0.0 HTTP_PORT=8080

FROM service AS gateway
LABEL org.opencontainers.image.title="zavhoz-gateway" \
      org.opencontainers.image.description="Zavhoz: Telegram updates become commands"
COPY --from=gateway-build /opt/zavhoz /opt/zavhoz
COPY --from=gateway-build /app /app
ENTRYPOINT ["python", "-m", "zavhoz_gateway"]
CMD ["run"]

FROM service AS requests
LABEL org.opencontainers.image.title="zavhoz-requests" \
      org.opencontainers.image.description="Zavhoz: owns repair requests and people"
COPY --from=requests-build /opt/zavhoz /opt/zavhoz
COPY --from=requests-build /app /app
ENTRYPOINT ["python", "-m", "zavhoz_requests"]
CMD ["run"]

FROM service AS notifier
LABEL org.opencontainers.image.title="zavhoz-notifier" \
      org.opencontainers.image.description="Zavhoz: tells people, within Telegram's limits"
COPY --from=notifier-build /opt/zavhoz /opt/zavhoz
COPY --from=notifier-build /app /app
ENTRYPOINT ["python", "-m", "zavhoz_notifier"]
CMD ["run"]

FROM service AS files
LABEL org.opencontainers.image.title="zavhoz-files" \
      org.opencontainers.image.description="Zavhoz: fetches, checks and stores attachments"
ENV STORAGE_URL=file:///var/lib/zavhoz/files
VOLUME /var/lib/zavhoz
COPY --from=files-build /opt/zavhoz /opt/zavhoz
COPY --from=files-build /app /app
ENTRYPOINT ["python", "-m", "zavhoz_files"]
CMD ["run"]

FROM runtime AS sandbox
LABEL org.opencontainers.image.title="zavhoz-sandbox" \
      org.opencontainers.image.description="Zavhoz: a stand-in for Telegram, for demonstrations and tests"
ENV HTTP_PORT=8080
COPY --from=sandbox-build /opt/zavhoz /opt/zavhoz
COPY --from=sandbox-build /app /app
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-I", "/opt/healthcheck.py", "/sandbox/updates"]
ENTRYPOINT ["python", "-m", "zavhoz_sandbox"]
CMD ["--host", "0.0.0.0", "--port", "8080"]
