# The standalone server. Needed: OAUTH_SERVER_ISSUER, DATABASE_URL, SECRET_KEY, EMAIL_URL (config/settings/production.py).
FROM python:3.13-slim AS build
WORKDIR /src
COPY .ci .ci
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r .ci/standalone.txt
RUN python -m venv /tools && /tools/bin/pip install --no-cache-dir --require-hashes -r .ci/build.txt
COPY . .
RUN /tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /venv/bin/pip install --no-cache-dir --no-deps /wheels/*.whl && /venv/bin/pip check

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=config.settings.production
RUN useradd --no-create-home --user-group --uid 10001 server
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py ./
COPY config config
# The static files are the same whatever the site; nothing of this command's environment stays in the image.
RUN OAUTH_SERVER_ISSUER=https://build.invalid DATABASE_URL=sqlite://:memory: SECRET_KEY=build EMAIL_URL=consolemail:// \
    python manage.py collectstatic --no-input
# a number: an orchestrator has to see that it is not root
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python", "-m", "config.health"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--blocking-threads", "2", \
     "--blocking-threads-idle-timeout", "600", "--respawn-failed-workers", "--respawn-interval", "0.2", "config.wsgi:application"]
