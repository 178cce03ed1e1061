"""gunicorn petshop.wsgi --config deploy/gunicorn.conf.py: behind a proxy that speaks TLS."""

import multiprocessing
import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2 * multiprocessing.cpu_count() + 1)
threads = 4  # workers * threads connections to PostgreSQL, and as many again for a deploy that overlaps

# Both longer than the longest statement (20 s, settings.py): whoever waits for a lock gets the database's own answer, not a
# connection that was cut while it was about to say yes. The same holds for a proxy in front.
timeout = 30
graceful_timeout = 30

max_requests = 5000
max_requests_jitter = 500
accesslog = "-"
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
