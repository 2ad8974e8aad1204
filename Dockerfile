# The registry as a container: `docker build --tag longshore .`
#
# BASE is any Debian that has python3 with venv. Where a folder `wheels` holds what requirements.lock
# names (`pip download --dest wheels --require-hashes --requirement requirements.lock`), the build
# fetches nothing.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /build
COPY requirements.lock wheels* ./
RUN python3 -m venv /opt/longshore \
 && if ls ./*.whl; then export PIP_NO_INDEX=1; fi \
 && /opt/longshore/bin/pip install --no-cache-dir --require-hashes --find-links . --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/longshore/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM ${BASE}
RUN install --directory --owner 10001 --group 10001 --mode 0750 /var/lib/longshore
COPY --from=build /opt/longshore /opt/longshore
# Open to whoever reaches the published port, as long as there is no account: the container has to
# listen on every address of its own, and who starts it decides where that port can be reached.
ENV PATH=/opt/longshore/bin:$PATH \
    LONGSHORE_ROOT=/var/lib/longshore \
    LONGSHORE_LISTEN=0.0.0.0:5000 \
    LONGSHORE_ANONYMOUS=open
USER 10001:10001
VOLUME /var/lib/longshore
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s \
    CMD ["longshore", "health"]
ENTRYPOINT ["longshore"]
CMD ["serve"]
