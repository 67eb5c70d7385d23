# The bot as an image.  Build: docker build -t ocopbot .
# Run: docker run -v ocopbot:/var/lib/ocopbot -p 127.0.0.1:8080:8080 --env-file ocopbot.env ocopbot
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/opt/ocopbot \
    OCOPBOT_DATA_DIR=/var/lib/ocopbot \
    OCOPBOT_SERVER__HOST=0.0.0.0

WORKDIR /opt/ocopbot
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY LICENSE ./
COPY content ./content
COPY migrations ./migrations
COPY registry ./registry
COPY handlers ./handlers
COPY scheduler ./scheduler
COPY console ./console
COPY platforms ./platforms
COPY bot ./bot
# compiled once, here: nothing of the program can be written later
RUN python -m compileall -q .

# The data belongs to a user of its own; nothing of the program can be written by it.
RUN useradd --system --uid 10001 --home-dir /var/lib/ocopbot --no-create-home ocopbot \
    && install --directory --owner=ocopbot --group=ocopbot --mode=0700 /var/lib/ocopbot
USER ocopbot
WORKDIR /var/lib/ocopbot
VOLUME /var/lib/ocopbot
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('OCOPBOT_SERVER__PORT', '8080') + '/healthz', timeout=4)"]

ENTRYPOINT ["python", "-m", "bot.cli"]
CMD ["run"]
