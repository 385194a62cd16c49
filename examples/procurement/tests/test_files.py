import hashlib
import os
from urllib.parse import urlsplit

import pytest

from tests.conftest import BUCKET

pytestmark = pytest.mark.usefixtures("s3")

SMALL = b"offer: 12 chairs\n"


def test_file_comes_back_byte_for_byte(client, purchase):
    row = upload(client, purchase, "Büro offer.txt", SMALL, "text/plain")
    assert (row["name"], row["size"]) == ("Büro offer.txt", len(SMALL))
    assert row["sha256"] == hashlib.sha256(SMALL).hexdigest()
    answer = client.get(f"/files/{row['id']}")
    assert answer.content == SMALL
    assert answer.headers["content-type"].startswith("text/plain")
    disposition = "attachment; filename*=UTF-8''B%C3%BCro%20offer.txt"
    assert answer.headers["content-disposition"] == disposition
    assert client.get(f"/purchases/{purchase['id']}").json()["files"] == [row]


@pytest.mark.parametrize("size", [0, 1, 9 * 1024 * 1024 + 7])
def test_sizes_around_one_and_several_parts(client, purchase, size):
    content = os.urandom(size)
    row = upload(client, purchase, "scan.bin", content)
    assert client.get(f"/files/{row['id']}").content == content


def test_deleted_file_is_gone_from_both(client, purchase, s3):
    row = upload(client, purchase, "offer.txt", SMALL)
    assert len(keys_of(s3, purchase)) == 1
    assert client.delete(f"/files/{row['id']}").status_code == 204
    assert client.get(f"/files/{row['id']}").status_code == 404
    assert keys_of(s3, purchase) == []


def test_deleted_purchase_takes_its_objects_along(client, purchase, s3):
    upload(client, purchase, "a.txt", SMALL)
    upload(client, purchase, "b.txt", SMALL)
    assert client.delete(f"/purchases/{purchase['id']}").status_code == 204
    assert keys_of(s3, purchase) == []


def test_lost_and_damaged_objects_are_reported(client, purchase, s3):
    whole, lost, damaged = (upload(client, purchase, f"{n}.txt", SMALL) for n in range(3))
    _, lost_key, damaged_key = keys_of(s3, purchase)
    s3.delete_object(Bucket=BUCKET, Key=lost_key)
    s3.put_object(Bucket=BUCKET, Key=damaged_key, Body=b"half")
    report = client.get("/reports/files").json()
    assert lost["id"] in report["missing"]
    assert damaged["id"] in report["damaged"]
    assert whole["id"] not in report["missing"] + report["damaged"]
    assert client.get(f"/files/{lost['id']}").status_code == 502


def test_too_large_an_upload_is_refused_and_nothing_kept(client, purchase, s3):
    limit = client.app.state.settings.max_upload_bytes
    for size in (limit + 1, limit + 200_000):
        files = {"file": ("big.bin", b"x" * size)}
        answer = client.post(f"/purchases/{purchase['id']}/files", files=files)
        assert answer.status_code == 413, size
    assert keys_of(s3, purchase) == []


def test_too_large_an_upload_of_unknown_length_is_refused(client, purchase):
    limit = client.app.state.settings.max_upload_bytes
    head = b'--b\r\ncontent-disposition: form-data; name="file"; filename="x"\r\n\r\n'

    def body():
        yield head
        for _ in range(limit // 65536 + 3):
            yield b"x" * 65536
        yield b"\r\n--b--\r\n"

    headers = {"content-type": "multipart/form-data; boundary=b"}
    path = f"/purchases/{purchase['id']}/files"
    assert client.post(path, content=body(), headers=headers).status_code == 413


def test_shared_link_works_until_it_is_changed(client, purchase):
    row = upload(client, purchase, "offer.txt", SMALL)
    other = upload(client, purchase, "other.txt", b"secret")
    path = client.post(f"/files/{row['id']}/link").json()["path"]
    assert client.get(path).content == SMALL
    query = urlsplit(path).query
    assert client.get(f"/shared/{other['id']}?{query}").status_code == 403
    assert client.get(path[:-1] + ("0" if path[-1] != "0" else "1")).status_code == 403
    assert client.get(f"/shared/{row['id']}?expires=1&signature=x").status_code == 403


def test_health_is_good_when_both_answer(client):
    answer = client.get("/health")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["status"], body["database"], body["s3"]) == ("healthy", "up", "up")
    assert set(body) == {"status", "timestamp", "uptime", "database", "s3"}


def upload(client, purchase, name, content, content_type="application/octet-stream"):
    files = {"file": (name, content, content_type)}
    answer = client.post(f"/purchases/{purchase['id']}/files", files=files)
    assert answer.status_code == 201, answer.text
    return answer.json()


def keys_of(s3, purchase):
    """The purchase's objects, oldest first."""
    listing = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"purchases/{purchase['id']}/")
    entries = sorted(listing.get("Contents", []), key=lambda entry: entry["LastModified"])
    return [entry["Key"] for entry in entries]
