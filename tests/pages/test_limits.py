"""Far too much at once, sent to the real web server: refused quickly, and its memory stays as it was."""

import json
import os
import socket
import time
from contextlib import suppress
from urllib.parse import urlsplit

import psutil
import pytest
import requests
from django.db import connections

from tests.rehearsal.shop import environment, manage, wait_until_it_answers, web_server

pytestmark = pytest.mark.django_db(transaction=True)

MEGABYTE = 1024 * 1024
SECRET = b"s" * 32
SOON = 2  # seconds; one on a machine that does nothing else


@pytest.fixture(scope="module")
def server(django_db_setup, tmp_path_factory):
    """gunicorn as deploy/ has it, with one worker, on the tests' own database."""
    name = connections["default"].settings_dict["NAME"]
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    told = environment(tmp_path_factory.mktemp("shop"), database) | {"CONN_MAX_AGE": "0"}
    manage(told, "collectstatic", "--no-input", "--verbosity=0")
    program = web_server(told, "--workers=1")
    program.start()
    try:
        wait_until_it_answers(told["SITE_URL"])
        program.site = told["SITE_URL"]
        requests.get(f"{program.site}/admin/login/")  # what is loaded with the first page is in its memory now
        yield program
    finally:
        program.stop()


def memory(server):
    workers = psutil.Process(server.process.pid).children(recursive=True)
    return sum(worker.memory_info().rss for worker in workers)


@pytest.fixture(autouse=True)
def flat(server):
    """Whatever a test sends, the server still answers afterwards, and no larger than before."""
    before = memory(server)
    yield
    assert requests.get(f"{server.site}/healthz", timeout=SOON).status_code == 200
    assert memory(server) - before < 40 * MEGABYTE


def answer_to(server, head, body=b""):
    """The first line that comes back for a request as it stands, and how long that took. The rest may stay unsent."""
    host = urlsplit(server.site)
    with socket.create_connection((host.hostname, host.port), timeout=30) as line:
        began = time.monotonic()
        with suppress(BrokenPipeError, ConnectionResetError):  # it has heard enough
            line.sendall(head.replace(b"HOST", host.netloc.encode()) + b"\r\n\r\n" + body)
        first = line.makefile("rb").readline()
    assert time.monotonic() - began < SOON
    return int(first.split()[1])


def post(path, length, kind=b"application/x-www-form-urlencoded"):
    """The head of a form that our own page could have sent: one without its secret is refused without being read."""
    said = b"Cookie: csrftoken=%b\r\nX-CSRFToken: %b\r\n" % (SECRET, SECRET)
    return b"POST %b HTTP/1.1\r\nHost: HOST\r\n%bContent-Type: %b\r\nContent-Length: %d" % (path, said, kind, length)


def post_files(server, files):
    said = {"cookies": {"csrftoken": SECRET.decode()}, "headers": {"X-CSRFToken": SECRET.decode()}}
    return requests.post(f"{server.site}/admin/login/", files=files, timeout=30, **said)


@pytest.mark.parametrize("path", [b"/cart/lines/", b"/checkout/", b"/webhooks/stripe/", b"/admin/login/", b"/nothing/"])
def test_i07_i08_three_hundred_megabytes_are_refused_before_they_are_sent(server, path):
    assert answer_to(server, post(path, 300 * MEGABYTE)) == 413


def test_i08_a_field_of_fifty_megabytes_is_refused(server):
    assert answer_to(server, post(b"/cart/lines/", 50 * MEGABYTE + 2), b"q=" + b"x" * MEGABYTE) == 413


def test_i08_what_does_not_say_its_length_is_not_read(server):
    head = b"POST /webhooks/stripe/ HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked"

    assert answer_to(server, head, (b"%x\r\n" % MEGABYTE + b"x" * MEGABYTE + b"\r\n") * 3 + b"0\r\n\r\n") == 400


def test_i08_a_field_of_three_megabytes_is_refused(server):
    body = b"q=" + b"x" * (3 * MEGABYTE - 2)

    assert answer_to(server, post(b"/cart/lines/", len(body)), body) == 400


def test_i08_five_thousand_fields_are_refused(server):
    body = b"&".join(b"field%d=1" % number for number in range(5_000))

    assert answer_to(server, post(b"/cart/lines/", len(body)), body) == 400


def test_i08_a_question_of_five_thousand_parts_is_none(server):
    question = b"&".join(b"f%d=1" % number for number in range(5_000))

    assert answer_to(server, b"GET /shop/?" + question + b" HTTP/1.1\r\nHost: HOST") in (400, 414)


def test_i08_json_ten_thousand_deep_is_refused(server):
    body = b'{"a":' * 10_000 + b"1" + b"}" * 10_000

    assert answer_to(server, post(b"/webhooks/stripe/", len(body), b"application/json"), body) == 400


def test_i08_a_header_of_a_megabyte_is_refused(server):
    assert answer_to(server, b"GET / HTTP/1.1\r\nHost: HOST\r\nX-Long: " + b"x" * MEGABYTE) in (400, 431)
    assert answer_to(server, b"GET /?" + b"x" * MEGABYTE + b" HTTP/1.1\r\nHost: HOST") in (400, 414)
    assert answer_to(server, b"GET / HTTP/1.1\r\nHost: HOST" + b"\r\nX-Many: 1" * 5_000) in (400, 431)


def test_i07_five_hundred_files_are_refused(server):
    files = [("file", (f"{number}.png", b"x" * 1_000)) for number in range(500)]

    assert post_files(server, files).status_code == 400


def test_i07_forty_megabytes_of_files_go_to_the_disk_and_not_into_memory(server):
    files = [("file", (f"{number}.png", b"x" * (10 * MEGABYTE))) for number in range(4)]

    assert post_files(server, files).status_code == 200  # no name, no password


def test_i01_what_is_no_http_is_refused(server):
    for head in [
        b"GET / HTTP/1.1\r\nHost: HOST\r\nX-Null: a\0b",
        b"GET / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
        b"POST /cart/lines/ HTTP/1.1\r\nHost: HOST\r\nContent-Length: -1",
        b"POST /cart/lines/ HTTP/1.1\r\nHost: HOST\r\nContent-Length: " + b"9" * 5_000,
        b"GET /%00 HTTP/9.9\r\nHost: HOST",
        b"G\0T / HTTP/1.1\r\nHost: HOST",
    ]:
        assert 400 <= answer_to(server, head) < 500, head[:60]


def test_i08_a_page_says_so_and_what_to_do(client):
    answer = client.post("/cart/lines/", "x", content_type="text/plain", CONTENT_LENGTH=str(4 * MEGABYTE))

    assert answer.status_code == 413
    assert "We take at most 3 MB at a time" in answer.content.decode()
    assert json.dumps("Nothing was changed")[1:-1] in answer.content.decode()
