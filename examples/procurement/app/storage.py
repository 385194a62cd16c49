"""Uploads live in one S3 bucket. The endpoint may be AWS or anything that speaks its protocol."""

from collections.abc import Iterator
from typing import Annotated, BinaryIO

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import Depends, Request

from app.settings import Settings

CHUNK_BYTES = 64 * 1024
UNAVAILABLE = (BotoCoreError, ClientError)


class ObjectMissing(Exception):
    """The database names an object that the bucket does not have."""


class Storage:
    def __init__(self, settings: Settings) -> None:
        self.bucket = settings.s3_bucket
        secret = settings.aws_secret_access_key
        self._options = {
            "region_name": settings.aws_region,
            "endpoint_url": settings.s3_endpoint_url,
            "aws_access_key_id": settings.aws_access_key_id,
            "aws_secret_access_key": secret.get_secret_value() if secret else None,
        }
        # A server of one's own rarely has a host name a bucket.
        self._addressing = "path" if settings.s3_endpoint_url else "auto"
        self._client = self._connect(timeout=10, attempts=3)
        self._health_client = self._connect(timeout=1, attempts=1)

    def _connect(self, timeout: int, attempts: int):
        config = Config(
            connect_timeout=min(timeout, 3),
            read_timeout=timeout,
            retries={"total_max_attempts": attempts, "mode": "standard"},
            s3={"addressing_style": self._addressing},
        )
        return boto3.client("s3", config=config, **self._options)

    def ping(self) -> None:
        """Raises unless the bucket is there and the key may use it."""
        self._health_client.head_bucket(Bucket=self.bucket)

    def put(self, key: str, content: BinaryIO, content_type: str) -> None:
        """Stores the content, in parts when it is large."""
        self._client.upload_fileobj(
            content, self.bucket, key, ExtraArgs={"ContentType": content_type}
        )

    def read(self, key: str) -> Iterator[bytes]:
        """The object's bytes. The object is opened before this returns, so a missing one is known at once."""
        try:
            answer = self._client.get_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            raise _missing_or(error, key) from error
        return answer["Body"].iter_chunks(CHUNK_BYTES)

    def size(self, key: str) -> int:
        try:
            return self._client.head_object(Bucket=self.bucket, Key=key)["ContentLength"]
        except ClientError as error:
            raise _missing_or(error, key) from error

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket=self.bucket, Key=key)

    def close(self) -> None:
        self._client.close()
        self._health_client.close()


def _missing_or(error: ClientError, key: str) -> Exception:
    if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
        return ObjectMissing(key)
    return error


def storage_of_app(request: Request) -> Storage:
    return request.app.state.storage


Bucket = Annotated[Storage, Depends(storage_of_app)]
